/*
 * Waiting for conditions, as the paper's select does (section 3.2): register on the wait queues, look at the condition,
 * block, look again. A thread can be registered on several queues at a time.
 *
 * Or waiting in line: the first in the queue is released, and no other. Both kinds of waiting do not mix on one queue.
 */
#ifndef LWD_SCHED_WAIT_H
#define LWD_SCHED_WAIT_H

#include "sched/thread.h"

/* What is waited for on a queue: one constant for all queues of a kind. */
struct wait_kind {
    const char *what;           /* completes "waits for …" */
    /* An event from outside of the domain can wake it, so that those who wait are not waiting for each other. */
    bool from_outside;
    /* The thread that has to do something for the wait to end, if there is one; for reports. */
    struct thread *(*holder)(const struct wait_queue *queue);
    size_t offset;              /* of the queue in what has an address that programs know */
};

/* All zeroes are an empty queue that only other threads wake. */
struct wait_queue {
    struct waiter *first, *last;
    const struct wait_kind *kind;
};

/* One registration; lives on the waiting thread's stack. */
struct waiter {
    struct waiter *next, *previous;
    struct wait_queue *queue;   /* null: not registered, or released */
    struct thread *thread;      /* null: `notify` is called instead of waking one */
    void (*notify)(struct waiter *waiter);
};

/* A device, xenstore, a timer: what a queue is woken by if nobody says otherwise. */
extern const struct wait_kind wait_outside;

#define WAIT_QUEUE_INIT(name) { .kind = &wait_outside }
#define WAIT_QUEUE_OF(queue_kind) { .kind = (queue_kind) }

static inline void wait_queue_init(struct wait_queue *queue)
{
    *queue = (struct wait_queue){ .kind = &wait_outside };
}

static inline void wait_queue_init_kind(struct wait_queue *queue, const struct wait_kind *kind)
{
    *queue = (struct wait_queue){ .kind = kind };
}

static inline bool wait_queue_is_empty(const struct wait_queue *queue)
{
    return queue->first == NULL;
}

static inline bool wait_is_from_outside(const struct wait_queue *queue)
{
    return queue->kind && queue->kind->from_outside;
}

/* --- the queue's links --- */

static inline void wait_queue_append(struct wait_queue *queue, struct waiter *waiter)
{
    waiter->queue = queue;
    waiter->next = NULL;
    waiter->previous = queue->last;
    if (queue->last)
        queue->last->next = waiter;
    else
        queue->first = waiter;
    queue->last = waiter;
}

static inline void wait_queue_take(struct waiter *waiter)
{
    struct wait_queue *queue = waiter->queue;

    if (waiter->previous)
        waiter->previous->next = waiter->next;
    else
        queue->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = waiter->previous;
    else
        queue->last = waiter->previous;
    waiter->queue = NULL;
}

/* The queue is not empty. */
static inline void wait_queue_take_first(struct wait_queue *queue)
{
    struct waiter *waiter = queue->first;

    queue->first = waiter->next;
    if (waiter->next)
        waiter->next->previous = NULL;
    else
        queue->last = NULL;
    waiter->queue = NULL;
}

/* --- for conditions --- */

static inline void wait_register(struct wait_queue *queue, struct waiter *waiter)
{
    struct thread *self = thread_self();

    waiter->thread = self;
    self->waits_on = queue;
    self->outside_waits += wait_is_from_outside(queue);
    wait_queue_append(queue, waiter);
}

static inline void wait_unregister(struct waiter *waiter)
{
    struct thread *self = thread_self();

    self->waits_on = NULL;
    self->outside_waits -= wait_is_from_outside(waiter->queue);
    wait_queue_take(waiter);
}

/* Wakes all that wait; each looks at its condition again. May be called by event handlers. */
static inline void wait_wake_all(struct wait_queue *queue)
{
    for (struct waiter *waiter = queue->first; waiter; waiter = waiter->next)
        if (waiter->thread)
            thread_wake(waiter->thread);
        else
            waiter->notify(waiter);
}

