/*
 * The console as a file: what descriptors 0, 1 and 2 are at the start.
 */
#include <fcntl.h>

#include "drivers/console.h"
#include "posix/file.h"

static ssize_t console_file_read(struct open_file *file, void *buffer, size_t size)
{
    (void)file;
    return console_read(buffer, size);
}

static ssize_t console_file_write(struct open_file *file, const void *buffer, size_t size)
{
    (void)file;
    return console_write(buffer, size);
}

static int console_file_status(struct open_file *file, struct stat *status)
{
    (void)file;
    *status = (struct stat){ .st_mode = S_IFCHR | S_IRUSR | S_IWUSR, .st_nlink = 1, .st_blksize = 1024 };
    return 0;
}

static const struct file_operations console_operations = {
    .read = console_file_read,
    .write = console_file_write,
    .status = console_file_status,
    .is_terminal = true,
};

struct open_file console_file = {
    .operations = &console_operations,
    .flags = O_RDWR,
    .references = 3,
};
