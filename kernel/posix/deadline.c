/*
 * POSIX's absolute times as deadlines of the scheduler.
 */
#include "posix/deadline.h"

#include <errno.h>

#include "sched/thread.h"
#include "xen/clock.h"

/* What is later is never, but still a deadline: 146 years. */
#define LATEST (INT64_MAX / 2)

static int64_t nanoseconds(const struct timespec *time)
{
    if (time->tv_sec < 0)
        return 0;
    if (time->tv_sec >= LATEST / NANOSECONDS_PER_SECOND)
        return LATEST;
    return time->tv_sec * NANOSECONDS_PER_SECOND + time->tv_nsec;
}

int deadline_at(clockid_t clock, const struct timespec *time, uint64_t *deadline)
{
    if (time->tv_nsec < 0 || time->tv_nsec >= NANOSECONDS_PER_SECOND)
        return -EINVAL;
    int64_t at = nanoseconds(time);

    if (clock == CLOCK_REALTIME)
        at -= (int64_t)clock_epoch();
    else if (clock != CLOCK_MONOTONIC)
        return -EINVAL;
    /* Zero would stop Xen's timer. */
    *deadline = at > 0 ? (uint64_t)at : 1;
    return 0;
}
