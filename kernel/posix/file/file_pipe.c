/*
 * Pipes: a byte ring in memory between two open files.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/bits.h"
#include "core/ring.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "xen/evtchn.h"

/* As on Linux. A power of two. */
#define CAPACITY 65536

struct pipe {
    struct open_file read_end, write_end;
    struct wait_queue changed;
    struct thread *reader;      /* waits past the queue, which is the shorter way for both sides; null: nobody does */
    uint32_t produced, consumed;
    bool reader_gone, writer_gone;
    char bytes[CAPACITY];
};

static const struct wait_kind pipe_wait = { .what = "a pipe" };

static size_t filled(const struct pipe *pipe)
{
    return pipe->produced - pipe->consumed;
}

static size_t room(const struct pipe *pipe)
{
    return CAPACITY - filled(pipe);
}

static inline void wake(struct pipe *pipe)
{
    if (unlikely(!wait_queue_is_empty(&pipe->changed)))
        wait_wake_all(&pipe->changed);
    if (pipe->reader)
        thread_wake(pipe->reader);
}

static __attribute__((noinline)) ssize_t take(struct pipe *pipe, void *buffer, size_t size)
{
    size_t part = MIN(size, filled(pipe));

    ring_get(pipe->bytes, CAPACITY, pipe->consumed, buffer, part);
    pipe->consumed += (uint32_t)part;
    wake(pipe);
    return (ssize_t)part;
}

static __attribute__((noinline)) ssize_t put(struct pipe *pipe, const void *buffer, size_t size)
{
    ring_put(pipe->bytes, CAPACITY, pipe->produced, buffer, size);
    pipe->produced += (uint32_t)size;
    wake(pipe);
    return (ssize_t)size;
}

static ssize_t pipe_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    struct pipe *pipe = container_of(file, struct pipe, read_end);

    (void)offset;
    if (size == 0)
        return 0;
    if ((file->flags & O_NONBLOCK) && !filled(pipe) && !pipe->writer_gone)
        return -EAGAIN;
    if (!wait_for_or_cancel(&pipe->changed, filled(pipe) || pipe->writer_gone))
        return -EINTR;
    return take(pipe, buffer, size);
}

/* --- a single byte, which often only wakes somebody --- */

static inline ssize_t take_byte(struct pipe *pipe, char *byte)
{
    *byte = pipe->bytes[pipe->consumed++ % CAPACITY];
    wake(pipe);
    return 1;
}

static bool is_byte(const struct pipe *pipe, size_t size)
{
    return likely(size == 1) && filled(pipe);
}

/* Waits once, and then there is something to be read, as a rule. */
static __attribute__((noinline)) ssize_t read_after_waiting(struct open_file *file, void *buffer, size_t size,
                                                            int descriptor)
{
    struct pipe *pipe = container_of(file, struct pipe, read_end);
    struct thread *self = thread_self();

    if (unlikely((file->flags & O_NONBLOCK) || pipe->writer_gone || pipe->reader || size == 0))
        return file_read_anyhow(descriptor, buffer, size);
    file->references++;
    self->waits_on = &pipe->changed;
    pipe->reader = self;
    self->state = THREAD_BLOCKED;
    schedule();
    pipe->reader = NULL;
    self->waits_on = NULL;
    ssize_t done = is_byte(pipe, size) ? take_byte(pipe, buffer) : pipe_read(file, buffer, size, 0);

    file_put(file);
    return likely(done >= 0) ? done : file_read_end(descriptor, buffer, size, done);
}

static ssize_t read_quickly(int descriptor, void *buffer, size_t size, struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, read_end);

    if (unlikely(wait_is_cancelled()) || evtchn_pending())
        return file_read_anyhow(descriptor, buffer, size);
    if (!filled(pipe))
        return read_after_waiting(file, buffer, size, descriptor);
    return is_byte(pipe, size) ? take_byte(pipe, buffer) : take(pipe, buffer, size);
}

/* How much must fit at once: writes of up to PIPE_BUF bytes are never torn apart. */
static size_t least_room(size_t size)
{
    return size <= PIPE_BUF ? size : 1;
}

