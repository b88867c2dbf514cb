/*
 * Cooperative threads: one runs until it blocks, yields or ends. There is no tick and no preemption (paper, section
 * 4.1), so code that does neither needs no lock against other threads of its vCPU.
 */
#ifndef LWD_SCHED_THREAD_H
#define LWD_SCHED_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/list.h"
#include "mm/stack.h"

#define NO_DEADLINE UINT64_MAX

enum thread_state { THREAD_READY, THREAD_RUNNING, THREAD_BLOCKED, THREAD_ENDED };

/* Lies at the thread pointer, on top of the thread's stack; its thread-local variables lie directly below. */
struct thread {
    struct thread *self;        /* %fs:0, by the ABI */
    uintptr_t stack_pointer;    /* while it does not run */
    const char *name;
    enum thread_state state;
    bool timed_out;
    uint64_t deadline;          /* clock_monotonic's scale, while it is among the sleepers */
    struct list queue;          /* link in the policy's queue of ready threads */
    struct list sleepers;       /* link in the list of threads with a deadline */
    struct list all;            /* link in the list of all threads */
    struct stack stack;
    void (*function)(void *argument);
    void *argument;
};

static inline struct thread *thread_self(void)
{
    struct thread *self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

/*
 * Makes a thread with `stack_bytes` of stack and has it run function(argument) when its turn comes; returning ends it.
 * `name` must stay. Returns 0 or -ENOMEM.
 */
int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);

/* Lets other ready threads run first. */
void thread_yield(void);

/*
 * Sleeps until thread_wake(), or until clock_monotonic() reaches `deadline`. Returns false if the deadline came first.
 * A wake-up before the call is lost: see sched/wait.h for how to wait for a condition.
 */
bool thread_block(uint64_t deadline);

/* Makes a blocked thread ready; has no effect on others. May be called by event handlers. */
void thread_wake(struct thread *thread);

_Noreturn void thread_exit(void);

/*
 * A scheduling point for code that does not block: runs the handlers of pending events, and threads that they woke.
 * One memory read when nothing is pending.
 */
void thread_poll(void);

/* Turns the boot code's flow into the first thread, which runs function(argument) on a stack of its own. */
_Noreturn void sched_start(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);

#endif
