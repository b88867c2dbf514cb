/*
 * The read-only root: the files of the image's ramdisk, read in place.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "posix/path/cpio.h"
#include "posix/path/mount.h"
#include "posix/path/root.h"

struct root_file {
    struct open_file file;
    struct cpio_entry entry;
};

/* The root directory itself need not be in the archive. */
static const struct cpio_entry root_entry = { .name = "", .mode = S_IFDIR | 0555, .links = 2 };

static struct cpio_reader archive(void)
{
    return cpio_open(boot_info.ramdisk, boot_info.ramdisk_size);
}

/* Is `entry` a file that `path` takes for a directory? */
static bool is_in_the_way(const struct cpio_entry *entry, const char *path)
{
    size_t length = strlen(entry->name);

    return !S_ISDIR(entry->mode) && strncmp(entry->name, path, length) == 0 && path[length] == '/';
}

static int find(const char *path, struct cpio_entry *found)
{
    struct cpio_reader reader = archive();
    struct cpio_entry entry;
    bool is_there = path[0] == '\0', file_in_the_way = false;
    int more;

    *found = root_entry;
    /* A later entry of the same name replaces an earlier one. */
    while ((more = cpio_next(&reader, &entry)) > 0) {
        if (strcmp(entry.name, path) == 0) {
            *found = entry;
            is_there = true;
        }
        file_in_the_way |= is_in_the_way(&entry, path);
    }
    if (more < 0)
        return -EIO;
    return is_there ? 0 : file_in_the_way ? -ENOTDIR : -ENOENT;
}

static const struct cpio_entry *entry_of(struct open_file *file)
{
    return &container_of(file, struct root_file, file)->entry;
}

static ssize_t root_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    const struct cpio_entry *entry = entry_of(file);

    if ((size_t)offset >= entry->size)
        return 0;
    size_t part = MIN(size, entry->size - (size_t)offset);

    memcpy(buffer, (const char *)entry->data + offset, part);
    return (ssize_t)part;
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

static int root_sync(struct open_file *file)
{
    (void)file;
    return 0;
}

static void root_release(struct open_file *file)
{
    free(container_of(file, struct root_file, file));
}

/* The name of `entry` within the directory `path`, null if it is not directly in it. */
static const char *name_within(const struct cpio_entry *entry, const char *path)
{
    size_t length = strlen(path);
    const char *name = entry->name;

    if (length) {
        if (strncmp(name, path, length) != 0 || name[length] != '/')
            return NULL;
        name += length + 1;
    }
    return *name && !strchr(name, '/') ? name : NULL;
}

static int root_list(struct open_file *file, off_t from, directory_visitor *visit, void *context)
{
    struct cpio_reader reader = archive();
    struct cpio_entry entry;
    off_t position = 0;
    int more;

    while ((more = cpio_next(&reader, &entry)) > 0) {
        const char *name = name_within(&entry, entry_of(file)->name);

        if (name && position++ >= from &&
            !visit(context, name, (ino_t)entry.inode, S_ISDIR(entry.mode) ? DT_DIR : DT_REG, position))
            break;
    }
    return more < 0 ? -EIO : 0;
}

static const struct file_operations file_operations = {
    .seekable = true,
    .read = root_read,
    .status = root_file_status,
    .sync = root_sync,
    .release = root_release,
};

static const struct file_operations directory_operations = {
    .seekable = true,
    .status = root_file_status,
    .sync = root_sync,
    .list = root_list,
    .release = root_release,
};

/* Why `path`, which is not there, cannot be made: where there is no folder for it, that comes first. */
static int refuse_new(const char *path)
{
    char folder[MOUNT_PATH_MAX];
    struct cpio_entry entry;
    const char *name = strrchr(path, '/');
    size_t length = name ? (size_t)(name - path) : 0;

    memcpy(folder, path, length);
    folder[length] = '\0';
    int error = find(folder, &entry);

    return error ? error : -EROFS;
}

static int root_make_directory(struct mount *mount, const char *path, mode_t mode)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    (void)mount;
    (void)mode;
    return error == -ENOENT ? refuse_new(path) : error ? error : -EEXIST;
}

static int root_open(struct mount *mount, const char *path, int flags, mode_t mode, struct open_file **opened)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    (void)mount;
    (void)mode;
    if (error == -ENOENT && (flags & O_CREAT))
        return refuse_new(path);
    if (error)
        return error;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if ((flags & O_DIRECTORY) && !S_ISDIR(entry.mode))
        return -ENOTDIR;
    if ((flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC))
        return S_ISDIR(entry.mode) ? -EISDIR : -EROFS;
    struct root_file *file = malloc(sizeof *file);

    if (!file)
        return -ENOMEM;
    file->entry = entry;
    file->file = (struct open_file){
        .operations = S_ISDIR(entry.mode) ? &directory_operations : &file_operations,
        .flags = flags,
        .references = 1,
    };
    *opened = &file->file;
    return 0;
}

static int root_status(struct mount *mount, const char *path, bool follow, struct stat *status)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    (void)mount;
    (void)follow;
    if (!error)
        fill_status(&entry, status);
    return error;
}

int root_content(const char *path, const void **data, size_t *size)
{
    struct cpio_entry entry;
    int error = find(path, &entry);

    if (!error) {
        *data = entry.data;
        *size = entry.size;
    }
    return error;
}

static const struct file_system root_file_system = {
    .open = root_open,
    .status = root_status,
    .make_directory = root_make_directory,
};

struct mount root_mount = { .file_system = &root_file_system, .at = "" };
