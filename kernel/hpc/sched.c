/*
 * The scheduler in the application's hands.
 */
#include <lwd/sched.h>

#include <limits.h>

#include "sched/cpu.h"

const struct lwd_sched_policy *lwd_sched_use(const struct lwd_sched_policy *policy)
{
    struct cpu *cpu = this_cpu();
    const struct lwd_sched_policy *before = cpu->policy;
    struct fifo ready = { .end = &ready.first };
    struct thread *thread;

    if (policy == before)
        return before;
    /* All are taken off first: the new policy may use the same place in a thread as the old one. */
    while ((thread = before->pick()))
        fifo_put(&ready, thread);
    cpu->policy = policy;
    cpu_note_change(cpu);
    while (ready.first)
        policy->enqueue(fifo_take(&ready));
    return before;
}

struct thread *lwd_sched_thread(pthread_t thread)
{
    return (struct thread *)thread;
}

struct thread *lwd_sched_self(void)
{
    return thread_self();
}

struct lwd_sched_slot *lwd_sched_slot(struct thread *thread)
{
    return &thread->slot;
}

void lwd_sched_set_priority(struct thread *thread, int priority)
{
    thread->slot.rank = (uint64_t)((int64_t)INT_MAX - priority);
}

void lwd_sched_set_deadline(struct thread *thread, uint64_t when)
{
    thread->slot.rank = when;
}

void lwd_sched_set_idle(bool (*idle)(void))
{
    this_cpu()->idle_hook = idle;
}
