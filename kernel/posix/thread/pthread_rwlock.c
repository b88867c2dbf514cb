/*
 * Locks for one writer or several readers. All who wait stand in one line and are let in from its front: neither readers
 * nor writers starve. So a reader waits where a writer waits before it, and a thread that reads already and reads again
 * then waits for itself.
 */
#include <errno.h>

#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"
#include "posix/time/deadline.h"

struct applicant {
    struct waiter waiter;
    bool writes;
};

static struct wait_queue *waiters_of(const pthread_rwlock_t *lock)
{
    return (struct wait_queue *)&lock->__waiters;
}

static struct thread *writer_of(const struct wait_queue *queue)
{
    return container_of((const struct __lwd_wait_queue *)queue, const pthread_rwlock_t, __waiters)->__writer;
}

static const struct wait_kind rwlock_wait = {
    .what = "a read-write lock", .holder = writer_of, .offset = offsetof(pthread_rwlock_t, __waiters),
};

int pthread_rwlock_init(pthread_rwlock_t *restrict lock, const pthread_rwlockattr_t *restrict attributes)
{
    (void)attributes;
    *lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    return 0;
}

static bool is_free(const pthread_rwlock_t *lock)
{
    return !lock->__writer && !lock->__readers;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return is_free(lock) ? 0 : EBUSY;
}

static bool can_read(const pthread_rwlock_t *lock)
{
    return !lock->__writer && wait_queue_is_empty(waiters_of(lock));
}

/* Lets in whoever is at the front: a writer alone, readers as far as they follow each other. */
static void admit(pthread_rwlock_t *lock)
{
    struct wait_queue *queue = waiters_of(lock);

    while (queue->first && !lock->__writer) {
        if (container_of(queue->first, struct applicant, waiter)->writes) {
            if (!lock->__readers)
                lock->__writer = wait_release_first(queue);
            return;
        }
        lock->__readers++;
        wait_release_first(queue);
    }
}

static int stand_in_line(pthread_rwlock_t *lock, bool writes, uint64_t deadline)
{
    struct applicant applicant = { .writes = writes };

    if (lock->__writer == thread_self())
        return EDEADLK;
    waiters_of(lock)->kind = &rwlock_wait;
    int result = wait_in_line(waiters_of(lock), &applicant.waiter, deadline, false);

    /* Who has given up may have been all that kept others out. */
    if (result)
        admit(lock);
    return thread_errno(result);
}

static int stand_in_line_until(pthread_rwlock_t *lock, bool writes, clockid_t clock, const struct timespec *time)
{
    uint64_t deadline;
    int error = deadline_at(clock, time, &deadline);

    return error ? thread_errno(error) : stand_in_line(lock, writes, deadline);
}

/* --- reading --- */

int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
    if (!can_read(lock))
        return EBUSY;
    lock->__readers++;
    return 0;
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
    return pthread_rwlock_tryrdlock(lock) ? stand_in_line(lock, false, NO_DEADLINE) : 0;
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
    return pthread_rwlock_tryrdlock(lock) ? stand_in_line_until(lock, false, clock, time) : 0;
}

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
    return pthread_rwlock_clockrdlock(lock, CLOCK_REALTIME, time);
}

/* --- writing --- */

int pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
    if (!is_free(lock))
        return EBUSY;
    lock->__writer = thread_self();
    return 0;
}

int pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
    return pthread_rwlock_trywrlock(lock) ? stand_in_line(lock, true, NO_DEADLINE) : 0;
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
    return pthread_rwlock_trywrlock(lock) ? stand_in_line_until(lock, true, clock, time) : 0;
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
    return pthread_rwlock_clockwrlock(lock, CLOCK_REALTIME, time);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    if (is_free(lock))
        return EPERM;
    if (lock->__writer)
        lock->__writer = NULL;
    else
        lock->__readers--;
    admit(lock);
    return 0;
}

/* --- attributes --- */

int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes)
{
    *attributes = (pthread_rwlockattr_t){ .__pshared = PTHREAD_PROCESS_PRIVATE };
    return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *restrict attributes, int *restrict pshared)
{
    *pshared = attributes->__pshared;
    return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int pshared)
{
    return set_shared(&attributes->__pshared, pshared);
}
