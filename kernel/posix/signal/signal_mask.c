/*
 * Sets of signals, and those that a thread blocks.
 */
#include <errno.h>

#include "posix/result.h"
#include "posix/signal/signals.h"

int signal_change_mask(int how, const sigset_t *set, sigset_t *old)
{
    sigset_t *blocked = &signal_thread.blocked;
    sigset_t before = *blocked;

    if (set) {
        sigset_t wanted = *set & ~SIGNALS_FIXED;

        if (how == SIG_BLOCK)
            *blocked |= wanted;
        else if (how == SIG_UNBLOCK)
            *blocked &= ~wanted;
        else if (how == SIG_SETMASK)
            *blocked = wanted;
        else
            return -EINVAL;
        signals_use();
        signal_deliver();
    }
    if (old)
        *old = before;
    return 0;
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return -signal_change_mask(how, set, old);
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    return (int)posix_result(signal_change_mask(how, set, old));
}

static int change_one(int how, int signal)
{
    sigset_t set = signal_is_valid(signal) ? SIGNAL_BIT(signal) : 0;

    return (int)posix_result(set ? signal_change_mask(how, &set, NULL) : -EINVAL);
}

int sighold(int signal)
{
    return change_one(SIG_BLOCK, signal);
}

int sigrelse(int signal)
{
    return change_one(SIG_UNBLOCK, signal);
}

int sigpending(sigset_t *set)
{
    *set = signal_pending() & signal_thread.blocked;
    return 0;
}

/* --- sets --- */

int sigemptyset(sigset_t *set)
{
    *set = 0;
    return 0;
}

int sigfillset(sigset_t *set)
{
    *set = ~0UL;
    return 0;
}

int sigaddset(sigset_t *set, int signal)
{
    if (!signal_is_valid(signal))
        return (int)posix_result(-EINVAL);
    *set |= SIGNAL_BIT(signal);
    return 0;
}

int sigdelset(sigset_t *set, int signal)
{
    if (!signal_is_valid(signal))
        return (int)posix_result(-EINVAL);
    *set &= ~SIGNAL_BIT(signal);
    return 0;
}

int sigismember(const sigset_t *set, int signal)
{
    if (!signal_is_valid(signal))
        return (int)posix_result(-EINVAL);
    return (*set & SIGNAL_BIT(signal)) != 0;
}

int sigisemptyset(const sigset_t *set)
{
    return *set == 0;
}
