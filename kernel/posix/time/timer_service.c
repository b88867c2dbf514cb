/*
 * The thread that timers' signals come from. It is there while a timer is armed.
 */
#include <errno.h>

#include "posix/signal/signals.h"
#include "posix/time/timers.h"
#include "sched/thread.h"
#include "xen/clock.h"

#define STACK (32 << 10)

static struct list armed = LIST_INIT(armed);
static struct thread *service;

static void take_off(struct signal_timer *timer)
{
    timer->armed = false;
    list_remove(&timer->link);
}

/* Calls for one timer that is due. Returns false if none is. */
static bool serve_one(uint64_t now)
{
    struct signal_timer *timer;

    list_for_each(timer, &armed, link) {
        if (timer->deadline > now)
            continue;
        uint64_t times = timer->interval ? 1 + (now - timer->deadline) / timer->interval : 1;

        if (timer->interval)
            timer->deadline += times * timer->interval;
        else
            take_off(timer);
        timer->expired(timer, times);
        return true;
    }
    return false;
}

static uint64_t earliest(void)
{
    struct signal_timer *timer;
    uint64_t deadline = NO_DEADLINE;

    list_for_each(timer, &armed, link)
        deadline = MIN(deadline, timer->deadline);
    return deadline;
}

static void serve(void *unused)
{
    (void)unused;
    for (;;) {
        uint64_t now = clock_monotonic();

        /* Each once, then others run: by the time that one of a few nanoseconds is served, it is due again. */
        while (serve_one(now))
            ;
        if (list_empty(&armed))
            break;
        thread_block(earliest());
    }
    service = NULL;
    signal_timer_threads = 0;
}

static int start_service(void)
{
    struct thread_options options = {
        .name = "timers", .function = serve, .stack_bytes = STACK, .program = true,
    };
    int error = thread_make(&options, &service);

    if (error)
        return -EAGAIN;
    /* It sends signals and gets none. */
    thread_local_of(service, signal_thread)->blocked = ~0UL;
    signal_timer_threads = 1;
    return 0;
}

int signal_timer_arm(struct signal_timer *timer, uint64_t deadline, uint64_t interval)
{
    int error = service ? 0 : start_service();

    if (error)
        return error;
    if (!timer->armed)
        list_insert(&armed, &timer->link);
    timer->armed = true;
    timer->deadline = deadline;
    timer->interval = interval;
    thread_wake(service);
    return 0;
}

void signal_timer_disarm(struct signal_timer *timer)
{
    if (!timer->armed)
        return;
    take_off(timer);
    thread_wake(service);
}
