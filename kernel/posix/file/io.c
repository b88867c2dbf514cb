/*
 * The calls that take a descriptor and move data or ask about the file.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "posix/file/file.h"
#include "posix/result.h"
#include "sched/thread.h"

static bool is_readable(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool is_writable(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_RDONLY;
}

/* --- one transfer at an offset --- */

static ssize_t read_at(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    if (!is_readable(file))
        return -EBADF;
    if (!file->operations->read)
        return file->operations->list ? -EISDIR : -EINVAL;
    thread_poll();
    return file->operations->read(file, buffer, size > LONG_MAX ? LONG_MAX : size, offset);
}

static ssize_t write_at(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    if (!is_writable(file))
        return -EBADF;
    if (!file->operations->write)
        return -EINVAL;
    thread_poll();
    return file->operations->write(file, buffer, size > LONG_MAX ? LONG_MAX : size, offset);
}

/* --- at the file's position, which moves --- */

static ssize_t read_on(struct open_file *file, void *buffer, size_t size)
{
    ssize_t done = read_at(file, buffer, size, file->position);

    if (done > 0 && file->operations->seekable)
        file->position += done;
    return done;
}

static int move_to_end(struct open_file *file)
{
    struct stat status;
    int error = file->operations->status(file, &status);

    if (!error)
        file->position = status.st_size;
    return error;
}

static ssize_t write_on(struct open_file *file, const void *buffer, size_t size)
{
    if ((file->flags & O_APPEND) && file->operations->seekable) {
        int error = move_to_end(file);

        if (error)
            return error;
    }
    ssize_t done = write_at(file, buffer, size, file->position);

    if (done > 0 && file->operations->seekable)
        file->position += done;
    return done;
}

ssize_t file_read_end(int descriptor, void *buffer, size_t size, ssize_t done)
{
    if (unlikely(done == -EINTR))
        return thread_cancellation_point() == INTERRUPTED ? posix_result(-EINTR) : read(descriptor, buffer, size);
    thread_handle_signals();
    return posix_result(done);
}

__attribute__((noinline)) ssize_t file_read_anyhow(int descriptor, void *buffer, size_t size)
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    ssize_t done = read_on(file, buffer, size);

    file_put(file);
    return file_read_end(descriptor, buffer, size, done);
}

ssize_t read(int descriptor, void *buffer, size_t size)
{
    if (unlikely(size == 0) && !wait_is_cancelled() && (file_peek(descriptor)->quick & FILE_READS))
        return 0;
    struct open_file *file = file_peek(descriptor);

    if (file->read_quickly)
        return file->read_quickly(descriptor, buffer, size, file);
    return file_read_anyhow(descriptor, buffer, size);
}

__attribute__((noinline)) ssize_t file_write_anyhow(int descriptor, const void *buffer, size_t size)
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    ssize_t done = write_on(file, buffer, size);

    file_put(file);
    if (unlikely(done == -EINTR))
        return thread_cancellation_point() == INTERRUPTED ? posix_result(-EINTR) : write(descriptor, buffer, size);
    /* A part may have been done before the signal came. */
    thread_handle_signals();
    return posix_result(done);
}

ssize_t write(int descriptor, const void *buffer, size_t size)
{
    struct open_file *file = file_peek(descriptor);

    if (file->write_quickly)
        return file->write_quickly(descriptor, buffer, size, file);
    return file_write_anyhow(descriptor, buffer, size);
}

static int check_position(const struct open_file *file, off_t offset)
{
    if (!file->operations->seekable)
        return -ESPIPE;
    return offset < 0 ? -EINVAL : 0;
}

ssize_t pread(int descriptor, void *buffer, size_t size, off_t offset)
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    ssize_t done = check_position(file, offset);

    if (!done)
        done = read_at(file, buffer, size, offset);
    file_put(file);
    return posix_result(done);
}

ssize_t pwrite(int descriptor, const void *buffer, size_t size, off_t offset)
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    ssize_t done = check_position(file, offset);

    if (!done)
        done = write_at(file, buffer, size, offset);
    file_put(file);
    return posix_result(done);
}

/* --- vectors: part by part, ending with the first that is short --- */

ssize_t vector_size(const struct iovec *vector, int count)
{
    size_t total = 0;

    if (count < 0 || count > IOV_MAX)
        return -EINVAL;
    for (int i = 0; i < count; i++)
        if (__builtin_add_overflow(total, vector[i].iov_len, &total) || total > LONG_MAX)
            return -EINVAL;
    return (ssize_t)total;
}

