/*
 * Message queues: messages by priority, and of one priority in their order. A queue's descriptors are files, as on Linux, so
 * that poll() and its kin wait for queues too.
 */
#include <mqueue.h>

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/signal/notify.h"
#include "posix/signal/signals.h"
#include "posix/thread/named.h"
#include "posix/time/deadline.h"

#define PRIORITIES 32768
#define USUAL_MESSAGES 10
#define USUAL_BYTES 8192
/* Of one queue. */
#define BYTES_MOST (16l << 20)

struct message {
    struct message *next;
    unsigned priority;
    size_t size;
    char bytes[];
};

struct queue {
    struct named named;
    struct wait_queue changed;
    struct message *first, *free;
    long most, bytes_most, count;
    bool asked;                 /* mq_notify(): once */
    struct sigevent event;
    unsigned receivers;         /* threads that wait for a message */
};

struct queue_file {
    struct open_file file;
    struct queue *queue;
};

static const struct wait_kind queue_wait = { .what = "a message queue" };
static struct named_list queues;

static struct queue *queue_of(struct open_file *file)
{
    return container_of(file, struct queue_file, file)->queue;
}

/* --- as a file --- */

static short queue_poll(struct open_file *file)
{
    const struct queue *queue = queue_of(file);

    return (short)((queue->count ? POLLIN : 0) | (queue->count < queue->most ? POLLOUT : 0));
}

static int queue_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFREG | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = USUAL_BYTES };
    return 0;
}

static void free_messages(struct message *message)
{
    while (message) {
        struct message *next = message->next;

        free(message);
        message = next;
    }
}

static void free_queue(struct queue *queue)
{
    free_messages(queue->first);
    free_messages(queue->free);
    free(queue);
}

static void queue_release(struct open_file *file)
{
    struct queue *queue = queue_of(file);

    free(container_of(file, struct queue_file, file));
    if (named_close(&queue->named))
        free_queue(queue);
}

static const struct file_operations queue_operations = {
    .status = queue_status,
    .poll = queue_poll,
    .release = queue_release,
};

/* --- made, opened, closed, unlinked --- */

/* All of its memory is had at once: no message fails later for the lack of it. */
static int make(const char *name, const struct mq_attr *wanted, struct named **made)
{
    long most = wanted ? wanted->mq_maxmsg : USUAL_MESSAGES, bytes = wanted ? wanted->mq_msgsize : USUAL_BYTES;

    if (most <= 0 || bytes <= 0 || most > BYTES_MOST || bytes > BYTES_MOST / most)
        return -EINVAL;
    struct queue *queue = calloc(1, sizeof *queue);
    int error = queue ? 0 : -ENOMEM;

    for (long i = 0; i < most && !error; i++) {
        struct message *message = malloc(sizeof *message + (size_t)bytes);

        if (message) {
            message->next = queue->free;
            queue->free = message;
        } else {
            error = -ENOMEM;
        }
    }
    if (!error) {
        queue->most = most;
        queue->bytes_most = bytes;
        wait_queue_init_kind(&queue->changed, &queue_wait);
        error = named_add(&queues, &queue->named, name);
    }
    if (error && queue)
        free_queue(queue);
    else if (queue)
        *made = &queue->named;
    return error;
}

static int open_queue(struct queue *queue, int flags)
{
    struct queue_file *file = malloc(sizeof *file);

    if (!file) {
        if (named_close(&queue->named))
            free_queue(queue);
        return (int)posix_result(-ENOMEM);
    }
    file->queue = queue;
    file->file = (struct open_file){
        .operations = &queue_operations,
        .flags = flags & (O_ACCMODE | O_NONBLOCK),
        .references = 1,
        .changed = &queue->changed,
    };
    return descriptor_close_on_exec(descriptor_open(&file->file), flags & O_CLOEXEC);
}

mqd_t mq_open(const char *name, int flags, ...)
{
    struct named *found;
    int error = named_open(&queues, name, flags, &found);

    if (!error && !found) {
        va_list args;

        va_start(args, flags);
        va_arg(args, mode_t);
        error = make(name, va_arg(args, struct mq_attr *), &found);
        va_end(args);
    }
    return error ? (mqd_t)posix_result(error) : open_queue(container_of(found, struct queue, named), flags);
}

int mq_unlink(const char *name)
{
    struct named *last = NULL;
    int error = named_unlink(&queues, name, &last);

    if (last)
        free_queue(container_of(last, struct queue, named));
    return (int)posix_result(error);
}

/* The open file of a queue that is open in such a way, with a reference. */
static int get_queue(mqd_t descriptor, int refused_access, struct open_file **file)
{
    *file = file_get(descriptor);
    if (*file && (*file)->operations == &queue_operations && ((*file)->flags & O_ACCMODE) != refused_access)
        return 0;
    if (*file)
        file_put(*file);
    return -EBADF;
}

int mq_close(mqd_t descriptor)
{
    struct open_file *file;
    int error = get_queue(descriptor, O_ACCMODE, &file);

    if (error)
        return (int)posix_result(error);
    file_put(file);
    return close(descriptor);
}

/* --- messages --- */

