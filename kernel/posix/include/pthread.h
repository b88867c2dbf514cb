/*
 * POSIX threads on the kernel's cooperative ones (sched/thread.h): a thread runs until it waits, yields or ends.
 */
#ifndef _PTHREAD_H
#define _PTHREAD_H

#include <sys/types.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTHREAD_CREATE_JOINABLE 0
#define PTHREAD_CREATE_DETACHED 1
#define PTHREAD_SCOPE_SYSTEM 0
#define PTHREAD_SCOPE_PROCESS 1
#define PTHREAD_INHERIT_SCHED 0
#define PTHREAD_EXPLICIT_SCHED 1
#define PTHREAD_PROCESS_PRIVATE 0
#define PTHREAD_PROCESS_SHARED 1
#define PTHREAD_MUTEX_NORMAL 0
#define PTHREAD_MUTEX_RECURSIVE 1
#define PTHREAD_MUTEX_ERRORCHECK 2
#define PTHREAD_MUTEX_DEFAULT PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_STALLED 0
#define PTHREAD_MUTEX_ROBUST 1
#define PTHREAD_PRIO_NONE 0
#define PTHREAD_PRIO_INHERIT 1
#define PTHREAD_PRIO_PROTECT 2
#define PTHREAD_CANCEL_ENABLE 0
#define PTHREAD_CANCEL_DISABLE 1
#define PTHREAD_CANCEL_DEFERRED 0
#define PTHREAD_CANCEL_ASYNCHRONOUS 1
#define PTHREAD_CANCELED ((void *)-1)
#define PTHREAD_BARRIER_SERIAL_THREAD (-1)

#define __LWD_WAIT_QUEUE_INITIALIZER { 0, 0, 0 }
#define PTHREAD_MUTEX_INITIALIZER { 0, 0, PTHREAD_MUTEX_NORMAL, __LWD_WAIT_QUEUE_INITIALIZER }
#define PTHREAD_COND_INITIALIZER { __LWD_WAIT_QUEUE_INITIALIZER, 0 }
#define PTHREAD_RWLOCK_INITIALIZER { 0, 0, __LWD_WAIT_QUEUE_INITIALIZER }
#define PTHREAD_ONCE_INIT { 0, __LWD_WAIT_QUEUE_INITIALIZER }

#if __GNU_VISIBLE
#define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP { 0, 4, PTHREAD_MUTEX_RECURSIVE, __LWD_WAIT_QUEUE_INITIALIZER }
#define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP { 0, 4, PTHREAD_MUTEX_ERRORCHECK, __LWD_WAIT_QUEUE_INITIALIZER }
#endif

/* --- threads --- */

int pthread_create(pthread_t *__restrict __id, const pthread_attr_t *__restrict __attributes,
                   void *(*__function)(void *), void *__restrict __argument);
int pthread_join(pthread_t __id, void **__result);
int pthread_detach(pthread_t __id);
void pthread_exit(void *__result) __attribute__((__noreturn__));
pthread_t pthread_self(void);
int pthread_equal(pthread_t __one, pthread_t __other);
int pthread_once(pthread_once_t *__once, void (*__function)(void));
/* There is no fork(): the handlers are never called. */
int pthread_atfork(void (*__prepare)(void), void (*__parent)(void), void (*__child)(void));
int pthread_getcpuclockid(pthread_t __id, clockid_t *__clock);
int pthread_getconcurrency(void);
int pthread_setconcurrency(int __level);
int pthread_getschedparam(pthread_t __id, int *__restrict __policy, struct sched_param *__restrict __parameters);
int pthread_setschedparam(pthread_t __id, int __policy, const struct sched_param *__parameters);
int pthread_setschedprio(pthread_t __id, int __priority);

#if __GNU_VISIBLE
int pthread_tryjoin_np(pthread_t __id, void **__result);
int pthread_timedjoin_np(pthread_t __id, void **__result, const struct timespec *__time);
int pthread_clockjoin_np(pthread_t __id, void **__result, clockid_t __clock, const struct timespec *__time);
int pthread_getattr_np(pthread_t __id, pthread_attr_t *__attributes);
int pthread_getname_np(pthread_t __id, char *__name, size_t __size);
int pthread_setname_np(pthread_t __id, const char *__name);
int pthread_getaffinity_np(pthread_t __id, size_t __bytes, cpu_set_t *__set);
int pthread_setaffinity_np(pthread_t __id, size_t __bytes, const cpu_set_t *__set);
int pthread_attr_getaffinity_np(const pthread_attr_t *__attributes, size_t __bytes, cpu_set_t *__set);
int pthread_attr_setaffinity_np(pthread_attr_t *__attributes, size_t __bytes, const cpu_set_t *__set);
int pthread_yield(void);
#endif

/* --- attributes of threads --- */

int pthread_attr_init(pthread_attr_t *__attributes);
int pthread_attr_destroy(pthread_attr_t *__attributes);
int pthread_attr_getdetachstate(const pthread_attr_t *__attributes, int *__state);
int pthread_attr_setdetachstate(pthread_attr_t *__attributes, int __state);
int pthread_attr_getstack(const pthread_attr_t *__restrict __attributes, void **__restrict __stack,
                          size_t *__restrict __size);
