/*
 * Scheduling as POSIX and Linux ask for it, answered as it is: one policy without priorities, one processor.
 */
#define __LWD_NO_INLINE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/shortfall.h"
#include "posix/thread/thread.h"
#include "sched/cpu.h"

int sched_yield(void)
{
    if (likely(!cpu_has_work(this_cpu())))
        return 0;
    yield_to_others(this_cpu());
    if (thread_self()->cancel && posix_thread.cancel_asynchronous)
        thread_cancellation_point();
    thread_handle_signals();
    return 0;
}

int pthread_yield(void)
{
    return sched_yield();
}

/* --- policies and priorities --- */

static int check_process(pid_t process)
{
    return process == 0 || process == getpid() ? 0 : -ESRCH;
}

static int check_policy(int policy, const struct sched_param *parameters)
{
    return policy == SCHED_OTHER && parameters->sched_priority == 0 ? 0 : -ENOTSUP;
}

int sched_get_priority_max(int policy)
{
    return (int)posix_result(policy == SCHED_OTHER ? 0 : -EINVAL);
}

int sched_get_priority_min(int policy)
{
    return sched_get_priority_max(policy);
}

int sched_getscheduler(pid_t process)
{
    return (int)posix_result(check_process(process) ? -ESRCH : SCHED_OTHER);
}

POSIX_FIXED(sched_setscheduler, ENOTSUP, "there is one scheduling policy, without priorities");
int sched_setscheduler(pid_t process, int policy, const struct sched_param *parameters)
{
    int error = check_process(process);

    return (int)posix_result(error ? error : check_policy(policy, parameters));
}

int sched_getparam(pid_t process, struct sched_param *parameters)
{
    *parameters = (struct sched_param){ .sched_priority = 0 };
    return (int)posix_result(check_process(process));
}

POSIX_FIXED(sched_setparam, ENOTSUP, "there is one scheduling policy, without priorities");
int sched_setparam(pid_t process, const struct sched_param *parameters)
{
    return sched_setscheduler(process, SCHED_OTHER, parameters);
}

POSIX_REFUSED(sched_rr_get_interval, ENOSYS, "threads have no time slices");
int sched_rr_get_interval(pid_t process, struct timespec *interval)
{
    (void)process;
    (void)interval;
    return (int)posix_result(-ENOSYS);
}

int pthread_getschedparam(pthread_t id, int *restrict policy, struct sched_param *restrict parameters)
{
    (void)id;
    *policy = SCHED_OTHER;
    *parameters = (struct sched_param){ .sched_priority = 0 };
    return 0;
}

POSIX_FIXED(pthread_setschedparam, ENOTSUP, "there is one scheduling policy, without priorities");
int pthread_setschedparam(pthread_t id, int policy, const struct sched_param *parameters)
{
    (void)id;
    return thread_errno(check_policy(policy, parameters));
}

POSIX_FIXED(pthread_setschedprio, ENOTSUP, "there is one scheduling policy, without priorities");
int pthread_setschedprio(pthread_t id, int priority)
{
    (void)id;
    return priority == 0 ? 0 : ENOTSUP;
}

/* How many threads shall run at a time: a hint, which POSIX wants remembered. */
static int concurrency;

int pthread_getconcurrency(void)
{
    return concurrency;
}

int pthread_setconcurrency(int level)
{
    if (level < 0)
        return EINVAL;
    concurrency = level;
    return 0;
}

/* --- processors --- */

int sched_getcpu(void)
{
    return 0;
}

static int get_affinity(size_t bytes, cpu_set_t *set)
{
    if (bytes < sizeof(unsigned long))
        return -EINVAL;
    CPU_ZERO_S(bytes, set);
    CPU_SET_S(0, bytes, set);
    return 0;
}

/* What names the processor there is names no other that the thread could run on. */
static int set_affinity(size_t bytes, const cpu_set_t *set)
{
    return CPU_ISSET_S(0, bytes, set) ? 0 : -EINVAL;
}

int sched_getaffinity(pid_t process, size_t bytes, cpu_set_t *set)
{
    int error = check_process(process);

    return (int)posix_result(error ? error : get_affinity(bytes, set));
}

int sched_setaffinity(pid_t process, size_t bytes, const cpu_set_t *set)
{
    int error = check_process(process);

    return (int)posix_result(error ? error : set_affinity(bytes, set));
}

int pthread_getaffinity_np(pthread_t id, size_t bytes, cpu_set_t *set)
{
    (void)id;
    return thread_errno(get_affinity(bytes, set));
}

int pthread_setaffinity_np(pthread_t id, size_t bytes, const cpu_set_t *set)
{
    (void)id;
    return thread_errno(set_affinity(bytes, set));
}

int pthread_attr_getaffinity_np(const pthread_attr_t *attributes, size_t bytes, cpu_set_t *set)
{
    (void)attributes;
    return thread_errno(get_affinity(bytes, set));
}

int pthread_attr_setaffinity_np(pthread_attr_t *attributes, size_t bytes, const cpu_set_t *set)
{
    (void)attributes;
    return thread_errno(set_affinity(bytes, set));
}

/* --- names --- */

int pthread_setname_np(pthread_t id, const char *name)
{
    struct posix_thread *own = posix_thread_of(id);
    size_t length = strlen(name);

    if (length >= sizeof own->name)
        return ERANGE;
    memcpy(own->name, name, length + 1);
    thread_set_name(thread_of(id), own->name);
    return 0;
}

int pthread_getname_np(pthread_t id, char *name, size_t size)
{
    char text[THREAD_NAME_SIZE];
    const char *found = thread_name(thread_of(id), text, sizeof text);
    size_t length = strlen(found);

    if (length >= size)
        return ERANGE;
    memcpy(name, found, length + 1);
    return 0;
}