static ssize_t transfer_vector(int descriptor, const struct iovec *vector, int count,
                               ssize_t (*transfer)(struct open_file *, void *, size_t))
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);
    ssize_t total = 0, done = 0;

    if (!file)
        return posix_result(-EBADF);
    ssize_t size = vector_size(vector, count);

    for (int i = 0; i < count && size > 0; i++) {
        if (vector[i].iov_len == 0)
            continue;
        done = transfer(file, vector[i].iov_base, vector[i].iov_len);
        if (done > 0)
            total += done;
        if (done < (ssize_t)vector[i].iov_len)
            break;
    }
    file_put(file);
    if (size < 0)
        return posix_result(size);
    if (unlikely(done == -EINTR) && total == 0 && thread_cancellation_point() != INTERRUPTED)
        return transfer_vector(descriptor, vector, count, transfer);
    return posix_result(total ? total : done);
}

static ssize_t write_part(struct open_file *file, void *buffer, size_t size)
{
    return write_on(file, buffer, size);
}

ssize_t readv(int descriptor, const struct iovec *vector, int count)
{
    return transfer_vector(descriptor, vector, count, read_on);
}

ssize_t writev(int descriptor, const struct iovec *vector, int count)
{
    return transfer_vector(descriptor, vector, count, write_part);
}

/* --- position, status, control --- */

static off_t seek(struct open_file *file, off_t offset, int whence)
{
    struct stat status = { .st_size = 0 };
    off_t target;
    int error = 0;

    if (!file->operations->seekable)
        return -ESPIPE;
    if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
        return -EINVAL;
    if (whence == SEEK_END)
        error = file->operations->status(file, &status);
    if (error)
        return error;
    off_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->position : status.st_size;

    if (__builtin_add_overflow(base, offset, &target))
        return -EOVERFLOW;
    if (target < 0)
        return -EINVAL;
    return file->position = target;
}

static SELDOM off_t seek_anyhow(int descriptor, off_t offset, int whence)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    off_t position = seek(file, offset, whence);

    file_put(file);
    return posix_result(position);
}

off_t lseek(int descriptor, off_t offset, int whence)
{
    struct open_file *file = file_peek(descriptor);

    if (likely(file->quick & FILE_SEEKS) && whence == SEEK_SET && offset >= 0)
        return file->position = offset;
    return seek_anyhow(descriptor, offset, whence);
}

int fstat(int descriptor, struct stat *status)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    int error = file->operations->status(file, status);

    file_put(file);
    return (int)posix_result(error);
}

int ftruncate(int descriptor, off_t size)
{
    struct open_file *file = file_get(descriptor);
    int error = -EINVAL;

    if (!file)
        return (int)posix_result(-EBADF);
    if (size >= 0 && is_writable(file) && file->operations->truncate)
        error = file->operations->truncate(file, size);
    file_put(file);
    return (int)posix_result(error);
}

int fsync(int descriptor)
{
    thread_cancellation_point();
    struct open_file *file = file_get(descriptor);
    int error = -EINVAL;

    if (!file)
        return (int)posix_result(-EBADF);
    if (file->operations->sync)
        error = file->operations->sync(file);
    file_put(file);
    return (int)posix_result(error);
}

int fdatasync(int descriptor)
{
    return fsync(descriptor);
}

static int control(struct open_file *file, unsigned long request, void *argument)
{
    ssize_t available;

    switch (request) {
    case FIONBIO:
        file->flags = *(int *)argument ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK;
        return 0;
    case FIONREAD:
        if (!file->operations->available)
            break;
        available = file->operations->available(file);
        if (available >= 0)
            *(int *)argument = available > INT_MAX ? INT_MAX : (int)available;
        return available < 0 ? (int)available : 0;
    }
    return file->operations->control ? file->operations->control(file, request, argument) : -ENOTTY;
}

int ioctl(int descriptor, unsigned long request, ...)
{
    struct open_file *file = file_get(descriptor);
    va_list args;

    if (!file)
        return (int)posix_result(-EBADF);
    va_start(args, request);
    int result = control(file, request, va_arg(args, void *));

    va_end(args);
    file_put(file);
    return (int)posix_result(result);
}

SELDOM int isatty(int descriptor)
{
    struct open_file *file = file_get(descriptor);

    if (!file) {
        errno = EBADF;
        return 0;
    }
    bool terminal = file->operations->is_terminal && is_writable(file);

    file_put(file);
    if (!terminal)
        errno = ENOTTY;
    return terminal;
}
