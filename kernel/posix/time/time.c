/*
 * Time for applications.
 */
#include <sys/time.h>
#include <sys/timeb.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/shortfall.h"
#include "posix/time/deadline.h"
#include "sched/thread.h"
#include "xen/clock.h"

/*
 * The present second: within it, clock_gettime() is a multiplication, an addition and two comparisons. One for the clock
 * that programs measure by.
 */
static struct {
    struct clock_line line;     /* its origin is where the second began */
    time_t second;
} present = { .line.version = 1 };

/* A clock of pthread_getcpuclockid()'s: its number is the thread. */
static struct thread *thread_of_clock(clockid_t clock)
{
    struct thread *thread = (struct thread *)clock;

    return thread_exists(thread) ? thread : NULL;
}

static struct timespec read_monotonic(void)
{
    struct timespec now = timespec_of(clock_monotonic());

    clock_line.base = (uint64_t)now.tv_sec * NANOSECONDS_PER_SECOND;
    clock_line.last = (uint64_t)now.tv_nsec;
    present.line = clock_line;
    present.line.origin -= clock_line.base;
    present.second = now.tv_sec;
    return now;
}

static __attribute__((noinline)) int read_clock(clockid_t clock, struct timespec *now)
{
    switch (clock) {
    case CLOCK_REALTIME:
        *now = timespec_of(clock_realtime());
        return 0;
    case CLOCK_MONOTONIC:
        *now = read_monotonic();
        return 0;
    case CLOCK_PROCESS_CPUTIME_ID:
        *now = timespec_of(sched_busy_time());
        return 0;
    case CLOCK_THREAD_CPUTIME_ID:
        *now = timespec_of(thread_cpu_time(thread_self()));
        return 0;
    default:
        if (!thread_of_clock(clock))
            return (int)posix_result(-EINVAL);
        *now = timespec_of(thread_cpu_time(thread_of_clock(clock)));
        return 0;
    }
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    if (unlikely(clock != CLOCK_MONOTONIC))
        return read_clock(clock, now);
    uint64_t ticks = clock_ticks();
    uint64_t nanoseconds = clock_along(present.line.rate, present.line.origin, ticks);
    /* clock_line_holds(), of which the difference, 0, stays in the register that this is to return it in. */
    uint32_t difference = READ_ONCE(evtchn_vcpu()->time.version);
    bool changed;

    __asm__("subl %2, %0" : "+r"(difference), "=@ccnz"(changed) : "m"(present.line.version));
    if (unlikely(changed))
        return read_clock(clock, now);
    if (unlikely(nanoseconds >= NANOSECONDS_PER_SECOND))
        return read_clock(clock, now);
    clock_line.last = nanoseconds;
    now->tv_sec = present.second;
    now->tv_nsec = (long)nanoseconds;
    return (int)difference;
}

int clock_getres(clockid_t clock, struct timespec *resolution)
{
    struct timespec now;

    if (clock_gettime(clock, &now))
        return -1;
    if (resolution)
        *resolution = (struct timespec){ .tv_nsec = 1 };
    return 0;
}

/* Returns an errno. There is one process. */
int clock_getcpuclockid(pid_t process, clockid_t *clock)
{
    if (process != 0 && process != getpid())
        return ESRCH;
    *clock = CLOCK_PROCESS_CPUTIME_ID;
    return 0;
}

POSIX_REFUSED(clock_setenable_attr, ENOSYS, "clocks are never stopped");
int clock_setenable_attr(clockid_t clock, int attribute)
{
    (void)clock;
    (void)attribute;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(clock_getenable_attr, ENOSYS, "clocks are never stopped");
int clock_getenable_attr(clockid_t clock, int *attribute)
{
    (void)clock;
    (void)attribute;
    return (int)posix_result(-ENOSYS);
}

/* The clock is Xen's. */
POSIX_REFUSED(clock_settime, EPERM, "the clock is Xen's");
int clock_settime(clockid_t clock, const struct timespec *time)
{
    (void)time;
    return (int)posix_result(clock == CLOCK_REALTIME ? -EPERM : -EINVAL);
}

POSIX_REFUSED(settimeofday, EPERM, "the clock is Xen's");
int settimeofday(const struct timeval *time, const struct timezone *zone)
{
    (void)time;
    (void)zone;
    return (int)posix_result(-EPERM);
}

POSIX_REFUSED(adjtime, EPERM, "the clock is Xen's");
int adjtime(const struct timeval *change, struct timeval *left)
{
    (void)change;
    (void)left;
    return (int)posix_result(-EPERM);
}

int ftime(struct timeb *now)
{
    struct timespec time = timespec_of(clock_realtime());

    *now = (struct timeb){ .time = time.tv_sec, .millitm = (unsigned short)(time.tv_nsec / 1000000) };
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec time = timespec_of(clock_realtime());

    (void)zone;
    *now = (struct timeval){ .tv_sec = time.tv_sec, .tv_usec = (suseconds_t)(time.tv_nsec / 1000) };
    return 0;
}

/* Sleeping is a cancellation point. Returns the nanoseconds that are left when a signal's handler ends it, else 0. */
static uint64_t sleep_until(uint64_t deadline)
{
    enum interruption interruption = NOT_INTERRUPTED;
    uint64_t now;

    thread_cancellation_point();
    while ((now = clock_monotonic()) < deadline) {
        if (interruption != NOT_INTERRUPTED)
            return deadline - now;
        thread_block(deadline);
        interruption = thread_cancellation_point();
    }
    return 0;
}

static uint64_t sleep_for(uint64_t nanoseconds)
{
    return sleep_until(clock_monotonic() + nanoseconds);
}

int nanosleep(const struct timespec *duration, struct timespec *left)
{
    uint64_t nanoseconds;

    if (duration_of(duration, &nanoseconds))
        return (int)posix_result(-EINVAL);
    uint64_t remaining = sleep_for(nanoseconds);

    if (left)
        *left = timespec_of(remaining);
    return (int)posix_result(remaining ? -EINTR : 0);
}

/* Returns an errno. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
    uint64_t deadline;

    if (!(flags & TIMER_ABSTIME) && (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC))
        return nanosleep(time, left) == 0 ? 0 : errno;
    int error = deadline_at(clock, time, &deadline);

    if (!error && sleep_until(deadline))
        error = -EINTR;
    return -error;
}

unsigned sleep(unsigned seconds)
{
    uint64_t left = sleep_for((uint64_t)seconds * NANOSECONDS_PER_SECOND);

    return (unsigned)DIV_ROUND_UP(left, NANOSECONDS_PER_SECOND);
}

int usleep(useconds_t microseconds)
{
    return (int)posix_result(sleep_for((uint64_t)microseconds * 1000) ? -EINTR : 0);
}

static clock_t to_ticks(uint64_t nanoseconds)
{
    return (clock_t)(nanoseconds / (NANOSECONDS_PER_SECOND / CLOCKS_PER_SEC));
}

/* The domain is the process: what it did not sleep is its processor time. There is no kernel apart from it. */
clock_t times(struct tms *times)
{
    *times = (struct tms){ .tms_utime = to_ticks(sched_busy_time()) };
    return to_ticks(clock_monotonic());
}
