/*
 * The console as a file: what descriptors 0, 1 and 2 are at the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "drivers/console.h"
#include "posix/file/file.h"

static ssize_t console_file_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    (void)offset;
    if ((file->flags & O_NONBLOCK) && console_input_size() == 0)
        return -EAGAIN;
    return console_read(buffer, size);
}

static ssize_t console_file_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    (void)offset;
    if (file->flags & O_NONBLOCK) {
        size_t room = console_output_room();

        if (room == 0 && size)
            return -EAGAIN;
        size = MIN(size, room);
    }
    return console_write(buffer, size);
}

int console_file_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFCHR | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = 1024 };
    return 0;
}

static short console_file_poll(struct open_file *file)
{
    (void)file;
    return (short)((console_input_size() ? POLLIN : 0) | (console_output_room() ? POLLOUT : 0));
}

static ssize_t console_file_available(struct open_file *file)
{
    (void)file;
    return (ssize_t)console_input_size();
}

static const struct file_operations console_operations = {
    .is_terminal = true,
    .read = console_file_read,
    .write = console_file_write,
    .status = console_file_status,
    .available = console_file_available,
    .poll = console_file_poll,
};

struct open_file console_file = {
    .operations = &console_operations,
    .flags = O_RDWR,
    .references = 3,
    .changed = &console_changed,
};

static char console_name[] = "/dev/console";

/* Returns an errno. */
int ttyname_r(int descriptor, char *name, size_t size)
{
    if (!isatty(descriptor))
        return errno;
    if (size < sizeof console_name)
        return ERANGE;
    memcpy(name, console_name, sizeof console_name);
    return 0;
}

char *ttyname(int descriptor)
{
    return isatty(descriptor) ? console_name : NULL;
}
