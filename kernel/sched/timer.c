/*
 * Sleeping until a time: the list of those who do, and the one-shot timer that the first of them needs.
 */
#include "core/panic.h"
#include "sched/cpu.h"
#include "xen/clock.h"
#include "xen/evtchn.h"

/* Xen takes what is more than 13 days away for a mistake, and lets the timer fire ten times a second. */
#define FARTHEST (1UL << 49)

static void set_timer(struct cpu *cpu)
{
    uint64_t earliest = NO_DEADLINE;

    if (!list_empty(&cpu->sleepers))
        earliest = list_first(&cpu->sleepers, struct thread, sleepers)->deadline;
    /* A timer that comes too early only finds nobody to wake, and is cheaper than setting it anew for every wait. */
    if (earliest < cpu->timer) {
        cpu->timer = MIN(earliest, clock_monotonic() + FARTHEST);
        clock_set_timer(cpu->timer);
    }
}

static void timer_fired(void *unused)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = clock_monotonic();

    (void)unused;
    cpu->timer = NO_DEADLINE;
    while (!list_empty(&cpu->sleepers)) {
        struct thread *thread = list_first(&cpu->sleepers, struct thread, sleepers);

        if (thread->deadline > now)
            break;
        thread->timed_out = true;
        thread_wake(thread);
    }
    set_timer(cpu);
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
    thread->deadline = deadline;
    list_insert(earlier->next, &thread->sleepers);
    set_timer(cpu);
}