/*
 * Has `notify` called each time that the queue's waiters are woken, until wait_unsubscribe(). It may wake other queues;
 * it may not block or change this one.
 */
static inline void wait_subscribe(struct wait_queue *queue, struct waiter *waiter, void (*notify)(struct waiter *))
{
    waiter->thread = NULL;
    waiter->notify = notify;
    wait_queue_append(queue, waiter);
}

static inline void wait_unsubscribe(struct waiter *waiter)
{
    wait_queue_take(waiter);
}

/*
 * Waits until `condition` holds, or `gives_up` does, or `deadline` passes; true if the first holds. Nothing can come
 * between looking and blocking: there is no preemption, and events are taken only by the scheduler.
 */
#define wait_until_or(wanted_queue, condition, gives_up, deadline)      \
    ({                                                                  \
        struct waiter waiter_;                                          \
        bool holds_ = (condition);                                      \
                                                                        \
        if (!holds_) {                                                  \
            wait_register(wanted_queue, &waiter_);                      \
            while (!(holds_ = (condition)) && !(gives_up))              \
                if (!thread_block(deadline)) {                          \
                    holds_ = (condition);                               \
                    break;                                              \
                }                                                       \
            wait_unregister(&waiter_);                                  \
        }                                                               \
        holds_;                                                         \
    })

#define wait_until(queue, condition, deadline) wait_until_or(queue, condition, false, deadline)

#define wait_for(queue, condition) ((void)wait_until(queue, condition, NO_DEADLINE))

/* Is the running thread to end, or to handle a signal, and to stop waiting for the purpose? */
static inline bool wait_is_cancelled(void)
{
    /* One branch: every call that reads or writes comes here. */
    uintptr_t asked = (uintptr_t)thread_own(cancel) | (uintptr_t)thread_own(interrupt);

    return unlikely(asked != 0) && thread_own(locks) == 0;
}

/*
 * The same for what POSIX calls a cancellation point: false also if the thread is to end or has a signal to handle. The
 * caller then returns -EINTR to where nothing is held any more, and that goes through thread_cancellation_point().
 */
#define wait_for_or_cancel(queue, condition) wait_until_or(queue, condition, wait_is_cancelled(), NO_DEADLINE)

/* --- in line --- */

/* The part of wait_in_line() for those who were woken for another reason, or who wait only until a time. */
int wait_in_line_further(struct waiter *waiter, uint64_t deadline, bool cancellable);

/*
 * Waits at the end of the queue, which only threads release from, until wait_release_first() has come to this thread.
 * Returns 0; -ETIMEDOUT if `deadline` came first; with `cancellable`, -EINTR if the thread is to end or has a signal to
 * handle. `waiter` is for use meanwhile, and may be part of something that tells the releasing thread more.
 */
static inline int wait_in_line(struct wait_queue *queue, struct waiter *waiter, uint64_t deadline, bool cancellable)
{
    struct thread *self = thread_self();

    waiter->thread = self;
    self->waits_on = queue;
    wait_queue_append(queue, waiter);
    if (likely(deadline == NO_DEADLINE)) {
        self->state = THREAD_BLOCKED;
        schedule();
        if (likely(!waiter->queue)) {
            self->waits_on = NULL;
            return 0;
        }
    }
    return wait_in_line_further(waiter, deadline, cancellable);
}

/* Takes the first off the queue and wakes it. Returns its thread, null if nobody waits. May be called by event handlers. */
static inline struct thread *wait_release_first(struct wait_queue *queue)
{
    struct waiter *waiter = queue->first;

    if (!waiter)
        return NULL;
    struct thread *thread = waiter->thread;

    wait_queue_take_first(queue);
    thread_wake(thread);
    return thread;
}

void wait_release_all(struct wait_queue *queue);

#endif
