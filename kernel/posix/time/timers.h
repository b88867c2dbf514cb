/*
 * Timers that send signals (alarm.c, timer.c), all served by one thread.
 */
#ifndef LWD_POSIX_TIME_TIMERS_H
#define LWD_POSIX_TIME_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/list.h"

struct signal_timer {
    uint64_t deadline;          /* on clock_monotonic's scale; counts while it is armed */
    uint64_t interval;          /* nanoseconds; 0: once */
    bool armed;
    /* Called by the thread, `times` times late: at least 1. May not block; may arm or disarm any timer. */
    void (*expired)(struct signal_timer *timer, uint64_t times);
    struct list link;
};

/*
 * Arms the timer, anew if it is. A deadline that has passed counts as now. The thread that serves timers counts as one of
 * the program, which waits for a time. Returns 0 or -EAGAIN: no memory for that thread.
 */
int signal_timer_arm(struct signal_timer *timer, uint64_t deadline, uint64_t interval);
void signal_timer_disarm(struct signal_timer *timer);

/* Is the service running? It is no thread whose end the program waits for. */
extern unsigned signal_timer_threads;

#endif
