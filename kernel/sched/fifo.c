/*
 * The default policy: first come, first served.
 */
#include "sched/cpu.h"

static void fifo_enqueue(struct thread *thread)
{
    fifo_put(&this_cpu()->fifo, thread);
}

static struct thread *fifo_pick(void)
{
    struct fifo *fifo = &this_cpu()->fifo;

    return fifo->first ? fifo_take(fifo) : NULL;
}

const struct lwd_sched_policy lwd_sched_fifo = {
    .name = "fifo",
    .enqueue = fifo_enqueue,
    .pick = fifo_pick,
};
