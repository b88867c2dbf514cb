/*
 * Mutual exclusion between cooperative threads: needed wherever a thread may block while it holds something.
 */
#ifndef LWD_SCHED_MUTEX_H
#define LWD_SCHED_MUTEX_H

#include "sched/wait.h"

struct mutex {
    struct thread *owner;
    unsigned depth;             /* of nested locking by the owner */
    struct wait_queue waiters;
};

#define MUTEX_INIT(name) { NULL, 0, WAIT_QUEUE_INIT((name).waiters) }

static inline void mutex_init(struct mutex *mutex)
{
    *mutex = (struct mutex){ .owner = NULL };
    wait_queue_init(&mutex->waiters);
}

static inline bool mutex_try_lock(struct mutex *mutex)
{
    if (mutex->owner && mutex->owner != thread_self())
        return false;
    mutex->owner = thread_self();
    mutex->depth++;
    return true;
}

/* Waits until no other thread has it. The owner may lock again, and then unlocks as often. */
static inline void mutex_lock(struct mutex *mutex)
{
    wait_for(&mutex->waiters, mutex_try_lock(mutex));
}

static inline void mutex_unlock(struct mutex *mutex)
{
    if (--mutex->depth == 0) {
        mutex->owner = NULL;
        wait_wake_all(&mutex->waiters);
    }
}

#endif
