/*
 * Which ready thread runs next, as a table of operations: the scheduler's mechanism (thread.c) calls it and knows no
 * order of its own. All run in thread context and may not block.
 */
#ifndef LWD_SCHED_POLICY_H
#define LWD_SCHED_POLICY_H

#include "sched/thread.h"

struct sched_policy {
    const char *name;
    /* `thread` became ready. Its `queue` link is the policy's until pick() returns it. */
    void (*enqueue)(struct thread *thread);
    /* Takes the next thread to run off the ready ones, null if there is none. */
    struct thread *(*pick)(void);
};

/* First come, first served: one queue without priorities. The default. */
extern const struct sched_policy sched_fifo;

#endif
