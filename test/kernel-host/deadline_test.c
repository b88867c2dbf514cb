/*
 * posix/deadline.c: absolute times on either clock, with clocks that stand where the test puts them.
 */
#include "posix/deadline.c"

#include "verdict.h"

static uint64_t monotonic, realtime;

uint64_t clock_monotonic(void)
{
    return monotonic;
}

uint64_t clock_epoch(void)
{
    return realtime - monotonic;
}

#define SECOND NANOSECONDS_PER_SECOND

static uint64_t deadline(clockid_t clock, int64_t seconds, long nanoseconds)
{
    struct timespec time = { .tv_sec = seconds, .tv_nsec = nanoseconds };
    uint64_t result = 0;

    check_equal(deadline_at(clock, &time, &result), 0);
    check(result != 0 && result != NO_DEADLINE);
    return result;
}

TEST(monotonic_times_are_deadlines)
{
    monotonic = 50 * SECOND;
    check_equal(deadline(CLOCK_MONOTONIC, 70, 5), 70 * SECOND + 5);
    check_equal(deadline(CLOCK_MONOTONIC, 10, 999999999), 11 * SECOND - 1);
}

TEST(times_of_day_are_as_far_away_as_they_are)
{
    monotonic = 50 * SECOND;
    realtime = 1800000000 * SECOND + 7;
    check_equal(deadline(CLOCK_REALTIME, 1800000003, 7), 53 * SECOND);
    check_equal(deadline(CLOCK_REALTIME, 1799999999, 7), 49 * SECOND);
}

TEST(what_is_long_past_is_due_at_once)
{
    monotonic = 50 * SECOND;
    realtime = 1800000000 * SECOND;
    check(deadline(CLOCK_REALTIME, 0, 0) < monotonic);
    check(deadline(CLOCK_REALTIME, -5, 0) < monotonic);
    check(deadline(CLOCK_MONOTONIC, INT64_MIN, 0) < monotonic);
    check(deadline(CLOCK_MONOTONIC, 0, 0) < monotonic);
}

TEST(what_is_very_far_is_far)
{
    monotonic = 50 * SECOND;
    realtime = 1800000000 * SECOND;
    check(deadline(CLOCK_REALTIME, INT64_MAX, 999999999) > INT64_MAX / 4);
    check(deadline(CLOCK_MONOTONIC, INT64_MAX / SECOND + 1, 0) > INT64_MAX / 4);
    check(deadline(CLOCK_MONOTONIC, INT64_MAX, 0) < INT64_MAX);
}

TEST(nonsense_is_refused)
{
    const struct timespec bad[] = { { 5, -1 }, { 5, 1000000000 }, { -5, -1 } }, good = { 5, 0 };
    uint64_t unused;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        check_equal(deadline_at(CLOCK_MONOTONIC, &bad[i], &unused), -EINVAL);
    check_equal(deadline_at(CLOCK_PROCESS_CPUTIME_ID, &good, &unused), -EINVAL);
    check_equal(deadline_at(99, &good, &unused), -EINVAL);
}
