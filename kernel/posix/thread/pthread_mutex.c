/*
 * POSIX mutexes and spin locks: the kernel's, in the program's memory.
 */
#define __LWD_NO_INLINE
#include <errno.h>
#include <stddef.h>

#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"
#include "posix/time/deadline.h"
#include "sched/mutex.h"

/* A program locks and unlocks by itself while nobody waits (pthread.h). */
_Static_assert(sizeof(pthread_mutex_t) == sizeof(struct mutex), "a mutex is one thing");
_Static_assert(offsetof(struct __lwd_mutex, __owner) == offsetof(struct mutex, owner), "owner");
_Static_assert(offsetof(struct __lwd_mutex, __attention) == offsetof(struct mutex, attention), "attention");
_Static_assert(offsetof(struct __lwd_mutex, __kind) == offsetof(struct mutex, kind), "kind");
_Static_assert(offsetof(struct __lwd_mutex, __waiters) == offsetof(struct mutex, waiters), "waiters");
_Static_assert(PTHREAD_MUTEX_NORMAL == MUTEX_NORMAL && PTHREAD_MUTEX_RECURSIVE == MUTEX_RECURSIVE &&
               PTHREAD_MUTEX_ERRORCHECK == MUTEX_CHECKING && MUTEX_OWNED == 4, "constants of pthread.h");

static struct mutex *mutex_of(pthread_mutex_t *mutex)
{
    return (struct mutex *)mutex;
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attributes)
{
    enum mutex_kind kind = attributes ? (enum mutex_kind)attributes->__kind : MUTEX_NORMAL;

    mutex_init_kind(mutex_of(mutex), kind);
    if (kind != MUTEX_NORMAL)
        mutex_of(mutex)->attention = MUTEX_OWNED;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    return mutex->__owner || mutex_of(mutex)->waiters.first ? EBUSY : 0;
}

/* --- locking --- */

int __lwd_mutex_wait(pthread_mutex_t *mutex)
{
    return thread_errno(mutex_wait_for(mutex_of(mutex), NO_DEADLINE));
}

int __lwd_mutex_attend(pthread_mutex_t *mutex)
{
    return thread_errno(mutex_attend(mutex_of(mutex)));
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return thread_errno(mutex_acquire(mutex_of(mutex)));
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return thread_errno(mutex_release(mutex_of(mutex)));
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (mutex->__owner)
        return thread_errno(mutex_try_again(mutex_of(mutex)));
    mutex_of(mutex)->owner = thread_self();
    return 0;
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict time)
{
    uint64_t deadline;

    if (!mutex->__owner)
        return thread_errno(mutex_acquire(mutex_of(mutex)));
    int error = deadline_at(clock, time, &deadline);

    return thread_errno(error ? error : mutex_wait_for(mutex_of(mutex), deadline));
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
    return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time);
}

/* No mutex is robust, and none has a ceiling. */
int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    (void)mutex;
    return EINVAL;
}

int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict mutex, int *restrict ceiling)
{
    (void)mutex;
    (void)ceiling;
    return EINVAL;
}

int pthread_mutex_setprioceiling(pthread_mutex_t *restrict mutex, int ceiling, int *restrict old)
{
    (void)mutex;
    (void)ceiling;
    (void)old;
    return EINVAL;
}

/* --- attributes --- */

int pthread_mutexattr_init(pthread_mutexattr_t *attributes)
{
    *attributes = (pthread_mutexattr_t){ .__kind = PTHREAD_MUTEX_DEFAULT, .__pshared = PTHREAD_PROCESS_PRIVATE };
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attributes, int *restrict type)
{
    *type = attributes->__kind;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type)
{
    if (type != PTHREAD_MUTEX_NORMAL && type != PTHREAD_MUTEX_RECURSIVE && type != PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attributes->__kind = type;
    return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attributes, int *restrict pshared)
{
    *pshared = attributes->__pshared;
    return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int pshared)
{
    return set_shared(&attributes->__pshared, pshared);
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict attributes, int *restrict robust)
{
    (void)attributes;
    *robust = PTHREAD_MUTEX_STALLED;
    return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust)
{
    (void)attributes;
    if (robust == PTHREAD_MUTEX_STALLED)
        return 0;
    return robust == PTHREAD_MUTEX_ROBUST ? ENOTSUP : EINVAL;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict attributes, int *restrict protocol)
{
    (void)attributes;
    *protocol = PTHREAD_PRIO_NONE;
    return 0;
}

int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol)
{
    (void)attributes;
    if (protocol == PTHREAD_PRIO_NONE)
        return 0;
    return protocol == PTHREAD_PRIO_INHERIT || protocol == PTHREAD_PRIO_PROTECT ? ENOTSUP : EINVAL;
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *restrict attributes, int *restrict ceiling)
{
    (void)attributes;
    *ceiling = 0;
    return 0;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *attributes, int ceiling)
{
    (void)attributes;
    return ceiling == 0 ? 0 : EINVAL;
}

/* --- spin locks: mutexes, since nobody could let a spinning thread out --- */

int pthread_spin_init(pthread_spinlock_t *lock, int pshared)
{
    if (pshared != PTHREAD_PROCESS_PRIVATE && pshared != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    return pthread_mutex_init(lock, NULL);
}

int pthread_spin_destroy(pthread_spinlock_t *lock)
{
    return pthread_mutex_destroy(lock);
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    return pthread_mutex_lock(lock);
}

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    return pthread_mutex_trylock(lock);
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    return pthread_mutex_unlock(lock);
}
