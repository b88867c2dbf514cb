/*
 * Waiting for signals. One may come from the toolstack, so this is waiting for the outside.
 */
#include <errno.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/signal/signals.h"
#include "posix/time/deadline.h"
#include "sched/wait.h"

static const struct wait_kind signal_wait = { .what = "a signal", .from_outside = true };
static struct wait_queue signals_sent = WAIT_QUEUE_OF(&signal_wait);

/* --- until a handler has run --- */

static int wait_for_handler(void)
{
    struct waiter waiter;
    enum interruption result;

    wait_register(&signals_sent, &waiter);
    while (!thread_self()->interrupt && !wait_is_cancelled())
        thread_block(NO_DEADLINE);
    wait_unregister(&waiter);
    result = thread_cancellation_point();
    return result == NOT_INTERRUPTED ? 0 : -EINTR;
}

int sigsuspend(const sigset_t *set)
{
    struct signal_thread *own = &signal_thread;
    sigset_t before = own->blocked;
    int result;

    signals_use();
    own->blocked = *set & ~SIGNALS_FIXED;
    signal_arrange(thread_self());
    do
        result = wait_for_handler();
    while (result == 0);
    signal_change_mask(SIG_SETMASK, &before, NULL);
    return (int)posix_result(result);
}

int pause(void)
{
    sigset_t blocked = signal_thread.blocked;

    return sigsuspend(&blocked);
}

int sigpause(int signal)
{
    sigset_t blocked = signal_thread.blocked;

    if (!signal_is_valid(signal))
        return (int)posix_result(-EINVAL);
    blocked &= ~SIGNAL_BIT(signal);
    return sigsuspend(&blocked);
}

/* --- until one is there, which is taken and not handled --- */

static int accept_one(sigset_t set, siginfo_t *info, uint64_t deadline)
{
    struct signal_thread *own = &signal_thread;
    struct waiter waiter;
    int signal;

    signals_use();
    thread_cancellation_point();
    own->accepts = set;
    wait_register(&signals_sent, &waiter);
    while (!(signal = signal_take(set, info)) && !wait_is_cancelled())
        if (!thread_block(deadline)) {
            signal = signal_take(set, info);
            break;
        }
    wait_unregister(&waiter);
    own->accepts = 0;
    signal_arrange(thread_self());
    if (signal)
        return signal;
    return thread_cancellation_point() == NOT_INTERRUPTED ? -EAGAIN : -EINTR;
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout)
{
    siginfo_t unused;
    uint64_t deadline;

    if (deadline_after(timeout, &deadline))
        return (int)posix_result(-EINVAL);
    return (int)posix_result(accept_one(*set, info ? info : &unused, deadline));
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
    return sigtimedwait(set, info, NULL);
}

/* Returns an errno. Handlers of other signals do not end it. */
int sigwait(const sigset_t *restrict set, int *restrict signal)
{
    siginfo_t info;
    int found;

    do
        found = accept_one(*set, &info, NO_DEADLINE);
    while (found == -EINTR || found == -EAGAIN);
    *signal = found;
    return 0;
}
