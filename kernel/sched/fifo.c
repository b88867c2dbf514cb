/*
 * The default policy: a single queue (paper, section 4.1). Nobody leaves it but at its front, so it is linked one way.
 */
#include <stddef.h>

#include "sched/policy.h"

static struct list *first;
static struct list **end = &first;

static void fifo_enqueue(struct thread *thread)
{
    thread->queue.next = NULL;
    *end = &thread->queue;
    end = &thread->queue.next;
}

static struct thread *fifo_pick(void)
{
    struct list *link = first;

    if (!link)
        return NULL;
    first = link->next;
    if (!first)
        end = &first;
    return container_of(link, struct thread, queue);
}

const struct sched_policy sched_fifo = {
    .name = "fifo",
    .enqueue = fifo_enqueue,
    .pick = fifo_pick,
};
