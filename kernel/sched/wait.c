/*
 * Waiting in line.
 */
#include "sched/wait.h"

#include <errno.h>

const struct wait_kind wait_outside = { .what = "an event from outside", .from_outside = true };

int wait_in_line_further(struct waiter *waiter, uint64_t deadline, bool cancellable)
{
    int result = 0;

    while (!result && waiter->queue) {
        if (cancellable && wait_is_cancelled())
            result = -EINTR;
        else if (!thread_block(deadline))
            result = -ETIMEDOUT;
    }
    thread_self()->waits_on = NULL;
    if (!waiter->queue)
        return 0;
    wait_queue_take(waiter);
    return result;
}

void wait_release_all(struct wait_queue *queue)
{
    while (wait_release_first(queue))
        ;
}
