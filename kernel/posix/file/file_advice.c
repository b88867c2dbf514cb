/*
 * Locks on files, which are against other processes, of which there are none; and hints and copies that need no kernel.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/shortfall.h"

static int check(int descriptor)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return -EBADF;
    file_put(file);
    return 0;
}

/* Of the whole file, as Linux has it on a network's file systems: by fcntl(). */
int flock(int descriptor, int operation)
{
    int kind = operation & ~LOCK_NB;
    struct flock all = { .l_type = kind == LOCK_SH ? F_RDLCK : kind == LOCK_EX ? F_WRLCK : F_UNLCK };

    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return (int)posix_result(-EINVAL);
    struct open_file *file = file_get(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    int error = file->operations->lock ? file->operations->lock(file, operation & LOCK_NB ? F_SETLK : F_SETLKW, &all) : 0;

    file_put(file);
    return (int)posix_result(error);
}

/* From the position on. */
int lockf(int descriptor, int operation, off_t size)
{
    struct flock range = {
        .l_type = operation == F_ULOCK ? F_UNLCK : F_WRLCK, .l_whence = SEEK_CUR, .l_len = size,
    };

    switch (operation) {
    case F_LOCK:
        return fcntl(descriptor, F_SETLKW, &range);
    case F_TLOCK:
    case F_ULOCK:
        return fcntl(descriptor, F_SETLK, &range);
    case F_TEST:
        if (fcntl(descriptor, F_GETLK, &range))
            return -1;
        return (int)posix_result(range.l_type == F_UNLCK ? 0 : -EACCES);
    default:
        return (int)posix_result(-EINVAL);
    }
}

/* Returns an errno. Nothing is read ahead or kept, so there is nothing to be done. */
int posix_fadvise(int descriptor, off_t offset, off_t size, int advice)
{
    (void)offset;
    if (size < 0 || advice < POSIX_FADV_NORMAL || advice > POSIX_FADV_NOREUSE)
        return EINVAL;
    int error = check(descriptor);

    return error ? -error : lseek(descriptor, 0, SEEK_CUR) < 0 ? ESPIPE : 0;
}

/* Returns an errno. Makes the file so long; whether the host has the room it says when it is written. */
POSIX_FAKED(posix_fallocate, "makes the file so long: whether there is room shows when it is written");
int posix_fallocate(int descriptor, off_t offset, off_t size)
{
    struct stat status;
    off_t end;

    if (offset < 0 || size <= 0)
        return EINVAL;
    if (__builtin_add_overflow(offset, size, &end))
        return EFBIG;
    if (fstat(descriptor, &status))
        return errno;
    if (!S_ISREG(status.st_mode))
        return S_ISFIFO(status.st_mode) ? ESPIPE : ENODEV;
    return end <= status.st_size || ftruncate(descriptor, end) == 0 ? 0 : errno;
}

/* --- vectors at a position --- */

static ssize_t move_vector(int descriptor, const struct iovec *vector, int count, off_t offset,
                           ssize_t (*move)(int, void *, size_t, off_t))
{
    ssize_t total = 0;

    if (count < 0 || count > IOV_MAX)
        return posix_result(-EINVAL);
    for (int i = 0; i < count; i++) {
        ssize_t done = move(descriptor, vector[i].iov_base, vector[i].iov_len, offset + total);

        if (done < 0)
            return total ? total : -1;
        total += done;
        if ((size_t)done < vector[i].iov_len)
            break;
    }
    return total;
}

static ssize_t write_part(int descriptor, void *buffer, size_t size, off_t offset)
{
    return pwrite(descriptor, buffer, size, offset);
}

ssize_t preadv(int descriptor, const struct iovec *vector, int count, off_t offset)
{
    return move_vector(descriptor, vector, count, offset, pread);
}

ssize_t pwritev(int descriptor, const struct iovec *vector, int count, off_t offset)
{
    return move_vector(descriptor, vector, count, offset, write_part);
}

/* --- from one descriptor to another --- */

#define PART (64 << 10)

static ssize_t copy_part(int target, int source, off_t *offset, char *buffer, size_t size)
{
    ssize_t filled = offset ? pread(source, buffer, size, *offset) : read(source, buffer, size);

    if (filled <= 0)
        return filled;
    ssize_t written = write(target, buffer, (size_t)filled);

    if (offset && written > 0)
        *offset += written;
    /* What was read and not taken is read again by the next call. */
    if (!offset && written < filled)
        lseek(source, (written < 0 ? 0 : written) - filled, SEEK_CUR);
    return written;
}

ssize_t sendfile(int target, int source, off_t *offset, size_t size)
{
    char *buffer = malloc(PART);
    size_t done = 0;
    ssize_t part = 0;

    if (!buffer)
        return posix_result(-ENOMEM);
    while (done < size) {
        part = copy_part(target, source, offset, buffer, MIN(size - done, (size_t)PART));
        if (part <= 0)
            break;
        done += (size_t)part;
    }
    free(buffer);
    return done ? (ssize_t)done : part;
}
