/*
 * What threads have to do with processes and signals, of which a domain has one and few.
 */
#include <errno.h>

#include "posix/shortfall.h"
#include "posix/signal/signals.h"
#include "posix/thread/thread.h"

POSIX_FAKED(pthread_atfork, "never calls back: nobody forks");
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void))
{
    (void)prepare;
    (void)parent;
    (void)child;
    return 0;
}

/* A thread that does not run handles it at its next cancellation point, or when a wait of its ends for that. */
int pthread_kill(pthread_t id, int signal)
{
    if (signal < 0 || signal >= NSIG)
        return EINVAL;
    if (signal == 0)
        return posix_thread_of(id)->ended ? ESRCH : 0;
    signals_use();
    return thread_errno(signal_send(thread_of(id), signal, (struct signal_origin){ .code = SI_TKILL }));
}

/* A clock's number is that of the thread, far above those of the clocks that have a name. */
int pthread_getcpuclockid(pthread_t id, clockid_t *clock)
{
    *clock = (clockid_t)id;
    return 0;
}
