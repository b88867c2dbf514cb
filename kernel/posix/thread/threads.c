/*
 * C11's threads: POSIX's, with results of their own.
 */
#define __LWD_NO_INLINE
#include <threads.h>

#include <errno.h>

#include "posix/thread/thread.h"

static int result_of(int error)
{
    switch (error) {
    case 0:
        return thrd_success;
    case EBUSY:
        return thrd_busy;
    case ENOMEM:
        return thrd_nomem;
    case ETIMEDOUT:
        return thrd_timedout;
    default:
        return thrd_error;
    }
}

/* --- threads --- */

int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    int error = posix_thread_create(thread, NULL, NULL, function, argument);

    return error == EAGAIN ? thrd_nomem : result_of(error);
}

thrd_t thrd_current(void)
{
    return (thrd_t)thread_self();
}

int thrd_equal(thrd_t one, thrd_t other)
{
    return one == other;
}

int thrd_detach(thrd_t thread)
{
    return result_of(pthread_detach(thread));
}

int thrd_join(thrd_t thread, int *result)
{
    void *value;
    int error = pthread_join(thread, &value);

    if (!error && result)
        *result = (int)(intptr_t)value;
    return result_of(error);
}

/* -1 stands for interruption by a signal, which does not happen; other errors are less. */
int thrd_sleep(const struct timespec *duration, struct timespec *left)
{
    return nanosleep(duration, left) == 0 ? 0 : -2;
}

void thrd_yield(void)
{
    sched_yield();
}

_Noreturn void thrd_exit(int result)
{
    pthread_exit((void *)(intptr_t)result);
}

void call_once(once_flag *flag, void (*function)(void))
{
    pthread_once(flag, function);
}

/* --- mutexes --- */

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;

    if (type & ~(mtx_recursive | mtx_timed))
        return thrd_error;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, type & mtx_recursive ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    return result_of(pthread_mutex_init(mutex, &attributes));
}

void mtx_destroy(mtx_t *mutex)
{
    pthread_mutex_destroy(mutex);
}

int mtx_lock(mtx_t *mutex)
{
    return result_of(pthread_mutex_lock(mutex));
}

int mtx_trylock(mtx_t *mutex)
{
    return result_of(pthread_mutex_trylock(mutex));
}

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return result_of(pthread_mutex_timedlock(mutex, time));
}

int mtx_unlock(mtx_t *mutex)
{
    return result_of(pthread_mutex_unlock(mutex));
}

/* --- conditions --- */

int cnd_init(cnd_t *condition)
{
    return result_of(pthread_cond_init(condition, NULL));
}

void cnd_destroy(cnd_t *condition)
{
    pthread_cond_destroy(condition);
}

int cnd_signal(cnd_t *condition)
{
    return result_of(pthread_cond_signal(condition));
}

int cnd_broadcast(cnd_t *condition)
{
    return result_of(pthread_cond_broadcast(condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return result_of(pthread_cond_wait(condition, mutex));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return result_of(pthread_cond_timedwait(condition, mutex, time));
}

/* --- values of a thread's own --- */

int tss_create(tss_t *key, tss_dtor_t destructor)
{
    return result_of(pthread_key_create(key, destructor));
}

void tss_delete(tss_t key)
{
    pthread_key_delete(key);
}

void *tss_get(tss_t key)
{
    return pthread_getspecific(key);
}

int tss_set(tss_t key, void *value)
{
    return result_of(pthread_setspecific(key, value));
}
