/*
 * The file system /dev: a few plain devices, and the block devices that the domain was given.
 */
#include "posix/path/devices.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include <lwd/block.h>

static const struct plain_device *find_plain(const char *name)
{
    for (const struct plain_device *device = plain_devices; device->name; device++)
        if (strcmp(device->name, name) == 0)
            return device;
    return NULL;
}

/* --- the directory itself --- */

static void fill_directory_status(struct stat *status)
{
    *status = (struct stat){ .st_mode = S_IFDIR | 0555, .st_ino = 1, .st_nlink = 2, .st_blksize = 4096 };
}

static int directory_status(struct open_file *file, struct stat *status)
{
    (void)file;
    fill_directory_status(status);
    return 0;
}

struct listing {
    directory_visitor *visit;
    void *context;
    off_t from, position;
    bool stopped;
};

static bool list_one(struct listing *listing, const char *name, unsigned char type)
{
    if (listing->position++ >= listing->from)
        listing->stopped = !listing->visit(listing->context, name, (ino_t)listing->position + 1, type, listing->position);
    return !listing->stopped;
}

static bool list_block(void *context, const char *name)
{
    return list_one(context, name, DT_BLK);
}

static int directory_list(struct open_file *file, off_t from, directory_visitor *visit, void *context)
{
    struct listing listing = { .visit = visit, .context = context, .from = from };

    (void)file;
    for (const struct plain_device *device = plain_devices; device->name; device++)
        if (!list_one(&listing, device->name, DT_CHR))
            return 0;
    return lwd_block_for_each(list_block, &listing);
}

static const struct file_operations directory_operations = {
    .seekable = true,
    .status = directory_status,
    .list = directory_list,
    .release = plain_device_release,
};

/* --- paths --- */

/* Kept from one close() to the next open(): what is open for a moment only is opened often. */
static struct open_file *spare;

void plain_device_release(struct open_file *file)
{
    if (spare)
        free(file);
    else
        spare = file;
}

static int open_stateless(const struct file_operations *operations, int flags, struct open_file **opened)
{
    struct open_file *file = spare ? spare : malloc(sizeof *file);

    if (!file)
        return -ENOMEM;
    spare = NULL;
    *file = (struct open_file){ .operations = operations, .flags = flags, .references = 1 };
    *opened = file;
    return 0;
}

static int open_device(const char *path, int flags, struct open_file **opened)
{
    const struct plain_device *plain = find_plain(path);

    if (flags & O_DIRECTORY)
        return plain ? -ENOTDIR : -ENOENT;
    if (plain)
        return open_stateless(plain->operations, flags, opened);
    return block_file_open(path, flags, opened);
}

static int devices_open(struct mount *mount, const char *path, int flags, mode_t mode, struct open_file **opened)
{
    (void)mount;
    (void)mode;
    if (path[0] == '\0')
        return (flags & O_ACCMODE) == O_RDONLY ? open_stateless(&directory_operations, flags, opened) : -EISDIR;
    int error = open_device(path, flags, opened);

    if (error == -ENOENT && (flags & O_CREAT))
        return -EROFS;
    if (!error && (flags & O_CREAT) && (flags & O_EXCL)) {
        file_put(*opened);
        return -EEXIST;
    }
    return error;
}

static int devices_status(struct mount *mount, const char *path, bool follow, struct stat *status)
{
    const struct plain_device *plain = find_plain(path);

    (void)mount;
    (void)follow;
    if (path[0] == '\0')
        fill_directory_status(status);
    else if (plain)
        plain_device_status(plain->number, status);
    else
        return block_file_status(path, status);
    return 0;
}

static const struct file_system devices_file_system = {
    .open = devices_open,
    .status = devices_status,
};

struct mount devices_mount = { .file_system = &devices_file_system, .at = "dev", .next = &root_mount };
