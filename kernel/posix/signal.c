/*
 * Signals, as far as a domain has them: those that a program sends itself, and the two ways of giving up.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/panic.h"

_Noreturn void abort(void)
{
    crash_report(CRASH_ABORT, (uintptr_t)__builtin_frame_address(0), "abort() was called");
}

_Noreturn void __assert_func(const char *file, int line, const char *function, const char *expression);
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *expression)
{
    crash_report(CRASH_ABORT, (uintptr_t)__builtin_frame_address(0), "assertion \"%s\" failed: %s:%d%s%s", expression,
                 file, line, function ? ", in " : "", function ? function : "");
}

pid_t getpid(void)
{
    return 1;
}

/* Signals to oneself, the only process there is: what raise() does where no handler is set. */
int kill(pid_t process, int signal)
{
    if (process != getpid() && process != 0) {
        errno = ESRCH;
        return -1;
    }
    switch (signal) {
    case 0:
    case SIGCHLD:
    case SIGURG:
    case SIGCONT:
    case SIGWINCH:
        return 0;
    case SIGILL:
    case SIGTRAP:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGSEGV:
        crash_report((enum crash_signal)signal, (uintptr_t)__builtin_frame_address(0), "signal %d was raised", signal);
    default:
        if (signal < 0 || signal >= NSIG) {
            errno = EINVAL;
            return -1;
        }
        _exit(128 + signal);
    }
}
