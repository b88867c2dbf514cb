/*
 * The order in which ready threads run, for execution environments and applications (paper, section 4.1). Threads are
 * cooperative: one runs until it blocks, yields or ends, so what is here only decides who is next.
 *
 * lwd/trace.h records what it does.
 *
 * A policy is a table of two operations. Those that are offered have no rights that one of an application's own lacks.
 */
#ifndef LWD_SCHED_H
#define LWD_SCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A thread as the scheduler sees it; service threads of the kernel are among them. */
struct thread;

/* In each thread, for the policy that has the thread among its ready ones. Its fields are whatever the policy wants. */
struct lwd_sched_slot {
    struct thread *next, *other;
    /* What lwd_sched_ranked goes by; kept from one time that the thread is ready to the next. A new thread has 0. */
    uint64_t rank;
    uint64_t turn;
};

/*
 * Both operations are called in whatever thread is running, and at times while handling events: they may neither block
 * nor yield, nor make or end threads.
 */
struct lwd_sched_policy {
    const char *name;
    /* `thread` became ready, and is among the ready ones until pick() returns it. */
    void (*enqueue)(struct thread *thread);
    /* Takes the next thread to run off the ready ones; null if there is none. */
    struct thread *(*pick)(void);
};

/* First come, first served: the default, and the quickest. */
extern const struct lwd_sched_policy lwd_sched_fifo;

/*
 * The least rank first, and among equals first come, first served; O(log n). With lwd_sched_set_priority() it is a
 * scheduler by priorities, with lwd_sched_set_deadline() one by deadlines (earliest first).
 */
extern const struct lwd_sched_policy lwd_sched_ranked;

/*
 * A queue for each vCPU, first come, first served; one that has nothing takes from another's. With one vCPU, which is what
 * there is, its order is lwd_sched_fifo's.
 */
extern const struct lwd_sched_policy lwd_sched_stealing;

/* Puts another policy in charge, which must stay where it is; ready threads change over in their order. Returns the old one. */
const struct lwd_sched_policy *lwd_sched_use(const struct lwd_sched_policy *policy);

/* A POSIX thread that has not been joined, and the running one. */
struct thread *lwd_sched_thread(pthread_t thread);
struct thread *lwd_sched_self(void);

struct lwd_sched_slot *lwd_sched_slot(struct thread *thread);

/* For lwd_sched_ranked; both count from the next time on that the thread becomes ready. Higher priorities run first. */
void lwd_sched_set_priority(struct thread *thread, int priority);
/* On CLOCK_MONOTONIC, in nanoseconds. */
void lwd_sched_set_deadline(struct thread *thread, uint64_t when);

/*
 * Called when no thread is ready, before the domain sleeps until an event comes. If it returns true, the scheduler looks
 * again at once instead: the domain then polls and does not sleep. May not block. Null: none.
 */
void lwd_sched_set_idle(bool (*idle)(void));

#ifdef __cplusplus
}
#endif
#endif
