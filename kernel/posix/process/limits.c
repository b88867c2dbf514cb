/*
 * Limits of the process and its priority: what is, and no change of it.
 */
#include <stdbool.h>
#include <sys/resource.h>
#include <ulimit.h>
#include <unistd.h>

#include "arch/x86_64/platform.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/shortfall.h"
#include "sched/thread.h"

/* The limit that there is, by nature. */
static int find_limit(int resource, rlim_t *limit)
{
    switch (resource) {
    case RLIMIT_CPU:
    case RLIMIT_FSIZE:
        *limit = RLIM_INFINITY;
        return 0;
    case RLIMIT_DATA:
    case RLIMIT_RSS:
    case RLIMIT_MEMLOCK:
    case RLIMIT_AS:
        *limit = boot_info.frames * PAGE_SIZE;
        return 0;
    case RLIMIT_STACK:
        *limit = thread_self()->stack.high - thread_self()->stack.low;
        return 0;
    case RLIMIT_CORE:
        *limit = 0;
        return 0;
    case RLIMIT_NPROC:
        *limit = 1;
        return 0;
    case RLIMIT_NOFILE:
        *limit = DESCRIPTOR_MAX;
        return 0;
    default:
        return -EINVAL;
    }
}

int getrlimit(int resource, struct rlimit *limits)
{
    int error = find_limit(resource, &limits->rlim_max);

    limits->rlim_cur = limits->rlim_max;
    return (int)posix_result(error);
}

/* What is asked for is granted if it is so already; a limit below that would not be kept. */
POSIX_FIXED(setrlimit, EPERM, "limits are what there is");
int setrlimit(int resource, const struct rlimit *wanted)
{
    rlim_t limit;
    int error = find_limit(resource, &limit);

    if (!error && wanted->rlim_cur > wanted->rlim_max)
        error = -EINVAL;
    if (!error && (wanted->rlim_cur != limit || wanted->rlim_max != limit))
        error = -EPERM;
    return (int)posix_result(error);
}

int getpriority(int which, id_t who)
{
    if (which < PRIO_PROCESS || which > PRIO_USER)
        return (int)posix_result(-EINVAL);
    if (who > 1)
        return (int)posix_result(-ESRCH);
    return 0;
}

POSIX_FIXED(setpriority, EACCES, "threads have no priorities");
int setpriority(int which, id_t who, int priority)
{
    if (getpriority(which, who) < 0)
        return -1;
    return (int)posix_result(priority == 0 ? 0 : -EACCES);
}

POSIX_FIXED(nice, EPERM, "threads have no priorities");
int nice(int change)
{
    return (int)posix_result(change == 0 ? 0 : -EPERM);
}

/* In blocks of 512 bytes; a file's size has no limit, and none can be set that would be kept. */
long ulimit(int command, ...)
{
    if (command == UL_GETFSIZE)
        return (long)(RLIM_INFINITY / 512);
    return posix_result(command == UL_SETFSIZE ? -EPERM : -EINVAL);
}

/* There are as many descriptors as there are. */
int setdtablesize(int size)
{
    return (int)posix_result(size > 0 && size <= DESCRIPTOR_MAX ? 0 : -EINVAL);
}
