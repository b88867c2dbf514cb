/*
 * What each vCPU has of its own; reached through this_cpu(). For the files of sched/, and for sched_yield().
 */
#ifndef LWD_SCHED_CPU_H
#define LWD_SCHED_CPU_H

#include <lwd/sched.h>

#include "arch/x86_64/cpu.h"
#include "sched/fifo.h"
#include "xen/evtchn.h"

/* Is told of what the scheduler does; may neither block nor yield, nor make or end threads. */
struct sched_watcher {
    /* `thread` has become ready: made so by the running one, or by an event's handler. */
    void (*becomes_ready)(struct thread *thread);
    /* The running thread gives way; why, its state says. */
    void (*gives_way)(struct thread *self);
    /* The next to run, which may be the same. */
    void (*runs)(struct thread *next);
    /* No thread is ready: the domain sleeps, or polls. */
    void (*idles)(bool begins);
    void (*is_named)(struct thread *thread);
};

struct cpu {
    const struct lwd_sched_policy *policy;
    const struct sched_watcher *watcher;    /* mostly null */
    /*
     * The policy is lwd_sched_fifo, nobody watches or wants to know processor times, and one instruction sets the thread
     * pointer: switching is as short as it can be.
     */
    bool plain;
    bool counts_time;
    bool (*idle_hook)(void);    /* lwd/sched.h, lwd_sched_set_idle() */
    struct fifo fifo;           /* lwd_sched_fifo's */
    unsigned programs;          /* threads of the program that have not ended */
    unsigned hopeful;           /* those of them that are blocked, but not by other threads alone */
    uint64_t switched;          /* while counts_time: when the running thread began to run */
    uint64_t started;           /* when the first thread began */
    uint64_t idle;              /* nanoseconds asleep in the hypervisor */
    struct list sleepers;       /* by deadline, the earliest first */
    struct list threads;
    struct thread *ended;       /* to be freed by the next that ends or makes one */
    uint64_t timer;             /* what the one-shot timer is set to */
};

extern struct cpu boot_cpu;

static inline struct cpu *this_cpu(void)
{
    return &boot_cpu;
}

/* After a change of what `plain` says. */
static inline void cpu_note_change(struct cpu *cpu)
{
    cpu->plain = cpu->policy == &lwd_sched_fifo && !cpu->watcher && !cpu->counts_time && cpu_has_fsgsbase;
}

/* Would yielding let anything run? */
static inline bool cpu_has_work(const struct cpu *cpu)
{
    return !cpu->plain || cpu->fifo.first || evtchn_pending();
}

static inline void make_ready(struct thread *thread)
{
    struct cpu *cpu = this_cpu();

    thread->state = THREAD_READY;
    if (likely(cpu->plain)) {
        fifo_put(&cpu->fifo, thread);
        return;
    }
    if (unlikely(cpu->watcher != NULL))
        cpu->watcher->becomes_ready(thread);
    cpu->policy->enqueue(thread);
}

/* Yields where cpu_has_work(). thread.c */
void yield_to_others(struct cpu *cpu);

/* From now on, until another one or null. thread.c */
void sched_watch(const struct sched_watcher *watcher);

/* Frees the stack of a thread that has ended. life.c */
void free_ended(struct cpu *cpu);

/* Called when nothing but other threads could wake any thread of the program: reports and ends the domain. deadlock.c */
void deadlock_check(void);

/* Lets crash reports name the running thread. deadlock.c */
void deadlock_init(void);

/* Wakes sleepers whose time has come from now on. timer.c */
void timer_init(void);

/* Puts the running thread among the sleepers. timer.c */
void timer_add(struct thread *thread, uint64_t deadline);

/* Xen takes what is more than 13 days away for a mistake, and lets the timer fire ten times a second. */
#define TIMER_FARTHEST (1UL << 49)

/*
 * What is farther off than this (10 ms) is rather a time-out than a sleep: something else will end the wait, and the next one
 * will have about the same. A timer is set once for many of them, where to sleep until the time would have Xen set one for each.
 */
#define TIMER_FAR 10000000UL

/*
 * When the first of the sleepers is to be woken, if no timer is set for it; else NO_DEADLINE. Where nothing else is to be
 * done, the domain sleeps until then, and timer_look() wakes who is due; before anything else runs, timer_set() has an event
 * tell of it. timer.c
 */
static inline uint64_t timer_first(const struct cpu *cpu)
{
    uint64_t first = list_empty(&cpu->sleepers) ? NO_DEADLINE
                                                : list_first(&cpu->sleepers, struct thread, sleepers)->deadline;

    return first < cpu->timer ? first : NO_DEADLINE;
}

void timer_look(void);
void timer_set(struct cpu *cpu, uint64_t first);

#endif
