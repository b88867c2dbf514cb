/*
 * Condition variables: a line of threads. Nothing can come between a waiter's unlocking of the mutex and its blocking, so
 * no signal is lost, and a waiter is woken by a signal, by its deadline or by cancellation and by nothing else.
 */
#include <errno.h>

#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"
#include "posix/time/deadline.h"
#include "sched/mutex.h"

static const struct wait_kind condition_wait = { .what = "a condition" };

static struct wait_queue *waiters_of(pthread_cond_t *condition)
{
    return (struct wait_queue *)&condition->__waiters;
}

int pthread_cond_init(pthread_cond_t *restrict condition, const pthread_condattr_t *restrict attributes)
{
    *condition = (pthread_cond_t){ .__monotonic = attributes && attributes->__monotonic };
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    return wait_queue_is_empty(waiters_of(condition)) ? 0 : EBUSY;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    wait_release_first(waiters_of(condition));
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    wait_release_all(waiters_of(condition));
    return 0;
}

/* After a wait that ended otherwise than by a signal of the condition's. One that a handler ended had no reason to. */
static int end_of_wait(struct mutex *mutex, int result)
{
    mutex_acquire(mutex);
    if (result != -EINTR)
        return thread_errno(result);
    thread_cancellation_point();
    return 0;
}

static int wait_until_deadline(pthread_cond_t *condition, struct mutex *mutex, uint64_t deadline)
{
    struct waiter waiter;

    thread_cancellation_point();
    int error = mutex_release(mutex);

    if (error)
        return thread_errno(error);
    waiters_of(condition)->kind = &condition_wait;
    return end_of_wait(mutex, wait_in_line(waiters_of(condition), &waiter, deadline, true));
}

/* The same without a deadline, as short as it can be where nobody waits for the mutex. */
int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
    struct mutex *held = (struct mutex *)mutex;
    struct waiter waiter;

    if (unlikely(held->attention || thread_self()->cancel || thread_self()->interrupt))
        return wait_until_deadline(condition, held, NO_DEADLINE);
    held->owner = NULL;
    waiters_of(condition)->kind = &condition_wait;
    int result = wait_in_line(waiters_of(condition), &waiter, NO_DEADLINE, true);

    if (unlikely(result))
        return end_of_wait(held, result);
    mutex_acquire(held);
    return 0;
}

int pthread_cond_clockwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict time)
{
    uint64_t deadline;
    int error = deadline_at(clock, time, &deadline);

    return error ? thread_errno(error) : wait_until_deadline(condition, (struct mutex *)mutex, deadline);
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
    clockid_t clock = condition->__monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;

    return pthread_cond_clockwait(condition, mutex, clock, time);
}

/* --- attributes --- */

int pthread_condattr_init(pthread_condattr_t *attributes)
{
    *attributes = (pthread_condattr_t){ .__pshared = PTHREAD_PROCESS_PRIVATE };
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attributes, clockid_t *restrict clock)
{
    *clock = attributes->__monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attributes->__monotonic = clock == CLOCK_MONOTONIC;
    return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attributes, int *restrict pshared)
{
    *pshared = attributes->__pshared;
    return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attributes, int pshared)
{
    return set_shared(&attributes->__pshared, pshared);
}
