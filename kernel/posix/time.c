/*
 * Time for applications.
 */
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "posix/result.h"
#include "sched/thread.h"
#include "xen/clock.h"

static struct timespec to_timespec(uint64_t nanoseconds)
{
    return (struct timespec){
        .tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
        .tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND),
    };
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    switch (clock) {
    case CLOCK_REALTIME:
        *now = to_timespec(clock_realtime());
        return 0;
    case CLOCK_MONOTONIC:
        *now = to_timespec(clock_monotonic());
        return 0;
    default:
        return (int)posix_result(-EINVAL);
    }
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return (int)posix_result(-EINVAL);
    if (resolution)
        *resolution = (struct timespec){ .tv_nsec = 1 };
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec time = to_timespec(clock_realtime());

    (void)zone;
    *now = (struct timeval){ .tv_sec = time.tv_sec, .tv_usec = (suseconds_t)(time.tv_nsec / 1000) };
    return 0;
}

static void sleep_for(uint64_t nanoseconds)
{
    uint64_t deadline = clock_monotonic() + nanoseconds;

    while (clock_monotonic() < deadline)
        thread_block(deadline);
}

int nanosleep(const struct timespec *duration, struct timespec *left)
{
    if (duration->tv_sec < 0 || duration->tv_nsec < 0 || duration->tv_nsec >= NANOSECONDS_PER_SECOND)
        return (int)posix_result(-EINVAL);
    sleep_for((uint64_t)duration->tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)duration->tv_nsec);
    if (left)
        *left = (struct timespec){ 0 };
    return 0;
}

unsigned sleep(unsigned seconds)
{
    sleep_for((uint64_t)seconds * NANOSECONDS_PER_SECOND);
    return 0;
}

int usleep(useconds_t microseconds)
{
    sleep_for((uint64_t)microseconds * 1000);
    return 0;
}

/* The domain is the process, so its processor time is the time since it first asked, which clock() only takes differences of. */
clock_t times(struct tms *times)
{
    static uint64_t first;
    uint64_t now = clock_monotonic();

    if (!first)
        first = now;
    clock_t ticks = (clock_t)((now - first) / (NANOSECONDS_PER_SECOND / CLOCKS_PER_SEC));

    *times = (struct tms){ .tms_utime = ticks };
    return ticks;
}
