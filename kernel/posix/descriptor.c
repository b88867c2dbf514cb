/*
 * The descriptor table, and the calls that take a descriptor.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file.h"
#include "posix/result.h"
#include "sched/thread.h"

#define MAX_DESCRIPTORS 256

static struct open_file *descriptors[MAX_DESCRIPTORS] = { &console_file, &console_file, &console_file };

struct open_file *descriptor_file(int descriptor)
{
    if (descriptor < 0 || descriptor >= MAX_DESCRIPTORS)
        return NULL;
    return descriptors[descriptor];
}

int descriptor_install(struct open_file *file, int from)
{
    if (from < 0)
        return -EINVAL;
    for (int i = from; i < MAX_DESCRIPTORS; i++)
        if (!descriptors[i]) {
            descriptors[i] = file;
            return i;
        }
    return -EMFILE;
}

static bool is_readable(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_WRONLY;
}

static bool is_writable(const struct open_file *file)
{
    return (file->flags & O_ACCMODE) != O_RDONLY;
}

ssize_t read(int descriptor, void *buffer, size_t size)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file || !is_readable(file))
        return posix_result(-EBADF);
    if (!file->operations->read)
        return posix_result(-EINVAL);
    thread_poll();
    return posix_result(file->operations->read(file, buffer, size));
}

ssize_t write(int descriptor, const void *buffer, size_t size)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file || !is_writable(file))
        return posix_result(-EBADF);
    if (!file->operations->write)
        return posix_result(-EINVAL);
    thread_poll();
    return posix_result(file->operations->write(file, buffer, size));
}

off_t lseek(int descriptor, off_t offset, int whence)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file)
        return posix_result(-EBADF);
    if (!file->operations->seek)
        return posix_result(-ESPIPE);
    return posix_result(file->operations->seek(file, offset, whence));
}

int fstat(int descriptor, struct stat *status)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    return (int)posix_result(file->operations->status(file, status));
}

int isatty(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file)
        return (int)posix_result(-EBADF) + 1;
    if (!file->operations->is_terminal)
        errno = ENOTTY;
    return file->operations->is_terminal;
}

int close(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    descriptors[descriptor] = NULL;
    if (--file->references == 0 && file->operations->release)
        file->operations->release(file);
    return 0;
}

static int duplicate(struct open_file *file, int from)
{
    int descriptor = descriptor_install(file, from);

    if (descriptor >= 0)
        file->references++;
    return descriptor;
}

int dup(int descriptor)
{
    struct open_file *file = descriptor_file(descriptor);

    return (int)posix_result(file ? duplicate(file, 0) : -EBADF);
}

int dup2(int descriptor, int wanted)
{
    struct open_file *file = descriptor_file(descriptor);

    if (!file || wanted < 0 || wanted >= MAX_DESCRIPTORS)
        return (int)posix_result(-EBADF);
    if (wanted == descriptor)
        return wanted;
    file->references++;
    if (descriptors[wanted])
        close(wanted);
    descriptors[wanted] = file;
    return wanted;
}

int fcntl(int descriptor, int command, ...)
{
    struct open_file *file = descriptor_file(descriptor);
    va_list args;

    if (!file)
        return (int)posix_result(-EBADF);
    va_start(args, command);
    int argument = va_arg(args, int);

    va_end(args);
    switch (command) {
    case F_DUPFD:
        return (int)posix_result(duplicate(file, argument));
    case F_GETFD:
    case F_SETFD:
        /* Close-on-exec without exec: nothing to remember. */
        return 0;
    case F_GETFL:
        return file->flags;
    default:
        return (int)posix_result(-EINVAL);
    }
}
