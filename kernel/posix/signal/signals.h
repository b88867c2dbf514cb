/*
 * Signals within the kernel. They come from the program itself, from its faults, its timers, and the toolstack. There is
 * no preemption: a handler runs at once in the thread that faulted or sent the signal, and in another one at its next
 * cancellation point or when sched_yield() returns; a wait that can be cancelled ends for it.
 *
 * A program that only raises signals, and sets no handlers, has nothing of this but signal.c.
 */
#ifndef LWD_POSIX_SIGNAL_SIGNALS_H
#define LWD_POSIX_SIGNAL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "arch/x86_64/traps.h"
#include "sched/thread.h"

#define SIGNAL_BIT(signal) (1UL << ((signal) - 1))

/* Signals that cannot be blocked, caught or ignored. */
#define SIGNALS_FIXED (SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* A thread's. */
struct signal_thread {
    sigset_t blocked;
    sigset_t pending;           /* sent to this thread alone */
    sigset_t accepts;           /* what it waits for in sigwait() and its kind */
    stack_t alternate;          /* ss_flags is unused; no memory: none */
};

extern _Thread_local struct signal_thread signal_thread;

/* Where a signal comes from: si_code, and what goes with it. */
struct signal_origin {
    int code;
    union sigval value;
};

/*
 * What signal.c does through this if there are handlers, or masks, at all; null: there are none. Set by signals_use(),
 * which everything calls that could have a signal not take its default action.
 */
struct signal_operations {
    /* Sends to `thread`, or to the process if that is null. Handlers in the caller have run when it returns. */
    int (*send)(struct thread *thread, int signal, struct signal_origin origin);
    /* Runs the handler of SIGABRT, if there is one. */
    void (*abort)(void);
    /* The toolstack's wish: false if nobody handles the signal, and its default action is due. */
    bool (*send_from_outside)(int signal);
    /* Blocks other signals for the duration of a call, or ends that: `old` is what was blocked, if not null. */
    void (*change_mask)(const sigset_t *set, sigset_t *old);
};

extern const struct signal_operations *signal_operations;

void signals_use(void);

/* Blocks other signals for the duration of a call, if `set` is not null; and the end of that, with `old` null. */
static inline void signal_exchange_mask(const sigset_t *set, sigset_t *old)
{
    if (set && signal_operations)
        signal_operations->change_mask(set, old);
}

/* The default action, which ends the domain unless it is to ignore the signal. signal.c */
bool signal_is_ignored_by_default(int signal);
void signal_act_by_default(int signal);

/* --- signal_send.c --- */

int signal_send(struct thread *thread, int signal, struct signal_origin origin);

/* Takes a pending signal of `set` that the thread may have; its number, or 0 if there is none. */
int signal_take(sigset_t set, siginfo_t *info);

/* What is pending of it, for whichever thread, is no more: it is ignored from now on. */
void signal_forget(int signal);

/* Has the thread's handlers run at its next cancellation point if it has any to run. After changes of what is blocked. */
void signal_arrange(struct thread *thread);

/* Runs the handlers that are due in the calling thread. */
enum interruption signal_deliver(void);

/* What of pending signals is for the calling thread, blocked or not. */
sigset_t signal_pending(void);

/* --- signal_handler.c --- */

extern struct sigaction signal_actions[NSIG];

/*
 * Does what is set for the signal. `context` is what it interrupted, null where that was a call. Returns how the calls
 * that it interrupted go on.
 */
enum interruption signal_handle(int signal, siginfo_t *info, ucontext_t *context);

/* Blocks what `how` (SIG_BLOCK …) says and delivers what that allows. Returns 0 or -EINVAL. signal_mask.c */
int signal_change_mask(int how, const sigset_t *set, sigset_t *old);

/* Faults go to handlers from now on. signal_fault.c */
void signal_catch_faults(void);

static inline bool signal_is_valid(int signal)
{
    return signal > 0 && signal < NSIG;
}

#endif
