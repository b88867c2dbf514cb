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
    .policy = &lwd_sched_fifo,
    .fifo = { .end = &boot_cpu.fifo.first },
    .sleepers = LIST_INIT(boot_cpu.sleepers),
    .threads = LIST_INIT(boot_cpu.threads),
    .timer = NO_DEADLINE,
};

/*
 * The running thread, for use across a change of the thread pointer: the compiler does not know that reading it depends
 * on that, and must not read it later.
 */
static inline struct thread *thread_before_switch(void)
{
    struct thread *self = thread_self();

    __asm__ volatile("" : "+r"(self));
    return self;
}

/* Nothing is left to do where the thread runs again, so this ends in a jump. For cpu->plain. */
static inline void switch_quickly(struct thread *next)
{
    struct thread *self = thread_before_switch();

    cpu_write_fsbase((uintptr_t)next);
    context_switch(&self->stack_pointer, next->stack_pointer);
}

static void count_time(struct cpu *cpu, struct thread *until_now)
{
    uint64_t now = clock_monotonic();

    until_now->cpu_time += now - cpu->switched;
    cpu->switched = now;
}

void sched_watch(const struct sched_watcher *watcher)
{
    this_cpu()->watcher = watcher;
    cpu_note_change(this_cpu());
}

/* No thread is ready: nothing can happen but events. */
static void idle(struct cpu *cpu)
{
    uint64_t deadline = timer_first(cpu);

    if (cpu->idle_hook) {
        if (deadline != NO_DEADLINE)
            timer_set(cpu, deadline);
        deadline = NO_DEADLINE;
        if (cpu->idle_hook())
            return;
    }
    if (cpu->hopeful == 0 && cpu->programs)
        deadlock_check();
    uint64_t before = clock_monotonic();

    if (deadline != NO_DEADLINE && deadline > before + TIMER_FAR) {
        timer_set(cpu, deadline);
        deadline = NO_DEADLINE;
    }
    if (cpu->counts_time)
        count_time(cpu, thread_self());
    domain_block(deadline);
    uint64_t after = clock_monotonic();

    cpu->idle += after - before;
    cpu->switched = after;
    if (after >= deadline)
        timer_look();
}

/* For who is to run while others sleep. */
static inline void set_timer_for_sleepers(struct cpu *cpu)
{
    uint64_t first = timer_first(cpu);

    if (first != NO_DEADLINE)
        timer_set(cpu, first);
}

/* The next to run; the watcher is told of all on the way. */
static __attribute__((noinline)) struct thread *find_next_watched(struct cpu *cpu, struct thread *self)
{
    const struct sched_watcher *watcher = cpu->watcher;
    struct thread *next;

    watcher->gives_way(self);
    for (;;) {
        if (evtchn_pending())
            evtchn_dispatch();
        next = cpu->policy->pick();
        if (next)
            break;
        watcher->idles(true);
        idle(cpu);
        watcher->idles(false);
    }
    set_timer_for_sleepers(cpu);
    watcher->runs(next);
    return next;
}

static inline struct thread *find_next(struct cpu *cpu, struct thread *self)
{
    if (unlikely(cpu->watcher != NULL))
        return find_next_watched(cpu, self);
    for (;;) {
        if (evtchn_pending())
            evtchn_dispatch();
        struct thread *next = cpu->policy->pick();

        if (next) {
            set_timer_for_sleepers(cpu);
            return next;
        }
        idle(cpu);
    }
}

/* For schedule(), with everything that may be in the way. */
static __attribute__((noinline)) void schedule_slowly(struct cpu *cpu)
{
    struct thread *self = thread_before_switch(), *next = find_next(cpu, self);

    if (next == self)
        return;
    if (cpu->counts_time)
        count_time(cpu, self);
    set_thread_pointer((uintptr_t)next);
    context_switch(&self->stack_pointer, next->stack_pointer);
}

void schedule(void)
{
    struct cpu *cpu = this_cpu();

    if (unlikely(!cpu->plain || evtchn_pending() || !cpu->fifo.first)) {
        schedule_slowly(cpu);
        return;
    }
    /* Only a thread that an event woke can be the one that runs, and there was none. */
    switch_quickly(fifo_take(&cpu->fifo));
}

void yield_to_others(struct cpu *cpu)
{
    if (unlikely(!cpu->plain || evtchn_pending())) {
        make_ready(thread_self());
        schedule_slowly(cpu);
        return;
    }
    fifo_put(&cpu->fifo, thread_self());
    switch_quickly(fifo_take(&cpu->fifo));
}

bool thread_yield(void)
{
    if (!cpu_has_work(this_cpu()))
        return false;
    yield_to_others(this_cpu());
    return true;
}

void thread_poll(void)
{
    if (evtchn_pending())
        thread_yield();
}

static __attribute__((noinline)) bool block_hopefully(struct thread *self, uint64_t deadline)
{
    struct cpu *cpu = this_cpu();

    self->timed_out = false;
    if (deadline != NO_DEADLINE)
        timer_add(self, deadline);
    /* With others to run, they go by the short way. */
    if (cpu->fifo.first)
        set_timer_for_sleepers(cpu);
    cpu->hopeful += self->program;
    schedule();
    cpu->hopeful -= self->program;
    return !self->timed_out;
}

bool thread_block(uint64_t deadline)
{
    struct thread *self = thread_self();

    self->state = THREAD_BLOCKED;
    if (deadline != NO_DEADLINE || self->outside_waits)
        return block_hopefully(self, deadline);
    schedule();
    return true;
}

void thread_wake(struct thread *thread)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    if (unlikely(thread->deadline != NO_DEADLINE)) {
        thread->deadline = NO_DEADLINE;
        list_remove(&thread->sleepers);
    }
    make_ready(thread);
}

/* What a program with a single thread did so far, that thread did. */
static void begin_to_count(struct cpu *cpu, struct thread *self)
{
    cpu->counts_time = true;
    cpu_note_change(cpu);
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