int pthread_attr_setstack(pthread_attr_t *__attributes, void *__stack, size_t __size);
int pthread_attr_getstacksize(const pthread_attr_t *__restrict __attributes, size_t *__restrict __size);
int pthread_attr_setstacksize(pthread_attr_t *__attributes, size_t __size);
int pthread_attr_getguardsize(const pthread_attr_t *__restrict __attributes, size_t *__restrict __size);
int pthread_attr_setguardsize(pthread_attr_t *__attributes, size_t __size);
int pthread_attr_getinheritsched(const pthread_attr_t *__restrict __attributes, int *__restrict __inherit);
int pthread_attr_setinheritsched(pthread_attr_t *__attributes, int __inherit);
int pthread_attr_getschedparam(const pthread_attr_t *__restrict __attributes,
                               struct sched_param *__restrict __parameters);
int pthread_attr_setschedparam(pthread_attr_t *__restrict __attributes,
                               const struct sched_param *__restrict __parameters);
int pthread_attr_getschedpolicy(const pthread_attr_t *__restrict __attributes, int *__restrict __policy);
int pthread_attr_setschedpolicy(pthread_attr_t *__attributes, int __policy);
int pthread_attr_getscope(const pthread_attr_t *__restrict __attributes, int *__restrict __scope);
int pthread_attr_setscope(pthread_attr_t *__attributes, int __scope);

/* --- mutexes --- */

int pthread_mutex_init(pthread_mutex_t *__restrict __mutex, const pthread_mutexattr_t *__restrict __attributes);
int pthread_mutex_destroy(pthread_mutex_t *__mutex);
int pthread_mutex_lock(pthread_mutex_t *__mutex);
int pthread_mutex_trylock(pthread_mutex_t *__mutex);
int pthread_mutex_timedlock(pthread_mutex_t *__restrict __mutex, const struct timespec *__restrict __time);
int pthread_mutex_clocklock(pthread_mutex_t *__restrict __mutex, clockid_t __clock,
                            const struct timespec *__restrict __time);
int pthread_mutex_unlock(pthread_mutex_t *__mutex);
int pthread_mutex_consistent(pthread_mutex_t *__mutex);
int pthread_mutex_getprioceiling(const pthread_mutex_t *__restrict __mutex, int *__restrict __ceiling);
int pthread_mutex_setprioceiling(pthread_mutex_t *__restrict __mutex, int __ceiling, int *__restrict __old);

int pthread_mutexattr_init(pthread_mutexattr_t *__attributes);
int pthread_mutexattr_destroy(pthread_mutexattr_t *__attributes);
int pthread_mutexattr_gettype(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __type);
int pthread_mutexattr_settype(pthread_mutexattr_t *__attributes, int __type);
int pthread_mutexattr_getpshared(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __pshared);
int pthread_mutexattr_setpshared(pthread_mutexattr_t *__attributes, int __pshared);
/* Only PTHREAD_MUTEX_STALLED and PTHREAD_PRIO_NONE can be set; the others are ENOTSUP. */
int pthread_mutexattr_getrobust(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __robust);
int pthread_mutexattr_setrobust(pthread_mutexattr_t *__attributes, int __robust);
int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __protocol);
int pthread_mutexattr_setprotocol(pthread_mutexattr_t *__attributes, int __protocol);
int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *__restrict __attributes, int *__restrict __ceiling);
int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *__attributes, int __ceiling);

int pthread_spin_init(pthread_spinlock_t *__lock, int __pshared);
int pthread_spin_destroy(pthread_spinlock_t *__lock);
int pthread_spin_lock(pthread_spinlock_t *__lock);
int pthread_spin_trylock(pthread_spinlock_t *__lock);
int pthread_spin_unlock(pthread_spinlock_t *__lock);

/* --- conditions --- */

int pthread_cond_init(pthread_cond_t *__restrict __condition, const pthread_condattr_t *__restrict __attributes);
int pthread_cond_destroy(pthread_cond_t *__condition);
int pthread_cond_signal(pthread_cond_t *__condition);
int pthread_cond_broadcast(pthread_cond_t *__condition);
int pthread_cond_wait(pthread_cond_t *__restrict __condition, pthread_mutex_t *__restrict __mutex);
int pthread_cond_timedwait(pthread_cond_t *__restrict __condition, pthread_mutex_t *__restrict __mutex,
                           const struct timespec *__restrict __time);
int pthread_cond_clockwait(pthread_cond_t *__restrict __condition, pthread_mutex_t *__restrict __mutex,
                           clockid_t __clock, const struct timespec *__restrict __time);

int pthread_condattr_init(pthread_condattr_t *__attributes);
int pthread_condattr_destroy(pthread_condattr_t *__attributes);
int pthread_condattr_getclock(const pthread_condattr_t *__restrict __attributes, clockid_t *__restrict __clock);
int pthread_condattr_setclock(pthread_condattr_t *__attributes, clockid_t __clock);
int pthread_condattr_getpshared(const pthread_condattr_t *__restrict __attributes, int *__restrict __pshared);
int pthread_condattr_setpshared(pthread_condattr_t *__attributes, int __pshared);

