/*
 * The descriptor table: which open file a number means.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"

struct open_file *descriptor_table[DESCRIPTOR_MAX];
struct open_file no_file;

/* FD_CLOEXEC of each descriptor: kept for whoever asks, since nothing is ever executed. */
static bool closes_on_exec[DESCRIPTOR_MAX];

static void note_quick_ways(struct open_file *file)
{
    const struct file_operations *operations = file->operations;
    int access = file->flags & O_ACCMODE;
    bool reads = access != O_WRONLY, writes = access != O_RDONLY;

    file->quick = (operations->seekable ? FILE_SEEKS : 0) |
                  (operations->seekable && operations->read && reads ? FILE_READS : 0);
    file->read_quickly = reads ? operations->read_quickly : NULL;
    file->write_quickly = writes ? operations->write_quickly : NULL;
}

SELDOM void descriptor_init(bool has_channel)
{
    for (int i = 0; i < DESCRIPTOR_MAX; i++)
        descriptor_table[i] = &no_file;
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        descriptor_table[i] = has_channel ? process_file(i) : &console_file;
}

void (*file_forget_watches)(struct open_file *file);
void (*file_forget_location)(struct open_file *file);

void file_release(struct open_file *file)
{
    if (file->watches)
        file_forget_watches(file);
    if (file->location)
        file_forget_location(file);
    if (file->operations->release)
        file->operations->release(file);
}

int descriptor_install(struct open_file *file, int from)
{
    if (from < 0 || from >= DESCRIPTOR_MAX)
        return -EINVAL;
    for (int i = from; i < DESCRIPTOR_MAX; i++)
        if (descriptor_table[i] == &no_file) {
            descriptor_table[i] = file;
            closes_on_exec[i] = false;
            note_quick_ways(file);
            return i;
        }
    return -EMFILE;
}

int descriptor_open(struct open_file *file)
{
    int descriptor = descriptor_install(file, 0);

    if (descriptor < 0)
        file_put(file);
    return (int)posix_result(descriptor);
}

int descriptor_close_on_exec(int descriptor, bool wanted)
{
    if (wanted && descriptor >= 0)
        closes_on_exec[descriptor] = true;
    return descriptor;
}

int close(int descriptor)
{
    thread_cancellation_point();
    struct open_file *file = file_peek(descriptor);

    if (file == &no_file)
        return (int)posix_result(-EBADF);
    descriptor_table[descriptor] = &no_file;
    file_put(file);
    return 0;
}

/* The reference of file_get() becomes the new descriptor's. */
static int duplicate(int descriptor, int from)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return -EBADF;
    int copy = descriptor_install(file, from);

    if (copy < 0)
        file_put(file);
    return copy;
}

int dup(int descriptor)
{
    return (int)posix_result(duplicate(descriptor, 0));
}

/* Makes `wanted` another descriptor of the file. */
static int duplicate_to(int descriptor, int wanted)
{
    if (wanted < 0 || wanted >= DESCRIPTOR_MAX)
        return -EBADF;
    struct open_file *file = file_get(descriptor);

    if (!file)
        return -EBADF;
    struct open_file *replaced = descriptor_table[wanted];

    descriptor_table[wanted] = file;
    closes_on_exec[wanted] = false;
    if (replaced != &no_file)
        file_put(replaced);
    return wanted;
}

int dup2(int descriptor, int wanted)
{
    if (wanted == descriptor)
        return (int)posix_result(file_peek(descriptor) != &no_file ? wanted : -EBADF);
    return (int)posix_result(duplicate_to(descriptor, wanted));
}

int dup3(int descriptor, int wanted, int flags)
{
    if (wanted == descriptor || (flags & ~O_CLOEXEC))
        return (int)posix_result(-EINVAL);
    return (int)posix_result(descriptor_close_on_exec(duplicate_to(descriptor, wanted), flags & O_CLOEXEC));
}

int getdtablesize(void)
{
    return DESCRIPTOR_MAX;
}

static int set_flags(struct open_file *file, int flags)
{
    int settable = O_APPEND | O_NONBLOCK;

    file->flags = (file->flags & ~settable) | (flags & settable);
    return 0;
}

static int lock(struct open_file *file, int command, struct flock *range)
{
    int access = file->flags & O_ACCMODE;

    if (range->l_type != F_RDLCK && range->l_type != F_WRLCK && range->l_type != F_UNLCK)
        return -EINVAL;
    if (command != F_GETLK && ((range->l_type == F_RDLCK && access == O_WRONLY) ||
                               (range->l_type == F_WRLCK && access == O_RDONLY)))
        return -EBADF;
    if (file->operations->lock)
        return file->operations->lock(file, command, range);
    if (!file->operations->seekable)
        return -EINVAL;
    if (command == F_GETLK)
        range->l_type = F_UNLCK;
    return 0;
}

static int control(struct open_file *file, int descriptor, int command, long argument)
{
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return descriptor_close_on_exec(duplicate(descriptor, (int)argument), command == F_DUPFD_CLOEXEC);
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
        return lock(file, command, (struct flock *)argument);
    case F_GETFD:
        return closes_on_exec[descriptor] ? FD_CLOEXEC : 0;
    case F_SETFD:
        closes_on_exec[descriptor] = argument & FD_CLOEXEC;
        return 0;
    case F_GETFL:
        /* What open() did once is not what the file is. */
        return file->flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC);
    case F_SETFL:
        return set_flags(file, (int)argument);
    default:
        return -EINVAL;
    }
}

int fcntl(int descriptor, int command, ...)
{
    if (command == F_SETLKW)
        thread_cancellation_point();
    struct open_file *file = file_get(descriptor);
    va_list args;

    if (!file)
        return (int)posix_result(-EBADF);
    va_start(args, command);
    int result = control(file, descriptor, command, va_arg(args, long));

    va_end(args);
    file_put(file);
    return (int)posix_result(result);
}
