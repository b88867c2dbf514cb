/*
 * Barriers: a line that the last to arrive releases whole.
 */
#include <errno.h>

#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"

static const struct wait_kind barrier_wait = { .what = "a barrier", .offset = offsetof(pthread_barrier_t, __waiters) };

static struct wait_queue *waiters_of(pthread_barrier_t *barrier)
{
    return (struct wait_queue *)&barrier->__waiters;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attributes,
                         unsigned count)
{
    (void)attributes;
    if (count == 0)
        return EINVAL;
    *barrier = (pthread_barrier_t){ .__count = count };
    waiters_of(barrier)->kind = &barrier_wait;
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    return barrier->__arrived ? EBUSY : 0;
}

int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    struct waiter waiter;

    if (++barrier->__arrived == barrier->__count) {
        barrier->__arrived = 0;
        wait_release_all(waiters_of(barrier));
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    wait_in_line(waiters_of(barrier), &waiter, NO_DEADLINE, false);
    return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attributes)
{
    *attributes = (pthread_barrierattr_t){ .__pshared = PTHREAD_PROCESS_PRIVATE };
    return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *restrict attributes, int *restrict pshared)
{
    *pshared = attributes->__pshared;
    return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int pshared)
{
    return set_shared(&attributes->__pshared, pshared);
}
