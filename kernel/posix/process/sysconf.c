/*
 * Limits and options that programs ask for when they run, and what the process has used.
 */
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "arch/x86_64/layout.h"
#include "arch/x86_64/platform.h"
#include "mm/frame.h"
#include "mm/reservation.h"
#include "posix/file/file.h"
#include "posix/path/mount.h"
#include "posix/result.h"
#include "posix/shortfall.h"
#include "sched/thread.h"
#include "xen/clock.h"

/* Options that posix/ has in the form of this edition of POSIX. */
#define EDITION 200809L

/* Of options and limits that are in newlib's headers: what is not there is -1. */
static long option(int name)
{
    switch (name) {
    case _SC_VERSION:
    case _SC_FSYNC:
    case _SC_ASYNCHRONOUS_IO:
    case _SC_MAPPED_FILES:
    case _SC_SEMAPHORES:
    case _SC_TIMERS:
    case _SC_REALTIME_SIGNALS:
    case _SC_MEMORY_PROTECTION:
    case _SC_THREADS:
    case _SC_THREAD_ATTR_STACKADDR:
    case _SC_THREAD_ATTR_STACKSIZE:
    case _SC_THREAD_SAFE_FUNCTIONS:
    case _SC_BARRIERS:
    case _SC_CLOCK_SELECTION:
    case _SC_CPUTIME:
    case _SC_IPV6:
    case _SC_MONOTONIC_CLOCK:
    case _SC_READER_WRITER_LOCKS:
    case _SC_SPIN_LOCKS:
    case _SC_THREAD_CPUTIME:
    case _SC_TIMEOUTS:
        return EDITION;
    default:
        return -1;
    }
}

long sysconf(int name)
{
    if (name < 0)
        return posix_result(-EINVAL);
    switch (name) {
    case _SC_PAGESIZE:
        return PAGE_SIZE;
    case _SC_CLK_TCK:
        return CLOCKS_PER_SEC;
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN:
        return 1;
    case _SC_PHYS_PAGES:
        return (long)reservation_pages();
    case _SC_AVPHYS_PAGES:
        return (long)frame_count_free();
    case _SC_OPEN_MAX:
        return DESCRIPTOR_MAX;
    case _SC_IOV_MAX:
        return IOV_MAX;
    case _SC_ARG_MAX:
        return ARG_MAX;
    case _SC_HOST_NAME_MAX:
        return sizeof((struct utsname *)0)->nodename - 1;
    case _SC_NGROUPS_MAX:
        return NGROUPS_MAX;
    case _SC_RTSIG_MAX:
        return RTSIG_MAX;
    case _SC_TIMER_MAX:
        return TIMER_MAX;
    case _SC_THREAD_KEYS_MAX:
        return PTHREAD_KEYS_MAX;
    case _SC_THREAD_STACK_MIN:
        return PTHREAD_STACK_MIN;
    case _SC_THREAD_DESTRUCTOR_ITERATIONS:
        return PTHREAD_DESTRUCTOR_ITERATIONS;
    case _SC_SEM_VALUE_MAX:
        return SEM_VALUE_MAX;
    default:
        return option(name);
    }
}

int getpagesize(void)
{
    return PAGE_SIZE;
}

/* As many bytes as all file systems take; a pipe's atomic write is PIPE_BUF. */
long pathconf(const char *path, int name)
{
    (void)path;
    switch (name) {
    case _PC_NAME_MAX:
        return NAME_MAX;
    case _PC_PATH_MAX:
        return MOUNT_PATH_MAX;
    case _PC_PIPE_BUF:
        return PIPE_BUF;
    case _PC_NO_TRUNC:
        return 1;
    default:
        return name < 0 ? posix_result(-EINVAL) : -1;
    }
}

long fpathconf(int descriptor, int name)
{
    struct stat status;

    return fstat(descriptor, &status) ? -1 : pathconf("", name);
}

/* How programs are found and built: nothing is found in a domain, and building needs no flags. */
size_t confstr(int name, char *buffer, size_t size)
{
    const char *value = name == _CS_PATH ? "/" : "";

    if (name < _CS_PATH || name > _CS_LFS_LINTFLAGS) {
        errno = EINVAL;
        return 0;
    }
    if (size)
        strlcpy(buffer, value, size);
    return strlen(value) + 1;
}

/* All of it is the user's: there is no kernel apart from the process. */
POSIX_FAKED(getrusage, "knows processor time only: memory, faults and switches are 0");
int getrusage(int who, struct rusage *usage)
{
    uint64_t time = 0;

    if (who == RUSAGE_SELF)
        time = sched_busy_time();
    else if (who == RUSAGE_THREAD)
        time = thread_cpu_time(thread_self());
    else if (who != RUSAGE_CHILDREN)
        return (int)posix_result(-EINVAL);
    *usage = (struct rusage){
        .ru_utime = { .tv_sec = (time_t)(time / NANOSECONDS_PER_SECOND),
                      .tv_usec = (suseconds_t)(time % NANOSECONDS_PER_SECOND / 1000) },
    };
    return 0;
}