static ssize_t pipe_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct pipe *pipe = container_of(file, struct pipe, write_end);
    size_t done = 0;

    (void)offset;
    while (done < size) {
        size_t needed = least_room(size - done);

        if ((file->flags & O_NONBLOCK) && room(pipe) < needed && !pipe->reader_gone)
            break;
        if (!wait_for_or_cancel(&pipe->changed, room(pipe) >= needed || pipe->reader_gone))
            return done ? (ssize_t)done : -EINTR;
        if (pipe->reader_gone)
            return done ? (ssize_t)done : -EPIPE;
        size_t part = MIN(size - done, room(pipe));

        put(pipe, (const char *)buffer + done, part);
        done += part;
    }
    return done || size == 0 ? (ssize_t)done : -EAGAIN;
}

static ssize_t write_quickly(int descriptor, const void *buffer, size_t size, struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, write_end);

    if (unlikely(wait_is_cancelled()) || evtchn_pending() || unlikely(pipe->reader_gone || room(pipe) < size))
        return file_write_anyhow(descriptor, buffer, size);
    if (size != 1)
        return put(pipe, buffer, size);
    pipe->bytes[pipe->produced++ % CAPACITY] = *(const char *)buffer;
    wake(pipe);
    return 1;
}

static short poll_read_end(struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, read_end);

    return (short)((filled(pipe) ? POLLIN : 0) | (pipe->writer_gone ? POLLHUP : 0));
}

static short poll_write_end(struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, write_end);

    return (short)((room(pipe) >= PIPE_BUF ? POLLOUT : 0) | (pipe->reader_gone ? POLLERR : 0));
}

static ssize_t pipe_available(struct open_file *file)
{
    return (ssize_t)filled(container_of(file, struct pipe, read_end));
}

static int pipe_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFIFO | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = PIPE_BUF };
    return 0;
}

static void end_gone(struct pipe *pipe, bool *this_end)
{
    *this_end = true;
    if (pipe->reader_gone && pipe->writer_gone)
        free(pipe);
    else
        wake(pipe);
}

static void release_read_end(struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, read_end);

    end_gone(pipe, &pipe->reader_gone);
}

static void release_write_end(struct open_file *file)
{
    struct pipe *pipe = container_of(file, struct pipe, write_end);

    end_gone(pipe, &pipe->writer_gone);
}

static const struct file_operations read_end_operations = {
    .read = pipe_read,
    .read_quickly = read_quickly,
    .status = pipe_status,
    .poll = poll_read_end,
    .available = pipe_available,
    .release = release_read_end,
};

static const struct file_operations write_end_operations = {
    .write = pipe_write,
    .write_quickly = write_quickly,
    .status = pipe_status,
    .poll = poll_write_end,
    .release = release_write_end,
};

static struct pipe *new_pipe(int flags)
{
    struct pipe *pipe = malloc(sizeof *pipe);

    if (!pipe)
        return NULL;
    pipe->produced = pipe->consumed = 0;
    pipe->reader = NULL;
    pipe->reader_gone = pipe->writer_gone = false;
    wait_queue_init_kind(&pipe->changed, &pipe_wait);
    pipe->read_end = (struct open_file){
        .operations = &read_end_operations, .flags = O_RDONLY | flags, .references = 1, .changed = &pipe->changed,
    };
    pipe->write_end = (struct open_file){
        .operations = &write_end_operations, .flags = O_WRONLY | flags, .references = 1, .changed = &pipe->changed,
    };
    return pipe;
}

int pipe2(int descriptors[2], int flags)
{
    if (flags & ~(O_NONBLOCK | O_CLOEXEC))
        return (int)posix_result(-EINVAL);
    struct pipe *pipe = new_pipe(flags & O_NONBLOCK);

    if (!pipe)
        return (int)posix_result(-ENOMEM);
    int read_end = descriptor_install(&pipe->read_end, 0);

    if (read_end < 0) {
        free(pipe);
        return (int)posix_result(read_end);
    }
    int write_end = descriptor_install(&pipe->write_end, 0);

    if (write_end < 0) {
        pipe->writer_gone = true;
        close(read_end);
        return (int)posix_result(write_end);
    }
    descriptors[0] = descriptor_close_on_exec(read_end, flags & O_CLOEXEC);
    descriptors[1] = descriptor_close_on_exec(write_end, flags & O_CLOEXEC);
    return 0;
}

int pipe(int descriptors[2])
{
    return pipe2(descriptors, 0);
}