/* --- locks for one writer or several readers. Whoever waits first goes first, readers that follow each other together. --- */

int pthread_rwlock_init(pthread_rwlock_t *__restrict __lock, const pthread_rwlockattr_t *__restrict __attributes);
int pthread_rwlock_destroy(pthread_rwlock_t *__lock);
int pthread_rwlock_rdlock(pthread_rwlock_t *__lock);
int pthread_rwlock_tryrdlock(pthread_rwlock_t *__lock);
int pthread_rwlock_timedrdlock(pthread_rwlock_t *__restrict __lock, const struct timespec *__restrict __time);
int pthread_rwlock_clockrdlock(pthread_rwlock_t *__restrict __lock, clockid_t __clock,
                               const struct timespec *__restrict __time);
int pthread_rwlock_wrlock(pthread_rwlock_t *__lock);
int pthread_rwlock_trywrlock(pthread_rwlock_t *__lock);
int pthread_rwlock_timedwrlock(pthread_rwlock_t *__restrict __lock, const struct timespec *__restrict __time);
int pthread_rwlock_clockwrlock(pthread_rwlock_t *__restrict __lock, clockid_t __clock,
                               const struct timespec *__restrict __time);
int pthread_rwlock_unlock(pthread_rwlock_t *__lock);

int pthread_rwlockattr_init(pthread_rwlockattr_t *__attributes);
int pthread_rwlockattr_destroy(pthread_rwlockattr_t *__attributes);
int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *__restrict __attributes, int *__restrict __pshared);
int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *__attributes, int __pshared);

/* --- barriers --- */

int pthread_barrier_init(pthread_barrier_t *__restrict __barrier, const pthread_barrierattr_t *__restrict __attributes,
                         unsigned __count);
int pthread_barrier_destroy(pthread_barrier_t *__barrier);
int pthread_barrier_wait(pthread_barrier_t *__barrier);

int pthread_barrierattr_init(pthread_barrierattr_t *__attributes);
int pthread_barrierattr_destroy(pthread_barrierattr_t *__attributes);
int pthread_barrierattr_getpshared(const pthread_barrierattr_t *__restrict __attributes, int *__restrict __pshared);
int pthread_barrierattr_setpshared(pthread_barrierattr_t *__attributes, int __pshared);

/* --- values of a thread's own --- */

int pthread_key_create(pthread_key_t *__key, void (*__destructor)(void *));
int pthread_key_delete(pthread_key_t __key);
void *pthread_getspecific(pthread_key_t __key);
int pthread_setspecific(pthread_key_t __key, const void *__value);

/* --- cancellation --- */

int pthread_cancel(pthread_t __id);
int pthread_setcancelstate(int __state, int *__old);
int pthread_setcanceltype(int __type, int *__old);
void pthread_testcancel(void);

struct __lwd_cleanup {
    void (*__function)(void *);
    void *__argument;
    struct __lwd_cleanup *__outer;
};

void __lwd_cleanup_push(struct __lwd_cleanup *__cleanup);
void __lwd_cleanup_pop(struct __lwd_cleanup *__cleanup, int __execute);

/* Opens a block that pthread_cleanup_pop() closes. */
#define pthread_cleanup_push(function, argument)                            \
    do {                                                                    \
        struct __lwd_cleanup __cleanup = { (function), (argument), 0 };     \
                                                                            \
        __lwd_cleanup_push(&__cleanup);

#define pthread_cleanup_pop(execute)                                        \
        __lwd_cleanup_pop(&__cleanup, (execute));                           \
    } while (0)

/* --- what needs no call in most cases --- */

/* For mutexes that have an owner, or that unlocking has more to do with than to clear it. */
int __lwd_mutex_wait(pthread_mutex_t *__mutex);
int __lwd_mutex_attend(pthread_mutex_t *__mutex);

#if defined(__OPTIMIZE__) && !defined(__LWD_NO_INLINE)

#define __lwd_inline extern __inline __attribute__((__gnu_inline__))

__lwd_inline pthread_t pthread_self(void)
{
    pthread_t __self;

    __asm__("mov %%fs:0, %0" : "=r"(__self));
    return __self;
}

__lwd_inline int pthread_equal(pthread_t __one, pthread_t __other)
{
    return __one == __other;
}

__lwd_inline int pthread_mutex_lock(pthread_mutex_t *__mutex)
{
    if (__builtin_expect(__mutex->__owner != 0, 0))
        return __lwd_mutex_wait(__mutex);
    __mutex->__owner = (void *)pthread_self();
    __asm__ volatile("" ::: "memory");
    return 0;
}

__lwd_inline int pthread_mutex_unlock(pthread_mutex_t *__mutex)
{
    __asm__ volatile("" ::: "memory");
    if (__builtin_expect(__mutex->__attention != 0, 0))
        return __lwd_mutex_attend(__mutex);
    __mutex->__owner = 0;
    return 0;
}

#endif

#ifdef __cplusplus
}
#endif

#endif