static void put(struct queue *queue, const char *bytes, size_t size, unsigned priority)
{
    struct message *message = queue->free, **link = &queue->first;

    queue->free = message->next;
    memcpy(message->bytes, bytes, size);
    message->size = size;
    message->priority = priority;
    while (*link && (*link)->priority >= priority)
        link = &(*link)->next;
    message->next = *link;
    *link = message;
    queue->count++;
    wait_wake_all(&queue->changed);
    /* Who asked to be told is, of a message that comes to an empty queue for which nobody waits. */
    if (queue->asked && queue->count == 1 && !queue->receivers) {
        queue->asked = false;
        notify(&queue->event, SI_MESGQ);
    }
}

static size_t take(struct queue *queue, char *bytes, unsigned *priority)
{
    struct message *message = queue->first;
    size_t size = message->size;

    memcpy(bytes, message->bytes, size);
    if (priority)
        *priority = message->priority;
    queue->first = message->next;
    message->next = queue->free;
    queue->free = message;
    queue->count--;
    wait_wake_all(&queue->changed);
    return size;
}

static int deadline_of(const struct timespec *time, uint64_t *deadline)
{
    *deadline = NO_DEADLINE;
    return time ? deadline_at(CLOCK_REALTIME, time, deadline) : 0;
}

/* What a wait has come to that ended before what it waited for. */
static int why_not(void)
{
    return wait_is_cancelled() ? -EINTR : -ETIMEDOUT;
}

static int send(struct open_file *file, const char *bytes, size_t size, unsigned priority, const struct timespec *time)
{
    struct queue *queue = queue_of(file);
    uint64_t deadline;

    if (priority >= PRIORITIES)
        return -EINVAL;
    if (size > (size_t)queue->bytes_most)
        return -EMSGSIZE;
    if (queue->count == queue->most) {
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        int error = deadline_of(time, &deadline);

        if (error)
            return error;
        if (!wait_until_or(&queue->changed, queue->count < queue->most, wait_is_cancelled(), deadline))
            return why_not();
    }
    put(queue, bytes, size, priority);
    return 0;
}

static ssize_t receive(struct open_file *file, char *bytes, size_t size, unsigned *priority, const struct timespec *time)
{
    struct queue *queue = queue_of(file);
    uint64_t deadline;

    if (size < (size_t)queue->bytes_most)
        return -EMSGSIZE;
    if (!queue->count) {
        if (file->flags & O_NONBLOCK)
            return -EAGAIN;
        int error = deadline_of(time, &deadline);

        if (error)
            return error;
        queue->receivers++;
        bool came = wait_until_or(&queue->changed, queue->count, wait_is_cancelled(), deadline);

        queue->receivers--;
        if (!came)
            return why_not();
    }
    return (ssize_t)take(queue, bytes, priority);
}

int mq_timedsend(mqd_t descriptor, const char *bytes, size_t size, unsigned priority, const struct timespec *time)
{
    struct open_file *file;

    thread_cancellation_point();
    int error = get_queue(descriptor, O_RDONLY, &file);

    if (error)
        return (int)posix_result(error);
    error = send(file, bytes, size, priority, time);
    file_put(file);
    if (unlikely(error == -EINTR) && thread_cancellation_point() != INTERRUPTED)
        return mq_timedsend(descriptor, bytes, size, priority, time);
    return (int)posix_result(error);
}

int mq_send(mqd_t descriptor, const char *bytes, size_t size, unsigned priority)
{
    return mq_timedsend(descriptor, bytes, size, priority, NULL);
}

ssize_t mq_timedreceive(mqd_t descriptor, char *restrict bytes, size_t size, unsigned *restrict priority,
                        const struct timespec *restrict time)
{
    struct open_file *file;

    thread_cancellation_point();
    int error = get_queue(descriptor, O_WRONLY, &file);

    if (error)
        return posix_result(error);
    ssize_t result = receive(file, bytes, size, priority, time);

    file_put(file);
    if (unlikely(result == -EINTR) && thread_cancellation_point() != INTERRUPTED)
        return mq_timedreceive(descriptor, bytes, size, priority, time);
    return posix_result(result);
}

ssize_t mq_receive(mqd_t descriptor, char *bytes, size_t size, unsigned *priority)
{
    return mq_timedreceive(descriptor, bytes, size, priority, NULL);
}

/* --- attributes --- */

int mq_setattr(mqd_t descriptor, const struct mq_attr *restrict wanted, struct mq_attr *restrict before)
{
    struct open_file *file;
    int error = get_queue(descriptor, O_ACCMODE, &file);

    if (error)
        return (int)posix_result(error);
    const struct queue *queue = queue_of(file);

    if (before)
        *before = (struct mq_attr){ file->flags & O_NONBLOCK, queue->most, queue->bytes_most, queue->count };
    if (wanted)
        file->flags = (file->flags & ~O_NONBLOCK) | (int)(wanted->mq_flags & O_NONBLOCK);
    file_put(file);
    return 0;
}

int mq_getattr(mqd_t descriptor, struct mq_attr *attributes)
{
    return mq_setattr(descriptor, NULL, attributes);
}

int mq_notify(mqd_t descriptor, const struct sigevent *event)
{
    struct open_file *file;
    int error = get_queue(descriptor, O_ACCMODE, &file);

    if (error)
        return (int)posix_result(error);
    struct queue *queue = queue_of(file);

    if (event && queue->asked)
        error = -EBUSY;
    else if (event && !notify_is_event(event))
        error = -EINVAL;
    if (!error) {
        queue->asked = event != NULL;
        queue->event = event ? *event : (struct sigevent){ .sigev_notify = SIGEV_NONE };
        signals_use();
    }
    file_put(file);
    return (int)posix_result(error);
}
