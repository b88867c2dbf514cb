/*
 * posix/time/deadline.c: durations, and absolute times on either clock, with clocks that stand where the test puts them.
 */
#include "posix/time/deadline.c"

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
    uint64_t result = NO_DEADLINE;

    check_equal(deadline_at(clock, &time, &result), 0);
    check(result != NO_DEADLINE);
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

TEST(durations_are_as_long_as_they_are)
{
    const struct timespec short_one = { 3, 7 }, none = { 0, 0 };
    const struct timeval coarse = { 3, 7 };
    uint64_t nanoseconds;

    check_equal(duration_of(&short_one, &nanoseconds), 0);
    check_equal(nanoseconds, 3 * SECOND + 7);
    check_equal(duration_of(&none, &nanoseconds), 0);
    check_equal(nanoseconds, 0);
    check_equal(duration_of_timeval(&coarse, &nanoseconds), 0);
    check_equal(nanoseconds, 3 * SECOND + 7000);
    check_equal(timespec_of(nanoseconds).tv_sec, 3);
    check_equal(timespec_of(nanoseconds).tv_nsec, 7000);
    monotonic = 50 * SECOND;
    check_equal(deadline_after(&short_one, &nanoseconds), 0);
    check_equal(nanoseconds, 53 * SECOND + 7);
    check_equal(deadline_after(NULL, &nanoseconds), 0);
    check_equal(nanoseconds, NO_DEADLINE);
}

/* 2^64 nanoseconds are 18446744073.7 s: what is longer must not begin at 0 again. */
TEST(ever_is_long)
{
    const int64_t seconds[] = { INT64_MAX, INT64_MAX / SECOND + 1, 18446744074, 36893488148 };

    monotonic = 50 * SECOND;
    for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
        struct timespec ever = { seconds[i], 999999999 };
        struct timeval coarse = { seconds[i], 999999 };
        uint64_t duration, longest, deadline;

        check_equal(duration_of(&ever, &duration), 0);
        check_equal(duration_of_timeval(&coarse, &longest), 0);
        check_equal(duration, longest);
        check(duration > INT64_MAX / 4 && duration < INT64_MAX);
        check_equal(deadline_after(&ever, &deadline), 0);
        check_equal(deadline, monotonic + duration);
    }
}

TEST(nonsense_is_refused)
{
    const struct timespec bad[] = { { 5, -1 }, { 5, 1000000000 }, { -5, -1 } }, good = { 5, 0 }, negative = { -1, 0 };
    const struct timeval bad_coarse[] = { { 5, -1 }, { 5, 1000000 }, { 5, INT64_MAX }, { -1, 0 } };
    uint64_t unused;

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        check_equal(deadline_at(CLOCK_MONOTONIC, &bad[i], &unused), -EINVAL);
        check_equal(deadline_after(&bad[i], &unused), -EINVAL);
    }
    for (size_t i = 0; i < ARRAY_SIZE(bad_coarse); i++)
        check_equal(duration_of_timeval(&bad_coarse[i], &unused), -EINVAL);
    check_equal(duration_of(&negative, &unused), -EINVAL);
    check_equal(deadline_at(CLOCK_PROCESS_CPUTIME_ID, &good, &unused), -EINVAL);
    check_equal(deadline_at(99, &good, &unused), -EINVAL);
}
