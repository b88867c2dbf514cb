/*
 * Shared memory objects as files: shm_open, memfd_create. Their memory is memory_object.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arch/x86_64/layout.h"
#include "core/bits.h"
#include "mm/region.h"
#include "posix/file/file.h"
#include "posix/memory/memory_object.h"
#include "posix/result.h"

struct memory_file {
    struct open_file file;
    struct memory_object *object;
};

static struct named_list objects;
static ino_t last_number;

static struct memory_object *object_of(struct open_file *file)
{
    return container_of(file, struct memory_file, file)->object;
}

static int memory_truncate(struct open_file *file, off_t size)
{
    return memory_object_resize(object_of(file), (size_t)size);
}

/* Its pages may be read and written, whatever is asked for: others that map them have the same. */
static int memory_map(struct open_file *file, uintptr_t *at, size_t size, off_t offset, int flags)
{
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
        return -ENOTSUP;
    int error = memory_object_map(object_of(file), (size_t)offset, size, at);

    if (error || !(flags & MAP_POPULATE))
        return error;
    error = region_populate(*at, size);
    if (error)
        munmap((void *)*at, size);
    return error;
}

static ssize_t memory_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    const struct memory_object *object = object_of(file);

    if ((size_t)offset >= object->size)
        return 0;
    size = MIN(size, object->size - (size_t)offset);
    int error = memory_object_may(object, (size_t)offset, size, REGION_READ);

    if (error)
        return error;
    memcpy(buffer, (const char *)object->base + offset, size);
    return (ssize_t)size;
}

static ssize_t memory_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct memory_object *object = object_of(file);
    size_t end;

    if (__builtin_add_overflow((size_t)offset, size, &end))
        return -EFBIG;
    int error = end > object->size ? memory_truncate(file, (off_t)end) : 0;

    if (!error)
        error = memory_object_may(object, (size_t)offset, size, REGION_WRITE);
    if (error)
        return error == -ENOMEM ? -ENOSPC : error;
    memcpy((char *)object->base + offset, buffer, size);
    return (ssize_t)size;
}

static int memory_status(struct open_file *file, struct stat *status)
{
    const struct memory_object *object = object_of(file);

    *status = (struct stat){
        .st_ino = object->number,
        .st_mode = S_IFREG | 0600,
        .st_nlink = object->named.name != NULL,
        .st_size = (off_t)object->size,
        .st_blksize = PAGE_SIZE,
        .st_blocks = (blkcnt_t)(ALIGN_UP(object->size, (size_t)PAGE_SIZE) / 512),
    };
    return 0;
}

static int memory_sync(struct open_file *file)
{
    (void)file;
    return 0;
}

static void memory_release(struct open_file *file)
{
    struct memory_object *object = object_of(file);

    free(container_of(file, struct memory_file, file));
    memory_object_close(object);
}

static const struct file_operations memory_operations = {
    .seekable = true,
    .read = memory_read,
    .write = memory_write,
    .status = memory_status,
    .truncate = memory_truncate,
    .sync = memory_sync,
    .map = memory_map,
    .release = memory_release,
};

/* --- made, opened, unlinked --- */

/* Without a name if that is null. */
static int make(const char *name, struct named **made)
{
    struct memory_object *object = calloc(1, sizeof *object);
    int error = object ? 0 : -ENOMEM;

    if (!error && name)
        error = named_add(&objects, &object->named, name);
    if (error) {
        free(object);
        return error;
    }
    object->named.users = 1;
    object->number = ++last_number;
    *made = &object->named;
    return 0;
}

static int open_object(struct memory_object *object, int flags)
{
    struct memory_file *file = malloc(sizeof *file);

    if (!file) {
        memory_object_close(object);
        return (int)posix_result(-ENOMEM);
    }
    file->object = object;
    file->file = (struct open_file){ .operations = &memory_operations, .flags = flags & O_ACCMODE, .references = 1 };
    if (flags & O_TRUNC)
        memory_truncate(&file->file, 0);
    return descriptor_close_on_exec(descriptor_open(&file->file), true);
}

int shm_open(const char *name, int flags, mode_t mode)
{
    struct named *found;
    int error = (flags & O_ACCMODE) == O_WRONLY ? -EINVAL : named_open(&objects, name, flags, &found);

    (void)mode;
    if (!error && !found)
        error = make(name, &found);
    return error ? (int)posix_result(error) : open_object(container_of(found, struct memory_object, named), flags);
}

int shm_unlink(const char *name)
{
    struct named *last = NULL;
    int error = named_unlink(&objects, name, &last);

    if (last)
        memory_object_free(container_of(last, struct memory_object, named));
    return (int)posix_result(error);
}

/* `name` is for reports, of which there are none. */
int memfd_create(const char *name, unsigned flags)
{
    struct named *made;
    int error = flags & ~MFD_CLOEXEC ? -EINVAL : make(NULL, &made);

    (void)name;
    if (error)
        return (int)posix_result(error);
    int descriptor = open_object(container_of(made, struct memory_object, named), O_RDWR);

    if (descriptor >= 0 && !(flags & MFD_CLOEXEC))
        fcntl(descriptor, F_SETFD, 0);
    return descriptor;
}
