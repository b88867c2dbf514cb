/*
 * The scheduler's mechanism: states and switching. Order is the policy's.
 */
#include "sched/thread.h"

#include "arch/x86_64/platform.h"
#include "sched/cpu.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"

struct cpu boot_cpu = {
    .policy = &sched_fifo,
    .sleepers = LIST_INIT(boot_cpu.sleepers),
    .threads = LIST_INIT(boot_cpu.threads),
    .timer = NO_DEADLINE,
};

static __attribute__((noinline)) void count_time(struct cpu *cpu, struct thread *until_now)
{
    uint64_t now = clock_monotonic();

    until_now->cpu_time += now - cpu->switched;
    cpu->switched = now;
}

static inline void switch_to(struct cpu *cpu, struct thread *next)
{
    struct thread *self = thread_self();

    next->state = THREAD_RUNNING;
    if (next == self)
        return;
    if (unlikely(cpu->counts_time))
        count_time(cpu, self);
    set_thread_pointer((uintptr_t)next);
    context_switch(&self->stack_pointer, next->stack_pointer);
    if (unlikely(cpu->ended != NULL))
        free_ended();
}

/* No thread is ready: nothing can happen but events. */
static __attribute__((noinline)) void idle(struct cpu *cpu)
{
    if (cpu->stuck && cpu->stuck == cpu->programs)
        deadlock_check();
    uint64_t before = clock_monotonic();

    if (cpu->counts_time)
        count_time(cpu, thread_self());
    domain_block();
    uint64_t after = clock_monotonic();

    cpu->idle += after - before;
    cpu->switched = after;
}

void schedule(void)
{
    struct cpu *cpu = this_cpu();

    for (;;) {
        if (evtchn_pending())
            evtchn_dispatch();
        struct thread *next = cpu->policy->pick();

        if (likely(next != NULL)) {
            cpu->ready--;
            switch_to(cpu, next);
            return;
        }
        idle(cpu);
    }
}

static __attribute__((noinline)) bool yield_to_others(void)
{
    make_ready(thread_self());
    schedule();
    return true;
}

bool thread_yield(void)
{
    if (likely(this_cpu()->ready == 0 && !evtchn_pending()))
        return false;
    return yield_to_others();
}

void thread_poll(void)
{
    if (evtchn_pending())
        thread_yield();
}

bool thread_block(uint64_t deadline)
{
    struct thread *self = thread_self();
    struct cpu *cpu = this_cpu();

    self->state = THREAD_BLOCKED;
    self->timed_out = false;
    bool stuck = false;

    if (deadline != NO_DEADLINE)
        timer_add(self, deadline);
    else
        stuck = self->program && self->outside_waits == 0;
    cpu->stuck += stuck;
    schedule();
    cpu->stuck -= stuck;
    return !self->timed_out;
}

void thread_wake(struct thread *thread)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    if (thread->deadline != NO_DEADLINE) {
        thread->deadline = NO_DEADLINE;
        list_remove(&thread->sleepers);
    }
    make_ready(thread);
}

/* What a program with a single thread did so far, that thread did. */
static void begin_to_count(struct cpu *cpu, struct thread *self)
{
    cpu->counts_time = true;
    cpu->switched = clock_monotonic();
    if (cpu->programs == 1 && self->program)
        self->cpu_time = sched_busy_time();
}

uint64_t thread_cpu_time(struct thread *thread)
{
    struct thread *self = thread_self();
    struct cpu *cpu = this_cpu();

    if (!cpu->counts_time)
        begin_to_count(cpu, self);
    count_time(cpu, self);
    return thread->cpu_time;
}

uint64_t sched_busy_time(void)
{
    struct cpu *cpu = this_cpu();

    return clock_monotonic() - cpu->started - cpu->idle;
}
