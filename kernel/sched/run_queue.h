/*
 * A vCPU's queue of ready threads that others may take from: first come, first served, whoever takes. Linked through the
 * slots of lwd/sched.h. The lock is held for some instructions; who only wants to steal does not wait for it.
 */
#ifndef LWD_SCHED_RUN_QUEUE_H
#define LWD_SCHED_RUN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include <lwd/sched.h>

struct run_queue {
    bool locked;
    struct thread *first, *last;
};

static inline bool run_queue_try_lock(struct run_queue *queue)
{
    return !__atomic_test_and_set(&queue->locked, __ATOMIC_ACQUIRE);
}

static inline void run_queue_lock(struct run_queue *queue)
{
    while (!run_queue_try_lock(queue))
        while (__atomic_load_n(&queue->locked, __ATOMIC_RELAXED))
            __builtin_ia32_pause();
}

static inline void run_queue_unlock(struct run_queue *queue)
{
    __atomic_clear(&queue->locked, __ATOMIC_RELEASE);
}

static inline struct thread *run_queue_take_locked(struct run_queue *queue)
{
    struct thread *thread = queue->first;

    if (thread)
        __atomic_store_n(&queue->first, lwd_sched_slot(thread)->next, __ATOMIC_RELAXED);
    return thread;
}

static inline void run_queue_put(struct run_queue *queue, struct thread *thread)
{
    lwd_sched_slot(thread)->next = NULL;
    run_queue_lock(queue);
    if (queue->first)
        lwd_sched_slot(queue->last)->next = thread;
    else
        __atomic_store_n(&queue->first, thread, __ATOMIC_RELAXED);
    queue->last = thread;
    run_queue_unlock(queue);
}

/* By the owner: null if there is none. */
static inline struct thread *run_queue_take(struct run_queue *queue)
{
    run_queue_lock(queue);
    struct thread *thread = run_queue_take_locked(queue);

    run_queue_unlock(queue);
    return thread;
}

/* By others: null also if somebody is at it, who may have taken the last one. */
static inline struct thread *run_queue_steal(struct run_queue *queue)
{
    struct thread *thread = NULL;

    if (__atomic_load_n(&queue->first, __ATOMIC_RELAXED) && run_queue_try_lock(queue)) {
        thread = run_queue_take_locked(queue);
        run_queue_unlock(queue);
    }
    return thread;
}

/* For vCPU `cpu`: its own first one, else one of another's. */
static inline struct thread *run_queues_pick(struct run_queue *queues, unsigned cpus, unsigned cpu)
{
    struct thread *thread = run_queue_take(&queues[cpu]);

    for (unsigned i = 1; !thread && i < cpus; i++)
        thread = run_queue_steal(&queues[(cpu + i) % cpus]);
    return thread;
}

#endif
