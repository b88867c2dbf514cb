/*
 * Mutual exclusion between cooperative threads: needed wherever a thread may block while it holds something. Locking and
 * unlocking what nobody waits for are a comparison and a store each.
 *
 * Unlocking wakes the first in the queue and leaves the mutex free: whoever runs may take it again, so that threads which
 * use it often do not have to switch each time. A waiter that finds it taken again has it handed over by the next unlock:
 * nobody is passed over more than once.
 */
#ifndef LWD_SCHED_MUTEX_H
#define LWD_SCHED_MUTEX_H

#include "sched/wait.h"

/* What locking means to the owner. */
enum mutex_kind {
    MUTEX_NORMAL,               /* waits for itself, for ever */
    MUTEX_RECURSIVE,            /* has it once more */
    MUTEX_CHECKING,             /* is an error */
};

/* All zeroes are a free mutex of the normal kind. */
struct mutex {
    struct thread *owner;
    /* What unlocking must look at: MUTEX_WAITED and so on, and how often the owner has it beyond once, in MUTEX_ONCEs. */
    uint32_t attention;
    uint32_t kind;
    struct wait_queue waiters;
};

#define MUTEX_WAITED 1u         /* `waiters` is not empty */
#define MUTEX_HAND_OVER 2u      /* the first of them has been passed over */
#define MUTEX_OWNED 4u          /* only its owner may unlock it: checked */
#define MUTEX_ONCE 256u

extern const struct wait_kind mutex_wait;

#define MUTEX_INIT_KIND(mutex_kind) { .kind = (mutex_kind), .waiters = WAIT_QUEUE_OF(&mutex_wait) }
#define MUTEX_INIT(name) MUTEX_INIT_KIND(MUTEX_RECURSIVE)

static inline void mutex_init_kind(struct mutex *mutex, enum mutex_kind kind)
{
    *mutex = (struct mutex)MUTEX_INIT_KIND(kind);
}

static inline void mutex_init(struct mutex *mutex)
{
    mutex_init_kind(mutex, MUTEX_RECURSIVE);
}

/* --- for pthreads --- */

/*
 * For a mutex that has an owner, which may be the caller. mutex_wait_for() returns 0, -ETIMEDOUT, and for an owner of a
 * recursive or checking one also -EAGAIN (too often) or -EDEADLK; mutex_try_again() 0, -EBUSY or -EAGAIN.
 */
int mutex_wait_for(struct mutex *mutex, uint64_t deadline);
int mutex_try_again(struct mutex *mutex);

/* Unlocks a mutex that needs attention. Returns 0, or -EPERM if it is not the caller's and that is checked. */
int mutex_attend(struct mutex *mutex);

static inline int mutex_acquire(struct mutex *mutex)
{
    if (unlikely(mutex->owner != NULL))
        return mutex_wait_for(mutex, NO_DEADLINE);
    mutex->owner = thread_self();
    return 0;
}

static inline int mutex_release(struct mutex *mutex)
{
    if (unlikely(mutex->attention != 0))
        return mutex_attend(mutex);
    mutex->owner = NULL;
    return 0;
}

/* --- for the kernel and the C library, whose locks are counted (struct thread) --- */

/* Waits until no other thread has it. The owner may lock again, and then unlocks as often. */
static inline void mutex_lock(struct mutex *mutex)
{
    mutex_acquire(mutex);
    thread_self()->locks++;
}

static inline bool mutex_try_lock(struct mutex *mutex)
{
    if (mutex->owner && mutex_try_again(mutex))
        return false;
    mutex->owner = thread_self();
    thread_self()->locks++;
    return true;
}

static inline void mutex_unlock(struct mutex *mutex)
{
    thread_self()->locks--;
    mutex_release(mutex);
}

#endif
