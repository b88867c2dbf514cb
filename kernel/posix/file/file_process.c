/*
 * The process channel's streams as files: what descriptors 0, 1 and 2 are where lwd stays with the domain.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "drivers/process_channel.h"
#include "posix/file/file.h"

static struct open_file files[3];

static ssize_t stream_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    (void)offset;
    if ((file->flags & O_NONBLOCK) && size && !process_channel_can_read())
        return -EAGAIN;
    return process_channel_read(buffer, size);
}

static ssize_t stream_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    enum process_kind kind = file == &files[STDERR_FILENO] ? PROCESS_STDERR : PROCESS_STDOUT;

    (void)offset;
    return process_channel_write(kind, buffer, size, file->flags & O_NONBLOCK);
}

/* Of a lost channel the input has ended, and the output is the console's. */
static short stream_poll(struct open_file *file)
{
    bool lost = process_channel_is_lost();

    if (file == &files[STDIN_FILENO])
        return (short)((process_channel_can_read() ? POLLIN : 0) | (lost ? POLLHUP : 0));
    return process_channel_can_write() ? POLLOUT : 0;
}

static uint64_t stream_next_change(struct open_file *file)
{
    (void)file;
    return process_channel_next_look();
}

static ssize_t stream_available(struct open_file *file)
{
    (void)file;
    return (ssize_t)process_channel_input_size();
}

static const struct file_operations stream_operations = {
    /*
     * Where it goes nobody here knows. Output counts as a terminal so that the runtimes of C, Fortran and others write each
     * line when it is whole: what a program said before it crashed is what one wants to know.
     */
    .is_terminal = true,
    .read = stream_read,
    .write = stream_write,
    .status = console_file_status,
    .available = stream_available,
    .poll = stream_poll,
    .next_change = stream_next_change,
};

struct open_file *process_file(int descriptor)
{
    struct open_file *file = &files[descriptor];

    file->operations = &stream_operations;
    file->flags = descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY;
    file->references = 1;
    file->changed = &process_channel_changed;
    return file;
}
