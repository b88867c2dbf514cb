/*
 * A policy with a queue for each vCPU, and stealing between them. There is one vCPU so far, and so one queue.
 */
#include "sched/run_queue.h"

/* What grows with the first vCPU more; the number of the one that asks then comes from this_cpu(). */
#define CPUS 1
#define THIS_CPU 0

static struct run_queue queues[CPUS];

static void stealing_enqueue(struct thread *thread)
{
    run_queue_put(&queues[THIS_CPU], thread);
}

static struct thread *stealing_pick(void)
{
    return run_queues_pick(queues, CPUS, THIS_CPU);
}

const struct lwd_sched_policy lwd_sched_stealing = {
    .name = "stealing",
    .enqueue = stealing_enqueue,
    .pick = stealing_pick,
};
