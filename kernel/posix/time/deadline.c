/*
 * POSIX's times as those of the scheduler and of Xen's clock.
 */
#include "posix/time/deadline.h"

#include <errno.h>
#include <stdbool.h>

#include "core/bits.h"
#include "xen/clock.h"

/* What is later is never, but still a deadline: 146 years. */
#define LATEST (INT64_MAX / 2)

static bool has_fraction(const struct timespec *time)
{
    return time->tv_nsec >= 0 && time->tv_nsec < NANOSECONDS_PER_SECOND;
}

static int64_t nanoseconds_of(const struct timespec *time)
{
    if (time->tv_sec < 0)
        return 0;
    if (time->tv_sec >= LATEST / NANOSECONDS_PER_SECOND)
        return LATEST;
    return time->tv_sec * NANOSECONDS_PER_SECOND + time->tv_nsec;
}

int duration_of(const struct timespec *duration, uint64_t *nanoseconds)
{
    if (duration->tv_sec < 0 || !has_fraction(duration))
        return -EINVAL;
    *nanoseconds = (uint64_t)nanoseconds_of(duration);
    return 0;
}

int duration_of_timeval(const struct timeval *duration, uint64_t *nanoseconds)
{
    bool is_fraction = duration->tv_usec >= 0 && duration->tv_usec < 1000000;
    struct timespec precise = { duration->tv_sec, is_fraction ? duration->tv_usec * 1000 : -1 };

    return duration_of(&precise, nanoseconds);
}

struct timespec timespec_of(uint64_t nanoseconds)
{
    return (struct timespec){
        .tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
        .tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
    };
}

int deadline_after(const struct timespec *duration, uint64_t *deadline)
{
    uint64_t nanoseconds;

    *deadline = NO_DEADLINE;
    if (!duration)
        return 0;
    int error = duration_of(duration, &nanoseconds);

    if (!error)
        *deadline = clock_monotonic() + nanoseconds;
    return error;
}

int deadline_at(clockid_t clock, const struct timespec *time, uint64_t *deadline)
{
    if (!has_fraction(time))
        return -EINVAL;
    int64_t at = nanoseconds_of(time);

    if (clock == CLOCK_REALTIME)
        at -= (int64_t)clock_epoch();
    else if (clock != CLOCK_MONOTONIC)
        return -EINVAL;
    *deadline = at > 0 ? (uint64_t)at : 0;
    return 0;
}
