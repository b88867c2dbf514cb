/*
 * Waiting for conditions, as the paper's select does (section 3.2): register on the wait queues, look at the condition,
 * block, look again. A thread can be registered on several queues at a time.
 */
#ifndef LWD_SCHED_WAIT_H
#define LWD_SCHED_WAIT_H

#include "sched/thread.h"

struct wait_queue {
    struct list waiters;
};

#define WAIT_QUEUE_INIT(name) { LIST_INIT((name).waiters) }

/* One registration; lives on the waiting thread's stack. */
struct waiter {
    struct list link;
    struct thread *thread;
};

static inline void wait_queue_init(struct wait_queue *queue)
{
    list_init(&queue->waiters);
}

static inline void wait_register(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->thread = thread_self();
    list_insert(&queue->waiters, &waiter->link);
}

static inline void wait_unregister(struct waiter *waiter)
{
    list_remove(&waiter->link);
}

/* Wakes all that wait; each looks at its condition again. May be called by event handlers. */
static inline void wait_wake_all(struct wait_queue *queue)
{
    struct waiter *waiter;

    list_for_each(waiter, &queue->waiters, link)
        thread_wake(waiter->thread);
}

/*
 * Waits until `condition` holds or `deadline` passes; true if it holds. Nothing can come between looking and
 * blocking: there is no preemption, and events are taken only by the scheduler.
 */
#define wait_until(queue, condition, deadline)                  \
    ({                                                          \
        struct waiter waiter_;                                  \
        bool holds_ = (condition);                              \
                                                                \
        if (!holds_) {                                          \
            wait_register(queue, &waiter_);                     \
            while (!(holds_ = (condition)))                     \
                if (!thread_block(deadline)) {                  \
                    holds_ = (condition);                       \
                    break;                                      \
                }                                               \
            wait_unregister(&waiter_);                          \
        }                                                       \
        holds_;                                                 \
    })

#define wait_for(queue, condition) ((void)wait_until(queue, condition, NO_DEADLINE))

#endif
