/*
 * Sleeping until a time: the list of those who do, and the one-shot timer that the first of them needs while others run.
 */
#include "core/panic.h"
#include "sched/cpu.h"
#include "xen/clock.h"
#include "xen/evtchn.h"

void timer_set(struct cpu *cpu, uint64_t first)
{
    /* A timer that comes too early only finds nobody to wake, and is cheaper than setting it anew for every wait. */
    cpu->timer = MIN(first, clock_monotonic() + TIMER_FARTHEST);
    clock_set_timer(cpu->timer);
}

void timer_look(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = clock_monotonic();

    while (!list_empty(&cpu->sleepers)) {
        struct thread *thread = list_first(&cpu->sleepers, struct thread, sleepers);

        if (thread->deadline > now)
            break;
        thread->timed_out = true;
        thread_wake(thread);
    }
}

static void timer_fired(void *unused)
{
    (void)unused;
    this_cpu()->timer = NO_DEADLINE;
    timer_look();
}

void timer_init(void)
{
    panic_if(evtchn_bind_virq(VIRQ_TIMER, timer_fired, NULL) < 0, "no event channel for the timer");
}

/* Searched from the end: a new deadline is mostly the latest. */
void timer_add(struct thread *thread, uint64_t deadline)
{
    struct cpu *cpu = this_cpu();
    struct list *earlier = cpu->sleepers.prev;

    while (earlier != &cpu->sleepers && container_of(earlier, struct thread, sleepers)->deadline > deadline)
        earlier = earlier->prev;
    /* 0 is no time to Xen: it stops the timer, and has a poll last for ever. */
    thread->deadline = MAX(deadline, 1UL);
    list_insert(earlier->next, &thread->sleepers);
}
