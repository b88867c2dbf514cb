/*
 * Sending signals, and what they do by default: all that a program has of them which sets no handlers. And the two ways
 * of giving up.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/panic.h"
#include "posix/result.h"
#include "posix/shortfall.h"
#include "posix/signal/signals.h"

const struct signal_operations *signal_operations;

_Noreturn void abort(void)
{
    if (signal_operations)
        signal_operations->abort();
    crash_report(CRASH_ABORT, (uintptr_t)__builtin_frame_address(0), "abort() was called");
}

_Noreturn void __assert_func(const char *file, int line, const char *function, const char *expression);
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *expression)
{
    if (signal_operations)
        signal_operations->abort();
    crash_report(CRASH_ABORT, (uintptr_t)__builtin_frame_address(0), "assertion \"%s\" failed: %s:%d%s%s", expression,
                 file, line, function ? ", in " : "", function ? function : "");
}

POSIX_FAKED(getpid, "always 1: there is one process");
pid_t getpid(void)
{
    return 1;
}

bool signal_is_ignored_by_default(int signal)
{
    return signal == SIGCHLD || signal == SIGURG || signal == SIGCONT || signal == SIGWINCH;
}

void signal_act_by_default(int signal)
{
    if (signal_is_ignored_by_default(signal))
        return;
    switch (signal) {
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
        crash_report((enum crash_signal)signal, (uintptr_t)__builtin_frame_address(0), "signal %d was raised", signal);
    default:
        _exit(128 + signal);
    }
}

static int send(int signal, int code)
{
    if (signal < 0 || signal >= NSIG)
        return -EINVAL;
    if (signal == 0)
        return 0;
    if (signal_operations)
        return signal_operations->send(code == SI_TKILL ? thread_self() : NULL, signal,
                                       (struct signal_origin){ .code = code });
    signal_act_by_default(signal);
    return 0;
}

/* Signals to oneself, the only process and the only group that there is. */
int kill(pid_t process, int signal)
{
    if (process != getpid() && process != 0 && process != -1 && process != -getpid())
        return (int)posix_result(-ESRCH);
    return (int)posix_result(send(signal, SI_USER));
}

int killpg(pid_t group, int signal)
{
    return kill(group > 1 ? group : 0, signal);
}

int raise(int signal)
{
    return (int)posix_result(send(signal, SI_TKILL));
}
