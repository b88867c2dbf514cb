/*
 * What threads have to do with processes and signals, of which a domain has one and few.
 */
#include <errno.h>

#include "posix/result.h"
#include "posix/thread.h"

int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    (void)prepare;
    (void)parent;
    (void)child;
    return 0;
}

/* No thread can be interrupted by another one: it would have to run, and then it is not interrupted. */
int pthread_kill(pthread_t id, int signal)
{
    if (signal < 0 || signal >= NSIG)
        return EINVAL;
    if (signal == 0)
        return 0;
    if (id != pthread_self())
        return ENOSYS;
    return raise(signal) ? errno : 0;
}

/* Remembered, and told when asked: signals come from the thread itself, by raise() and faults, at once. */
int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    sigset_t *mask = &posix_thread.signal_mask;

    if (old)
        *old = *mask;
    if (!set)
        return 0;
    switch (how) {
    case SIG_BLOCK:
        *mask |= *set;
        return 0;
    case SIG_UNBLOCK:
        *mask &= ~*set;
        return 0;
    case SIG_SETMASK:
        *mask = *set;
        return 0;
    default:
        return EINVAL;
    }
}

/* A clock's number is that of the thread, far above those of the clocks that have a name. */
int pthread_getcpuclockid(pthread_t id, clockid_t *clock)
{
    *clock = (clockid_t)id;
    return 0;
}
