/*
 * The read-only root: the files of the image's ramdisk, read in place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "posix/cpio.h"
#include "posix/file.h"
#include "posix/path.h"

#define MAX_PATH 1024

/* One open file of the root: the entry lives as long as its open file does. */
struct root_file {
    struct open_file file;
    struct cpio_entry entry;
};

/* The root directory itself need not be in the archive. */
static const struct cpio_entry root_entry = { .name = "", .mode = S_IFDIR | 0555, .links = 2 };

static int find(const char *path, struct cpio_entry *found)
{
    struct cpio_reader reader = cpio_open(boot_info.ramdisk, boot_info.ramdisk_size);
    struct cpio_entry entry;
    char name[MAX_PATH];
    int error = path_normalise(path, name, sizeof name);
    bool is_there = name[0] == '\0';

    if (error)
        return error;
    *found = root_entry;
    /* A later entry of the same name replaces an earlier one. */
    while ((error = cpio_next(&reader, &entry)) > 0)
        if (strcmp(entry.name, name) == 0) {
            *found = entry;
            is_there = true;
        }
    if (error)
        return -EIO;
    return is_there ? 0 : -ENOENT;
}

static const struct cpio_entry *entry_of(const struct open_file *file)
{
    return file->object;
}

static ssize_t root_read(struct open_file *file, void *buffer, size_t size)
{
    const struct cpio_entry *entry = entry_of(file);

    if (S_ISDIR(entry->mode))
        return -EISDIR;
    if ((size_t)file->offset >= entry->size)
        return 0;
    size_t part = MIN(size, entry->size - (size_t)file->offset);

    memcpy(buffer, (const char *)entry->data + file->offset, part);
    file->offset += (off_t)part;
    return (ssize_t)part;
}

static off_t root_seek(struct open_file *file, off_t offset, int whence)
{
    off_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? file->offset : (off_t)entry_of(file)->size;
    off_t target;

    if (whence != SEEK_SET && whence != SEEK_CUR && whence != SEEK_END)
        return -EINVAL;
    if (__builtin_add_overflow(base, offset, &target))
        return -EOVERFLOW;
    if (target < 0)
        return -EINVAL;
    file->offset = target;
    return target;
}

static void fill_status(const struct cpio_entry *entry, struct stat *status)
{
    *status = (struct stat){
        .st_mode = entry->mode & ~(mode_t)0222,
        .st_ino = (ino_t)entry->inode,
        .st_nlink = (nlink_t)entry->links,
        .st_size = (off_t)entry->size,
        .st_blksize = PAGE_SIZE,
        .st_blocks = (blkcnt_t)DIV_ROUND_UP(entry->size, 512),
        .st_mtime = (time_t)entry->modified,
    };
}

static int root_file_status(struct open_file *file, struct stat *status)
{
    fill_status(entry_of(file), status);
    return 0;
}

static void root_release(struct open_file *file)
{
    free(container_of(file, struct root_file, file));
}

static const struct file_operations root_operations = {
    .read = root_read,
    .seek = root_seek,
    .status = root_file_status,
    .release = root_release,
};

int root_open(const char *path, int flags, struct open_file **opened)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    if (error == -ENOENT && (flags & O_CREAT))
        return -EROFS;
    if (error)
        return error;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
        return S_ISDIR(entry.mode) ? -EISDIR : -EROFS;
    struct root_file *file = malloc(sizeof *file);

    if (!file)
        return -ENOMEM;
    file->entry = entry;
    file->file = (struct open_file){
        .operations = &root_operations,
        .flags = flags,
        .references = 1,
        .object = &file->entry,
    };
    *opened = &file->file;
    return 0;
}

int root_status(const char *path, struct stat *status)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    if (!error)
        fill_status(&entry, status);
    return error;
}
