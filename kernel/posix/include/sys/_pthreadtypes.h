/*
 * Types of <pthread.h> that POSIX wants in <sys/types.h> too. All zeroes initialise each of them. Members are the
 * kernel's; the mutex is laid out as its struct mutex (sched/mutex.h), so that a program locks a free one by itself.
 */
#ifndef _SYS__PTHREADTYPES_H_
#define _SYS__PTHREADTYPES_H_

#include <sys/sched.h>

/* The kernel and a program that is optimised together with it look at these through different types. */
#define __lwd_shared __attribute__((__may_alias__))

typedef unsigned long pthread_t;

struct __lwd_wait_queue {
    void *__first, *__last;
    const void *__kind;
} __lwd_shared;

typedef struct __lwd_mutex {
    void *__owner;
    unsigned __attention;
    unsigned __kind;
    struct __lwd_wait_queue __waiters;
} __lwd_shared pthread_mutex_t;

typedef struct {
    int __kind;
    int __pshared;
} pthread_mutexattr_t;

typedef struct {
    struct __lwd_wait_queue __waiters;
    int __monotonic;
} __lwd_shared pthread_cond_t;

typedef struct {
    int __monotonic;
    int __pshared;
} pthread_condattr_t;

typedef struct {
    void *__writer;
    unsigned __readers;
    struct __lwd_wait_queue __waiters;
} __lwd_shared pthread_rwlock_t;

typedef struct {
    int __pshared;
} pthread_rwlockattr_t;

typedef struct {
    unsigned __count;
    unsigned __arrived;
    struct __lwd_wait_queue __waiters;
} __lwd_shared pthread_barrier_t;

typedef struct {
    int __pshared;
} pthread_barrierattr_t;

/* There is no second processor that could release it meanwhile, so whoever does not get it waits. */
typedef struct __lwd_mutex pthread_spinlock_t;

typedef struct {
    int __state;
    struct __lwd_wait_queue __waiters;
} __lwd_shared pthread_once_t;

typedef unsigned pthread_key_t;

typedef struct {
    void *__stack;
    __SIZE_TYPE__ __stack_size;
    __SIZE_TYPE__ __guard_size;
    int __detached;
    int __inherit;
} pthread_attr_t;

#endif
