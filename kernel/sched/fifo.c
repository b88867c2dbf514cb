/*
 * The default policy: a single queue (paper, section 4.1).
 */
#include <stddef.h>

#include "sched/policy.h"

static struct list ready = LIST_INIT(ready);

static void fifo_enqueue(struct thread *thread)
{
    list_insert(&ready, &thread->queue);
}

static struct thread *fifo_pick(void)
{
    if (list_empty(&ready))
        return NULL;
    struct thread *thread = list_first(&ready, struct thread, queue);

    list_remove(&thread->queue);
    return thread;
}

const struct sched_policy sched_fifo = {
    .name = "fifo",
    .enqueue = fifo_enqueue,
    .pick = fifo_pick,
};
