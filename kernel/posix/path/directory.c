/*
 * Reading directories: opendir and its kin, over an open file's list().
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/file/file.h"
#include "posix/result.h"

#define BATCH 16

struct lwd_directory {
    int descriptor;
    off_t position;             /* behind the last entry in `batch` */
    unsigned next, filled;
    struct dirent batch[BATCH];
};

DIR *fdopendir(int descriptor)
{
    struct open_file *file = file_get(descriptor);

    if (!file) {
        errno = EBADF;
        return NULL;
    }
    bool listable = file->operations->list != NULL;

    file_put(file);
    if (!listable) {
        errno = ENOTDIR;
        return NULL;
    }
    DIR *directory = calloc(1, sizeof *directory);

    if (directory)
        directory->descriptor = descriptor;
    return directory;
}

DIR *opendir(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_DIRECTORY);

    if (descriptor < 0)
        return NULL;
    DIR *directory = fdopendir(descriptor);

    if (!directory)
        close(descriptor);
    return directory;
}

static bool take_entry(void *context, const char *name, ino_t inode, unsigned char type, off_t next)
{
    DIR *directory = context;
    struct dirent *entry = &directory->batch[directory->filled];

    if (directory->filled == BATCH)
        return false;
    entry->d_ino = inode;
    entry->d_off = next;
    entry->d_type = type;
    strlcpy(entry->d_name, name, sizeof entry->d_name);
    directory->filled++;
    directory->position = next;
    return true;
}

static int fill(DIR *directory)
{
    struct open_file *file = file_get(directory->descriptor);

    if (!file)
        return -EBADF;
    directory->next = directory->filled = 0;
    int error = file->operations->list(file, directory->position, take_entry, directory);

    file_put(file);
    return error;
}

struct dirent *readdir(DIR *directory)
{
    if (directory->next == directory->filled) {
        int error = fill(directory);

        if (error) {
            errno = -error;
            return NULL;
        }
    }
    return directory->next < directory->filled ? &directory->batch[directory->next++] : NULL;
}

long telldir(DIR *directory)
{
    return directory->next == 0 ? directory->position : directory->batch[directory->next - 1].d_off;
}

void seekdir(DIR *directory, long position)
{
    directory->position = position;
    directory->next = directory->filled = 0;
}

void rewinddir(DIR *directory)
{
    seekdir(directory, 0);
}

int dirfd(DIR *directory)
{
    return directory->descriptor;
}

/* --- without a stream --- */

/* A program's buffer that is being filled. */
struct buffer {
    char *at, *end;
    off_t next;
    bool full;
};

static bool put_entry(void *context, const char *name, ino_t inode, unsigned char type, off_t next)
{
    struct buffer *buffer = context;
    size_t size = ALIGN_UP(offsetof(struct posix_dent, d_name) + strlen(name) + 1, _Alignof(struct posix_dent));
    struct posix_dent *entry = (struct posix_dent *)buffer->at;

    buffer->full = size > (size_t)(buffer->end - buffer->at);
    if (buffer->full)
        return false;
    entry->d_ino = inode;
    entry->d_reclen = (reclen_t)size;
    entry->d_type = type;
    strcpy(entry->d_name, name);
    buffer->at += size;
    buffer->next = next;
    return true;
}

ssize_t posix_getdents(int descriptor, void *memory, size_t size, int flags)
{
    struct buffer buffer = { .at = memory, .end = (char *)memory + size };
    struct open_file *file = file_get(descriptor);

    if (!file)
        return posix_result(-EBADF);
    buffer.next = file->position;
    int error = flags ? -EINVAL : file->operations->list ? 0 : -ENOTDIR;

    if (!error)
        error = file->operations->list(file, file->position, put_entry, &buffer);
    /* Not even one entry had room. */
    if (!error && buffer.full && buffer.at == memory)
        error = -EINVAL;
    if (!error)
        file->position = buffer.next;
    file_put(file);
    return posix_result(error ? error : buffer.at - (char *)memory);
}

/* --- ends --- */

/* Returns an errno. */
int readdir_r(DIR *restrict directory, struct dirent *restrict entry, struct dirent **restrict found)
{
    int before = errno;

    errno = 0;
    const struct dirent *next = readdir(directory);
    int error = errno;

    errno = before;
    *found = next ? entry : NULL;
    if (next)
        *entry = *next;
    return error;
}

/* Gives the descriptor back to the caller, which closes it. */
int fdclosedir(DIR *directory)
{
    int descriptor = directory->descriptor;

    free(directory);
    return descriptor;
}

int closedir(DIR *directory)
{
    int descriptor = directory->descriptor;

    free(directory);
    return close(descriptor);
}
