/*
 * The process's alarm clock: alarm() and setitimer() of the real time, which are one.
 */
#include <errno.h>
#include <sys/time.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/signal/signals.h"
#include "posix/time/deadline.h"
#include "posix/time/timers.h"
#include "xen/clock.h"

static void ring(struct signal_timer *timer, uint64_t times)
{
    (void)timer;
    (void)times;
    signals_use();
    signal_send(NULL, SIGALRM, (struct signal_origin){ .code = SI_KERNEL });
}

static struct signal_timer alarm_clock = { .expired = ring };

static struct timeval timeval_of(uint64_t nanoseconds)
{
    return (struct timeval){
        .tv_sec = (time_t)(nanoseconds / NANOSECONDS_PER_SECOND),
        .tv_usec = (suseconds_t)(nanoseconds % NANOSECONDS_PER_SECOND / 1000),
    };
}

/* Nanoseconds until it rings, at least 1 if it is to. */
static uint64_t left(void)
{
    uint64_t now = clock_monotonic();

    if (!alarm_clock.armed)
        return 0;
    return alarm_clock.deadline > now ? alarm_clock.deadline - now : 1;
}

static int set(uint64_t delay, uint64_t interval)
{
    if (delay)
        return signal_timer_arm(&alarm_clock, clock_monotonic() + delay, interval);
    signal_timer_disarm(&alarm_clock);
    return 0;
}

unsigned alarm(unsigned seconds)
{
    uint64_t before = left();

    posix_result(set((uint64_t)seconds * NANOSECONDS_PER_SECOND, 0));
    /* Rounded, but a clock that will ring does not say 0. */
    return before ? MAX(1u, (unsigned)((before + NANOSECONDS_PER_SECOND / 2) / NANOSECONDS_PER_SECOND)) : 0;
}

useconds_t ualarm(useconds_t microseconds, useconds_t interval)
{
    uint64_t before = left();

    posix_result(set((uint64_t)microseconds * 1000, (uint64_t)interval * 1000));
    return (useconds_t)(before / 1000);
}

int getitimer(int which, struct itimerval *value)
{
    if (which != ITIMER_REAL)
        return (int)posix_result(-EINVAL);
    uint64_t remaining = left();

    value->it_value = timeval_of(remaining && remaining < 1000 ? 1000 : remaining);
    value->it_interval = timeval_of(alarm_clock.armed ? alarm_clock.interval : 0);
    return 0;
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
    uint64_t delay, interval;

    if (which != ITIMER_REAL || duration_of_timeval(&value->it_value, &delay) ||
        duration_of_timeval(&value->it_interval, &interval))
        return (int)posix_result(-EINVAL);
    if (old)
        getitimer(which, old);
    return (int)posix_result(set(delay, interval));
}
