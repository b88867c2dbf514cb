/*
 * eventfd: a counter that is read as a whole and waited for.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"

/* The counter never reaches UINT64_MAX, which stands for overflow. */
#define COUNTER_MAX (UINT64_MAX - 1)

struct event_file {
    struct open_file file;
    struct wait_queue changed;
    uint64_t counter;
    bool semaphore;             /* a read takes one, not all */
};

static struct event_file *event_of(struct open_file *file)
{
    return container_of(file, struct event_file, file);
}

static ssize_t event_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    struct event_file *event = event_of(file);

    (void)offset;
    if (size < sizeof(uint64_t))
        return -EINVAL;
    if ((file->flags & O_NONBLOCK) && !event->counter)
        return -EAGAIN;
    if (!wait_for_or_cancel(&event->changed, event->counter))
        return -EINTR;
    uint64_t taken = event->semaphore ? 1 : event->counter;

    event->counter -= taken;
    memcpy(buffer, &taken, sizeof taken);
    wait_wake_all(&event->changed);
    return sizeof taken;
}

static ssize_t event_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct event_file *event = event_of(file);
    uint64_t added;

    (void)offset;
    if (size < sizeof added)
        return -EINVAL;
    memcpy(&added, buffer, sizeof added);
    if (added > COUNTER_MAX)
        return -EINVAL;
    if ((file->flags & O_NONBLOCK) && added > COUNTER_MAX - event->counter)
        return -EAGAIN;
    if (!wait_for_or_cancel(&event->changed, added <= COUNTER_MAX - event->counter))
        return -EINTR;
    event->counter += added;
    wait_wake_all(&event->changed);
    return sizeof added;
}

static short event_poll(struct open_file *file)
{
    const struct event_file *event = event_of(file);

    return (short)((event->counter ? POLLIN : 0) | (event->counter < COUNTER_MAX ? POLLOUT : 0));
}

static int event_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IRUSR | S_IWUSR, .st_nlink = 1 };
    return 0;
}

static void event_release(struct open_file *file)
{
    free(event_of(file));
}

static const struct file_operations event_operations = {
    .read = event_read,
    .write = event_write,
    .poll = event_poll,
    .status = event_status,
    .release = event_release,
};

static const struct wait_kind event_wait = { .what = "an event counter" };

int eventfd(unsigned initial, int flags)
{
    if (flags & ~(EFD_SEMAPHORE | EFD_NONBLOCK | EFD_CLOEXEC))
        return (int)posix_result(-EINVAL);
    struct event_file *event = malloc(sizeof *event);

    if (!event)
        return (int)posix_result(-ENOMEM);
    *event = (struct event_file){ .counter = initial, .semaphore = flags & EFD_SEMAPHORE };
    wait_queue_init_kind(&event->changed, &event_wait);
    event->file = (struct open_file){
        .operations = &event_operations,
        .flags = O_RDWR | (flags & EFD_NONBLOCK),
        .references = 1,
        .changed = &event->changed,
    };
    return descriptor_close_on_exec(descriptor_open(&event->file), flags & EFD_CLOEXEC);
}

int eventfd_read(int descriptor, eventfd_t *value)
{
    return read(descriptor, value, sizeof *value) == sizeof *value ? 0 : -1;
}

int eventfd_write(int descriptor, eventfd_t value)
{
    return write(descriptor, &value, sizeof value) == sizeof value ? 0 : -1;
}
