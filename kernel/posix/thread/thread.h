/*
 * What POSIX adds to a thread of the kernel's. It is a thread-local variable, so a program without pthreads has none of
 * it. A pthread_t is the address of the struct thread.
 */
#ifndef LWD_POSIX_THREAD_THREAD_H
#define LWD_POSIX_THREAD_THREAD_H

#include <pthread.h>

#include "sched/wait.h"

/* With the NUL, as on Linux. */
#define THREAD_NAME_SIZE 16

struct posix_thread {
    void *(*function)(void *argument);
    int (*c11_function)(void *argument);
    void *argument;
    void *result;
    struct wait_queue joiner;   /* the one thread that waits for the end */
    bool joined;                /* there is such a thread, or it has got the result */
    bool detached;
    bool ended;
    bool cancel_disabled;
    bool cancel_asynchronous;
    bool cancel_pending;        /* asked for, and so far disabled or not come to a cancellation point */
    struct __lwd_cleanup *cleanups;
    size_t guard_size;
    char name[THREAD_NAME_SIZE];
};

extern _Thread_local struct posix_thread posix_thread;

static inline struct thread *thread_of(pthread_t id)
{
    return (struct thread *)id;
}

static inline struct posix_thread *posix_thread_of(pthread_t id)
{
    return thread_local_of(thread_of(id), posix_thread);
}

/*
 * What else a thread does at its end: destructors of its values, for one. Set by those who have something to do, so that
 * programs without it do not carry it.
 */
extern void (*thread_destroy_values)(void);

/* pthread_create() for a function of one type or the other. Returns 0 or an errno. */
int posix_thread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*function)(void *),
                        int (*c11_function)(void *), void *argument);

/* For functions that return an errno, as pthread_* do, from a kernel's result. */
static inline int thread_errno(int result)
{
    return -result;
}

#endif
