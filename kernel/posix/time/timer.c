/*
 * POSIX's timers: a signal, or a call in a thread of its own, at a time.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "posix/result.h"
#include "posix/signal/notify.h"
#include "posix/signal/signals.h"
#include "posix/time/deadline.h"
#include "posix/time/timers.h"
#include "xen/clock.h"

struct timer {
    struct signal_timer clock;
    clockid_t of;
    struct sigevent event;
    uint64_t overrun;
};

/* A timer_t is its number in here, from 1. */
static struct timer *timers[TIMER_MAX];

static struct timer *find(timer_t id)
{
    return id >= 1 && id <= TIMER_MAX ? timers[id - 1] : NULL;
}

/* --- when it is time --- */

static void expired(struct signal_timer *clock, uint64_t times)
{
    struct timer *timer = container_of(clock, struct timer, clock);

    timer->overrun = times - 1;
    notify(&timer->event, SI_TIMER);
}

/* --- for applications --- */

int timer_create(clockid_t clock, struct sigevent *restrict event, timer_t *restrict id)
{
    size_t free_one = 0;

    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || (event && !notify_is_event(event)))
        return (int)posix_result(-EINVAL);
    while (free_one < TIMER_MAX && timers[free_one])
        free_one++;
    struct timer *timer = free_one < TIMER_MAX ? calloc(1, sizeof *timer) : NULL;

    if (!timer)
        return (int)posix_result(-EAGAIN);
    signals_use();
    timer->clock.expired = expired;
    timer->of = clock;
    timer->event = event ? *event
                         : (struct sigevent){ .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM,
                                              .sigev_value.sival_int = (int)free_one + 1 };
    timers[free_one] = timer;
    *id = free_one + 1;
    return 0;
}

int timer_delete(timer_t id)
{
    struct timer *timer = find(id);

    if (!timer)
        return (int)posix_result(-EINVAL);
    signal_timer_disarm(&timer->clock);
    timers[id - 1] = NULL;
    free(timer);
    return 0;
}

int timer_gettime(timer_t id, struct itimerspec *value)
{
    struct timer *timer = find(id);
    uint64_t now = clock_monotonic();

    if (!timer)
        return (int)posix_result(-EINVAL);
    *value = (struct itimerspec){ .it_interval = timespec_of(timer->clock.interval) };
    if (timer->clock.armed)
        value->it_value = timespec_of(timer->clock.deadline > now ? timer->clock.deadline - now : 1);
    return 0;
}

int timer_settime(timer_t id, int flags, const struct itimerspec *restrict value, struct itimerspec *restrict old)
{
    struct timer *timer = find(id);
    uint64_t delay, interval, deadline;

    if (!timer || duration_of(&value->it_value, &delay) || duration_of(&value->it_interval, &interval))
        return (int)posix_result(-EINVAL);
    if (old)
        timer_gettime(id, old);
    if (delay == 0) {
        signal_timer_disarm(&timer->clock);
        return 0;
    }
    deadline = clock_monotonic() + delay;
    /* Refused is nothing here: it is a duration too, and timer_create() looked at the clock. */
    if (flags & TIMER_ABSTIME)
        (void)deadline_at(timer->of, &value->it_value, &deadline);
    timer->overrun = 0;
    return (int)posix_result(signal_timer_arm(&timer->clock, deadline, interval));
}

/* How often it was time since the signal before, beyond once. */
int timer_getoverrun(timer_t id)
{
    struct timer *timer = find(id);

    return (int)posix_result(timer ? (long)MIN(timer->overrun, (uint64_t)DELAYTIMER_MAX) : -EINVAL);
}
