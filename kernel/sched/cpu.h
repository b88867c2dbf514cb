/*
 * What each vCPU has of its own, shared by the files of sched/ alone; reached through this_cpu().
 */
#ifndef LWD_SCHED_CPU_H
#define LWD_SCHED_CPU_H

#include "sched/policy.h"

struct cpu {
    const struct sched_policy *policy;
    unsigned ready;             /* threads that the policy holds */
    unsigned programs;          /* threads of the program that have not ended */
    unsigned stuck;             /* those of them that wait for other threads alone, and for ever */
    bool counts_time;
    uint64_t switched;          /* while counts_time: when the running thread began to run */
    uint64_t started;           /* when the first thread began */
    uint64_t idle;              /* nanoseconds asleep in the hypervisor */
    struct list sleepers;       /* by deadline, the earliest first */
    struct list threads;
    struct thread *ended;       /* to be freed once another one runs */
    uint64_t timer;             /* what the one-shot timer is set to */
};

extern struct cpu boot_cpu;

static inline struct cpu *this_cpu(void)
{
    return &boot_cpu;
}

/* Hands a thread to the policy. */
static inline void make_ready(struct thread *thread)
{
    struct cpu *cpu = this_cpu();

    thread->state = THREAD_READY;
    cpu->ready++;
    cpu->policy->enqueue(thread);
}

/* Runs the next ready thread, which may be the caller; sleeps in the hypervisor while there is none. thread.c */
void schedule(void);

/* Frees the stack of a thread that has ended; on the stack of another one. life.c */
void free_ended(void);

/* Called when every thread of the program is stuck: reports and ends the domain if none can ever go on. deadlock.c */
void deadlock_check(void);

/* Lets crash reports name the running thread. deadlock.c */
void deadlock_init(void);

/* Wakes sleepers whose time has come from now on. timer.c */
void timer_init(void);

/* Puts the running thread among the sleepers. timer.c */
void timer_add(struct thread *thread, uint64_t deadline);

#endif
