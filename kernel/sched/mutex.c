/*
 * The ways of locking and unlocking that somebody waits for, or that are the owner's own.
 */
#include "sched/mutex.h"

#include <errno.h>

static struct thread *holder(const struct wait_queue *queue)
{
    return container_of(queue, const struct mutex, waiters)->owner;
}

const struct wait_kind mutex_wait = { .what = "a mutex", .holder = holder, .offset = offsetof(struct mutex, waiters) };

static int lock_once_more(struct mutex *mutex)
{
    if (mutex->attention > UINT32_MAX - MUTEX_ONCE)
        return -EAGAIN;
    mutex->attention += MUTEX_ONCE;
    return 0;
}

/* After the queue has become shorter. */
static void note_waiters(struct mutex *mutex)
{
    if (wait_queue_is_empty(&mutex->waiters))
        mutex->attention &= ~(MUTEX_WAITED | MUTEX_HAND_OVER);
}

/*
 * A waiter stays in the queue, at its place, until it has the mutex: taken off by an unlock that hands it over, or by
 * itself if it finds it free.
 */
static int wait_in_queue(struct mutex *mutex, uint64_t deadline)
{
    struct waiter waiter;
    bool in_time = true;

    mutex->waiters.kind = &mutex_wait;
    wait_register(&mutex->waiters, &waiter);
    mutex->attention |= MUTEX_WAITED;
    do {
        in_time = thread_block(deadline);
        if (!waiter.queue) {
            thread_self()->waits_on = NULL;
            return 0;
        }
        if (mutex->owner)
            mutex->attention |= MUTEX_HAND_OVER;
    } while (mutex->owner && in_time);
    wait_unregister(&waiter);
    note_waiters(mutex);
    if (mutex->owner)
        return -ETIMEDOUT;
    mutex->owner = thread_self();
    return 0;
}

int mutex_wait_for(struct mutex *mutex, uint64_t deadline)
{
    if (mutex->owner == thread_self()) {
        if (mutex->kind == MUTEX_RECURSIVE)
            return lock_once_more(mutex);
        if (mutex->kind == MUTEX_CHECKING)
            return -EDEADLK;
    }
    return wait_in_queue(mutex, deadline);
}

int mutex_try_again(struct mutex *mutex)
{
    if (mutex->owner == thread_self() && mutex->kind == MUTEX_RECURSIVE)
        return lock_once_more(mutex);
    return -EBUSY;
}

static void hand_over(struct mutex *mutex)
{
    mutex->owner = wait_release_first(&mutex->waiters);
    mutex->attention &= ~MUTEX_HAND_OVER;
    note_waiters(mutex);
}

int mutex_attend(struct mutex *mutex)
{
    if ((mutex->attention & MUTEX_OWNED) && mutex->owner != thread_self())
        return -EPERM;
    if (mutex->attention >= MUTEX_ONCE) {
        mutex->attention -= MUTEX_ONCE;
    } else if (mutex->attention & MUTEX_HAND_OVER) {
        hand_over(mutex);
    } else {
        mutex->owner = NULL;
        if (mutex->attention & MUTEX_WAITED)
            thread_wake(mutex->waiters.first->thread);
    }
    return 0;
}
