/*
 * Waiting in line.
 */
#include "sched/wait.h"

#include <errno.h>

const struct wait_kind wait_outside = { .what = "an event from outside", .from_outside = true };

int wait_in_line(struct wait_queue *queue, struct waiter *waiter, uint64_t deadline, bool cancellable)
{
    struct thread *self = thread_self();
    int result = 0;

    wait_register(queue, waiter);
    while (!result && waiter->queue) {
        if (cancellable && wait_is_cancelled())
            result = -EINTR;
        else if (!thread_block(deadline))
            result = -ETIMEDOUT;
    }
    self->waits_on = NULL;
    self->outside_waits -= wait_is_from_outside(queue);
    if (!waiter->queue)
        return 0;
    wait_queue_take(waiter);
    return result;
}

struct thread *wait_release_first(struct wait_queue *queue)
{
    struct waiter *waiter = queue->first;

    if (!waiter)
        return NULL;
    wait_queue_take(waiter);
    thread_wake(waiter->thread);
    return waiter->thread;
}

void wait_release_all(struct wait_queue *queue)
{
    while (wait_release_first(queue))
        ;
}
