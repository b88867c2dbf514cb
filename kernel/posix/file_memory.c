/*
 * Shared memory objects: files that are memory (shm_open, memfd_create). An object has one place in the address space, and
 * whoever maps it shared gets that: there is one process, so nobody could tell but by the address.
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
#include "posix/file.h"
#include "posix/named.h"
#include "posix/result.h"

#define ACCESS (REGION_READ | REGION_WRITE)

struct object {
    struct named named;
    struct object *next;        /* of those that have memory */
    size_t size;                /* the file's; behind it all is zero */
    uintptr_t base;
    size_t reserved;            /* whole pages; what was not written has no memory */
    size_t mapped;              /* bytes that were mapped and not unmapped; they count as one user */
    ino_t number;
};

struct memory_file {
    struct open_file file;
    struct object *object;
};

static struct named_list objects;
static struct object *with_memory;
static ino_t last_number;

static struct object *object_of(struct open_file *file)
{
    return container_of(file, struct memory_file, file)->object;
}

static void free_object(struct object *object)
{
    struct object **link = &with_memory;

    while (*link && *link != object)
        link = &(*link)->next;
    if (*link)
        *link = object->next;
    if (object->reserved)
        region_unmap(object->base, object->reserved);
    free(object);
}

/* --- its memory --- */

static bool unmap(uintptr_t at, size_t size)
{
    struct object *object = with_memory;

    while (object && (at < object->base || at - object->base >= object->reserved))
        object = object->next;
    if (!object)
        return false;
    object->mapped -= MIN(object->mapped, size);
    if (!object->mapped && named_close(&object->named))
        free_object(object);
    return true;
}

/* Grows behind where there is room; else the pages move, if nobody knows where they are. */
static int grow(struct object *object, size_t wanted)
{
    uintptr_t behind = object->base + object->reserved, at = behind;
    int error = region_map(&at, wanted - object->reserved, PAGE_SIZE, ACCESS);

    if (error || at == behind) {
        object->reserved = error ? object->reserved : wanted;
        return error;
    }
    region_unmap(at, wanted - object->reserved);
    if (object->mapped)
        return -ENOMEM;
    at = 0;
    error = region_map(&at, wanted, PAGE_SIZE, ACCESS);
    if (error)
        return error;
    error = region_copy(at, object->base, object->reserved);
    region_unmap(error ? at : object->base, error ? wanted : object->reserved);
    if (!error) {
        object->base = at;
        object->reserved = wanted;
    }
    return error;
}

static int reserve(struct object *object, size_t size)
{
    size_t wanted = ALIGN_UP(size, (size_t)PAGE_SIZE);

    if (wanted < size)
        return -EFBIG;
    if (wanted <= object->reserved)
        return 0;
    if (object->reserved)
        return grow(object, wanted);
    int error = region_map(&object->base, wanted, PAGE_SIZE, ACCESS);

    if (error)
        return error;
    object->reserved = wanted;
    object->next = with_memory;
    with_memory = object;
    munmap_shared = unmap;
    return 0;
}

/* What is cut off is zero if it comes back. */
static int memory_truncate(struct open_file *file, off_t size)
{
    struct object *object = object_of(file);
    int error = reserve(object, (size_t)size);

    if (!error && (size_t)size < object->size) {
        size_t page = ALIGN_UP((size_t)size, (size_t)PAGE_SIZE);

        memset((void *)(object->base + (size_t)size), 0, MIN(page, object->size) - (size_t)size);
        if (object->reserved > page)
            error = region_discard(object->base + page, object->reserved - page);
    }
    if (!error)
        object->size = (size_t)size;
    return error;
}

static int memory_map(struct open_file *file, uintptr_t *at, size_t size, off_t offset, int flags)
{
    struct object *object = object_of(file);
    size_t end;

    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
        return -ENOTSUP;
    if (__builtin_add_overflow((size_t)offset, size, &end))
        return -EOVERFLOW;
    int error = reserve(object, end);

    if (!error && (flags & MAP_POPULATE))
        error = region_populate(object->base + (size_t)offset, size);
    if (error)
        return error;
    object->named.users += !object->mapped;
    object->mapped += size;
    *at = object->base + (size_t)offset;
    return 0;
}

/* --- as a file --- */

static ssize_t memory_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    const struct object *object = object_of(file);

    if ((size_t)offset >= object->size)
        return 0;
    size = MIN(size, object->size - (size_t)offset);
    memcpy(buffer, (const char *)object->base + offset, size);
    return (ssize_t)size;
}

static ssize_t memory_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct object *object = object_of(file);
    size_t end;

    if (__builtin_add_overflow((size_t)offset, size, &end))
        return -EFBIG;
    int error = end > object->size ? memory_truncate(file, (off_t)end) : 0;

    if (error)
        return error == -ENOMEM ? -ENOSPC : error;
    memcpy((char *)object->base + offset, buffer, size);
    return (ssize_t)size;
}

static int memory_status(struct open_file *file, struct stat *status)
{
    const struct object *object = object_of(file);

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
    struct object *object = object_of(file);

    free(container_of(file, struct memory_file, file));
    if (named_close(&object->named))
        free_object(object);
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
    struct object *object = calloc(1, sizeof *object);
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

static int open_object(struct object *object, int flags)
{
    struct memory_file *file = malloc(sizeof *file);

    if (!file) {
        if (named_close(&object->named))
            free_object(object);
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
    return error ? (int)posix_result(error) : open_object(container_of(found, struct object, named), flags);
}

int shm_unlink(const char *name)
{
    struct named *last = NULL;
    int error = named_unlink(&objects, name, &last);

    if (last)
        free_object(container_of(last, struct object, named));
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
    int descriptor = open_object(container_of(made, struct object, named), O_RDWR);

    if (descriptor >= 0 && !(flags & MFD_CLOEXEC))
        fcntl(descriptor, F_SETFD, 0);
    return descriptor;
}
