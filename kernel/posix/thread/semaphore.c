/*
 * Semaphores. What sem_post() gives goes to the first in line, if there is one: nobody can take it before.
 */
#include <semaphore.h>

#include <errno.h>
#include <limits.h>

#include "posix/result.h"
#include "posix/time/deadline.h"
#include "sched/wait.h"

static const struct wait_kind semaphore_wait = { .what = "a semaphore", .offset = offsetof(sem_t, __waiters) };

static struct wait_queue *waiters_of(sem_t *semaphore)
{
    return (struct wait_queue *)&semaphore->__waiters;
}

int sem_init(sem_t *semaphore, int pshared, unsigned value)
{
    (void)pshared;
    if (value > SEM_VALUE_MAX)
        return (int)posix_result(-EINVAL);
    *semaphore = (sem_t){ .__value = value };
    waiters_of(semaphore)->kind = &semaphore_wait;
    return 0;
}

int sem_destroy(sem_t *semaphore)
{
    return (int)posix_result(wait_queue_is_empty(waiters_of(semaphore)) ? 0 : -EBUSY);
}

static int take(sem_t *semaphore)
{
    if (semaphore->__value == 0)
        return -EAGAIN;
    semaphore->__value--;
    return 0;
}

static int wait_for_one(sem_t *semaphore, uint64_t deadline)
{
    struct waiter waiter;
    int result = wait_in_line(waiters_of(semaphore), &waiter, deadline, true);

    if (unlikely(result == -EINTR) && thread_cancellation_point() != INTERRUPTED)
        return take(semaphore) ? wait_for_one(semaphore, deadline) : 0;
    return (int)posix_result(result);
}

int sem_wait(sem_t *semaphore)
{
    thread_cancellation_point();
    return take(semaphore) ? wait_for_one(semaphore, NO_DEADLINE) : 0;
}

int sem_trywait(sem_t *semaphore)
{
    return (int)posix_result(take(semaphore));
}

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
    uint64_t deadline;

    thread_cancellation_point();
    if (take(semaphore) == 0)
        return 0;
    int error = deadline_at(clock, time, &deadline);

    return error ? (int)posix_result(error) : wait_for_one(semaphore, deadline);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
    return sem_clockwait(semaphore, CLOCK_REALTIME, time);
}

int sem_post(sem_t *semaphore)
{
    if (wait_release_first(waiters_of(semaphore)))
        return 0;
    if (semaphore->__value == SEM_VALUE_MAX)
        return (int)posix_result(-EOVERFLOW);
    semaphore->__value++;
    return 0;
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
    *value = (int)semaphore->__value;
    return 0;
}
