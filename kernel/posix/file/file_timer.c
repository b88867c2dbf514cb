/*
 * timerfd: a timer that is read as how often it has expired. Nothing runs when it expires: whoever waits for it asks
 * when that will be (next_change) and sleeps until then.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/time/deadline.h"
#include "xen/clock.h"

struct timer_file {
    struct open_file file;
    struct wait_queue changed;
    clockid_t clock;
    uint64_t next;              /* expiry, on clock_monotonic's scale; NO_DEADLINE while it is disarmed */
    uint64_t interval;          /* 0: once */
};

static struct timer_file *timer_of(struct open_file *file)
{
    return container_of(file, struct timer_file, file);
}

static uint64_t expirations(const struct timer_file *timer, uint64_t now)
{
    if (now < timer->next)
        return 0;
    return timer->interval ? 1 + (now - timer->next) / timer->interval : 1;
}

static ssize_t timer_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    struct timer_file *timer = timer_of(file);
    uint64_t count;

    (void)offset;
    if (size < sizeof count)
        return -EINVAL;
    while ((count = expirations(timer, clock_monotonic())) == 0) {
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        uint64_t until = timer->next;

        if (!wait_until_or(&timer->changed, timer->next != until, wait_is_cancelled(), until) && wait_is_cancelled())
            return -EINTR;
    }
    timer->next = timer->interval ? timer->next + count * timer->interval : NO_DEADLINE;
    memcpy(buffer, &count, sizeof count);
    return sizeof count;
}

static short timer_poll(struct open_file *file)
{
    return expirations(timer_of(file), clock_monotonic()) ? POLLIN : 0;
}

static uint64_t timer_next_change(struct open_file *file)
{
    return timer_of(file)->next;
}

static int timer_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IRUSR | S_IWUSR, .st_nlink = 1 };
    return 0;
}

static void timer_release(struct open_file *file)
{
    free(timer_of(file));
}

static const struct file_operations timer_operations = {
    .read = timer_read,
    .poll = timer_poll,
    .next_change = timer_next_change,
    .status = timer_status,
    .release = timer_release,
};

int timerfd_create(int clock, int flags)
{
    if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) || (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC)))
        return (int)posix_result(-EINVAL);
    struct timer_file *timer = malloc(sizeof *timer);

    if (!timer)
        return (int)posix_result(-ENOMEM);
    *timer = (struct timer_file){ .clock = clock, .next = NO_DEADLINE };
    wait_queue_init(&timer->changed);
    timer->file = (struct open_file){
        .operations = &timer_operations,
        .flags = O_RDWR | (flags & TFD_NONBLOCK),
        .references = 1,
        .changed = &timer->changed,
    };
    return descriptor_close_on_exec(descriptor_open(&timer->file), flags & TFD_CLOEXEC);
}

/* --- setting and asking --- */

static struct itimerspec describe(const struct timer_file *timer)
{
    uint64_t now = clock_monotonic();
    uint64_t next = timer->next;

    if (next == NO_DEADLINE)
        return (struct itimerspec){ 0 };
    if (now >= next && timer->interval)
        next += expirations(timer, now) * timer->interval;
    return (struct itimerspec){
        .it_interval = timespec_of(timer->interval),
        .it_value = timespec_of(now < next ? next - now : 0),
    };
}

static int set(struct timer_file *timer, bool absolute, const struct itimerspec *wanted)
{
    uint64_t delay, interval;

    if (duration_of(&wanted->it_value, &delay) || duration_of(&wanted->it_interval, &interval))
        return -EINVAL;
    timer->interval = interval;
    timer->next = delay ? clock_monotonic() + delay : NO_DEADLINE;
    /* Refused is nothing here: it is a duration too, and timerfd_create() looked at the clock. */
    if (delay && absolute)
        (void)deadline_at(timer->clock, &wanted->it_value, &timer->next);
    wait_wake_all(&timer->changed);
    return 0;
}

/* The timer behind a descriptor, with a reference; null if it is none. */
static struct timer_file *timer_get(int descriptor, int *error)
{
    struct open_file *file = file_get(descriptor);

    if (file && file->operations == &timer_operations)
        return timer_of(file);
    *error = file ? -EINVAL : -EBADF;
    if (file)
        file_put(file);
    return NULL;
}

int timerfd_settime(int descriptor, int flags, const struct itimerspec *wanted, struct itimerspec *before)
{
    int error;
    struct timer_file *timer = timer_get(descriptor, &error);

    if (!timer)
        return (int)posix_result(error);
    struct itimerspec old = describe(timer);

    error = flags & ~TFD_TIMER_ABSTIME ? -EINVAL : set(timer, flags & TFD_TIMER_ABSTIME, wanted);
    if (!error && before)
        *before = old;
    file_put(&timer->file);
    return (int)posix_result(error);
}

int timerfd_gettime(int descriptor, struct itimerspec *now)
{
    int error;
    struct timer_file *timer = timer_get(descriptor, &error);

    if (!timer)
        return (int)posix_result(error);
    *now = describe(timer);
    file_put(&timer->file);
    return 0;
}
