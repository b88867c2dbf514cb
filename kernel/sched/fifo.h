/*
 * A single queue of ready threads (paper, section 4.1). Nobody leaves it but at its front, so it is linked one way. In a
 * header, because the scheduler takes the short way where this is its policy.
 */
#ifndef LWD_SCHED_FIFO_H
#define LWD_SCHED_FIFO_H

#include "sched/thread.h"

struct fifo {
    struct list *first;
    struct list **end;          /* the last link's `next`, or `first` */
};

static inline void fifo_put(struct fifo *fifo, struct thread *thread)
{
    thread->queue.next = NULL;
    *fifo->end = &thread->queue;
    fifo->end = &thread->queue.next;
}

/* The queue is not empty. */
static inline struct thread *fifo_take(struct fifo *fifo)
{
    struct list *link = fifo->first;

    fifo->first = link->next;
    if (!link->next)
        fifo->end = &fifo->first;
    return container_of(link, struct thread, queue);
}

#endif
