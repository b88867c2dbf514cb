/*
 * What a signal was and where it came from, for people.
 */
#include <signal.h>

#include <stdio.h>
#include <string.h>

void psiginfo(const siginfo_t *info, const char *text)
{
    if (text && *text)
        fprintf(stderr, "%s: ", text);
    fprintf(stderr, "%s (code %d", strsignal(info->si_signo), info->si_code);
    switch (info->si_signo) {
    case SIGILL:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
        fprintf(stderr, ", address %p)\n", info->si_addr);
        break;
    default:
        fprintf(stderr, ", sent by process %d of user %u)\n", (int)info->si_pid, (unsigned)info->si_uid);
    }
}
