/*
 * Cooperative threads: one runs until it blocks, yields or ends. There is no tick and no preemption (paper, section
 * 4.1), so code that does neither needs no lock against other threads of its vCPU.
 */
#ifndef LWD_SCHED_THREAD_H
#define LWD_SCHED_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lwd/sched.h>

#include "core/bits.h"
#include "core/list.h"
#include "mm/stack.h"
#include "sched/own.h"

/* Who runs is ready too. */
enum thread_state { THREAD_READY, THREAD_BLOCKED, THREAD_ENDED };

/* What happened at a cancellation point, and so what a call does that has waited: wait on, begin again, fail with EINTR. */
enum interruption { NOT_INTERRUPTED, INTERRUPTED_RESTARTS, INTERRUPTED };

struct wait_queue;

/* Lies at the thread pointer, on top of the thread's stack; its thread-local variables lie directly below. */
struct thread {
    struct thread *self;        /* %fs:0, by the ABI */
    uintptr_t stack_pointer;    /* while it does not run */
    enum thread_state state;
    bool timed_out;
    bool program;               /* of the program, not a service of the kernel's */
    bool kept;                  /* stays after its end, until thread_free() */
    bool stack_is_callers;
    /*
     * Locks of kernel and C library (sched/mutex.h) that it holds. While there are any, it is not made to end, since
     * nobody would unlock them.
     */
    unsigned locks;
    unsigned outside_waits;     /* registrations on queues that events from outside wake */
    unsigned number;            /* counted from 1, the first thread */
    const char *name;           /* null: "thread-NUMBER" */
    /* The queue that it registered on last: what a report says it waits for. */
    const struct wait_queue *waits_on;
    /* Not null: somebody wants it to end. Called at the thread's next cancellation point, does not return. */
    void (*cancel)(void);
    /* Not null: it has signals to handle. Called there too, and returns. */
    enum interruption (*interrupt)(void);
    uint64_t deadline;          /* clock_monotonic's scale; NO_DEADLINE unless it is among the sleepers */
    uint64_t cpu_time;          /* nanoseconds, as far as they are counted: thread_cpu_time() */
    struct list queue;          /* link in sched/fifo.h's queue of ready threads */
    struct lwd_sched_slot slot; /* for any other policy */
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
 * Address of another thread's instance of a thread-local variable, given the caller's: all lie at the same distance from
 * the thread pointer.
 */
#define thread_local_of(thread, variable) \
    ((__typeof__(variable) *)((char *)(thread) + ((char *)&(variable) - (char *)thread_self())))

struct thread_options {
    const char *name;           /* must stay; null for one made of its number */
    void (*function)(void *argument);
    void *argument;
    size_t stack_bytes;         /* at least so much of stack; of a `stack` of the caller's, all that there is */
    void *stack;                /* lowest address; must stay mapped until the thread is freed. Null: it is given one. */
    /*
     * Counts where it is asked whether all threads of the program wait for each other. Also for a service that wakes them
     * of its own accord, as one does that waits for an alarm's time.
     */
    bool program;
    bool kept;                  /* to be freed by thread_free() */
};

/*
 * Makes a thread that runs function(argument) once thread_wake() has made it ready; returning ends it. Returns 0,
 * -ENOMEM, or -EINVAL if the caller's stack has no room for thread-local variables.
 */
int thread_make(const struct thread_options *options, struct thread **made);

/* Makes a service thread of the kernel's and has it run when its turn comes. `name` must stay. Returns 0 or -ENOMEM. */
int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);

_Noreturn void thread_exit(void);

/* Frees a thread that was to be kept and has ended. */
void thread_free(struct thread *thread);

/* Is it one of those that have not ended? For pointers that may be stale. */
bool thread_exists(const struct thread *thread);

/* Threads of the program that have not ended. */
unsigned thread_count_program(void);

/* The name for reports, in `text` if need be. */
const char *thread_name(const struct thread *thread, char *text, size_t size);

/* Gives it another name, which must stay. */
void thread_set_name(struct thread *thread, const char *name);

/* Calls `visit` for each thread that has not ended. It may not make or end any. */
void thread_visit_all(void (*visit)(struct thread *thread, void *context), void *context);

/* Lets other ready threads run first. Returns false if there were none. */
bool thread_yield(void);

/*
 * Sleeps until thread_wake(), or until clock_monotonic() reaches `deadline`. Returns false if the deadline came first.
 * A wake-up before the call is lost, and there are wake-ups without a reason: see sched/wait.h for how to wait for a
 * condition. A thread of the program that has no deadline is registered on a wait queue, or an event from outside that
 * is to wake it may find the domain ended for a dead lock.
 */
bool thread_block(uint64_t deadline);

/*
 * Runs another thread, which is the caller if events have made it ready again. For who has said in `state` why it does
 * not go on, and sees to it that it is woken: waiting of the scheduler's own kind.
 */
void schedule(void);

/* Makes a blocked thread ready; has no effect on others. May be called by event handlers. */
void thread_wake(struct thread *thread);

/*
 * A scheduling point for code that does not block: runs the handlers of pending events, and threads that they woke.
 * One memory read when nothing is pending.
 */
void thread_poll(void);

/* Runs handlers of signals. The caller holds nothing, since they need not return. */
static inline enum interruption thread_handle_signals(void)
{
    struct thread *self = thread_self();

    return unlikely(self->interrupt != NULL) && self->locks == 0 ? self->interrupt() : NOT_INTERRUPTED;
}

/* A point where a thread may also end because another one wants it to. */
static inline enum interruption thread_cancellation_point(void)
{
    if (unlikely(thread_own(cancel) != NULL) && thread_own(locks) == 0)
        thread_own(cancel)();
    return thread_handle_signals();
}

/*
 * Nanoseconds that a thread has run. Counting begins with the first call, for the sake of the speed of switching; what a
 * program with a single thread used before is known nevertheless.
 */
uint64_t thread_cpu_time(struct thread *thread);

/* Nanoseconds since the first thread began in which the domain did not sleep in the hypervisor. */
uint64_t sched_busy_time(void);

/*
 * From now on no other thread of the program runs, but to give back a lock of the kernel's: the caller ends the domain.
 * Services of the kernel go on. Returns to the first caller only; later ones are too late and wait for the end.
 */
void sched_end_program(void);

/* Turns the boot code's flow into the first thread, which runs function(argument) on a stack of its own. */
_Noreturn void sched_start(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);

#endif
