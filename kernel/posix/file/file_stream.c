/*
 * A descriptor of lwd's that is the program's too: the process channel's stream as a file, under the number that lwd says. It is
 * for PMI, whose clients are told the number of a socket in their environment.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bits.h"
#include "drivers/process_channel.h"
#include "drivers/process_stream.h"
#include "posix/file/file.h"

/* Stands ahead of the environment where there is such a descriptor, and then has its number. No variable has such a name. */
#define STREAM_WORD "lwd.stream="

/*
 * Here, and not the C library's, so that the file is part of those programs that can ask for the number, and of no others. Not
 * thread-safe against those who change the environment, as everywhere.
 */
char *getenv(const char *name)
{
    int offset;

    return _findenv_r(_REENT, name, &offset);
}

static ssize_t stream_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    (void)offset;
    if ((file->flags & O_NONBLOCK) && size && !process_stream_can_read())
        return -EAGAIN;
    return process_stream_read(buffer, size);
}

static ssize_t stream_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    (void)offset;
    return process_stream_write(buffer, size, file->flags & O_NONBLOCK);
}

static int stream_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFSOCK | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = 4096 };
    return 0;
}

static short stream_poll(struct open_file *file)
{
    (void)file;
    process_channel_is_lost();
    return (short)((process_stream_can_read() ? POLLIN : 0) | (process_stream_can_write() ? POLLOUT : 0) |
                   (process_stream_is_over() ? POLLHUP : 0));
}

static uint64_t stream_next_change(struct open_file *file)
{
    (void)file;
    return process_channel_next_look();
}

static ssize_t stream_available(struct open_file *file)
{
    (void)file;
    return (ssize_t)process_stream_size();
}

static void stream_release(struct open_file *file)
{
    (void)file;
    process_stream_close();
}

static const struct file_operations operations = {
    .read = stream_read,
    .write = stream_write,
    .status = stream_status,
    .available = stream_available,
    .poll = stream_poll,
    .next_change = stream_next_change,
    .release = stream_release,
};

static struct open_file file = {
    .operations = &operations,
    .flags = O_RDWR,
    .references = 1,
    .changed = &process_channel_changed,
};

/* Ahead of the program's own constructors: its number is free as yet. */
__attribute__((constructor(101))) static void open_if_handed(void)
{
    char **words = environ;

    if (!words[0] || strncmp(words[0], STREAM_WORD, sizeof STREAM_WORD - 1) != 0)
        return;
    int number = atoi(words[0] + sizeof STREAM_WORD - 1);

    while ((words[0] = words[1]) != NULL)
        words++;
    if (process_stream_open())
        descriptor_install(&file, number);
}
