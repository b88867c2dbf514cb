/*
 * Block devices as files: raw and unbuffered. What is aligned to sectors goes straight from and to the caller's memory;
 * the sectors at the edges of what is not are read, and changed, in a copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "arch/x86_64/layout.h"
#include "drivers/blkfront.h"
#include "posix/file/block_file.h"
#include "posix/path/devices.h"
#include "sched/mutex.h"

/* Held while a sector is read, changed and written: two writers of different bytes in it must not meet. */
static struct mutex changing = MUTEX_INIT(changing);

struct block_file {
    struct open_file file;
    struct block_device *device;
    dev_t number;
};

static struct block_file *block_file_of(struct open_file *file)
{
    return container_of(file, struct block_file, file);
}

/* --- the sector at an edge --- */

/* Reads or changes `size` bytes within the sector that holds `offset`, by way of `copy`. */
static int transfer_within(struct block_device *device, enum lwd_block_operation operation, uint64_t offset,
                           char *data, size_t size, char *copy)
{
    unsigned sector_size = lwd_block_facts(device)->sector_size;
    uint64_t sector = ALIGN_DOWN(offset, (uint64_t)sector_size);
    char *at = copy + (offset - sector);
    int error = lwd_block_transfer(device, LWD_BLOCK_READ, sector, copy, sector_size);

    if (error)
        return error;
    if (operation == LWD_BLOCK_READ) {
        memcpy(data, at, size);
        return 0;
    }
    memcpy(at, data, size);
    return lwd_block_transfer(device, LWD_BLOCK_WRITE, sector, copy, sector_size);
}

static int transfer_edge(struct block_device *device, enum lwd_block_operation operation, uint64_t offset, char *data,
                         size_t size)
{
    /* At an odd address, so that the backend is shown a bounce page and never this stack. */
    char sector[PAGE_SIZE + 2] __attribute__((aligned(2)));

    if (operation == LWD_BLOCK_WRITE)
        mutex_lock(&changing);
    int error = transfer_within(device, operation, offset, data, size, sector + 1);

    if (operation == LWD_BLOCK_WRITE)
        mutex_unlock(&changing);
    return error;
}

/* --- any range --- */

/* How much from `offset` on can be done at a time: up to the next sector, all whole sectors, or the rest. */
static size_t next_part(uint64_t offset, size_t size, unsigned sector_size)
{
    size_t within = offset & (sector_size - 1);

    if (within)
        return MIN(size, sector_size - within);
    return size < sector_size ? size : ALIGN_DOWN(size, (size_t)sector_size);
}

static ssize_t transfer(struct block_device *device, enum lwd_block_operation operation, char *data, size_t size,
                        uint64_t offset)
{
    unsigned sector_size = lwd_block_facts(device)->sector_size;
    size_t done = 0;
    int error = 0;

    while (done < size) {
        size_t part = next_part(offset + done, size - done, sector_size);
        bool is_aligned = ((offset + done) | part) % sector_size == 0;

        error = is_aligned ? lwd_block_transfer(device, operation, offset + done, data + done, part)
                           : transfer_edge(device, operation, offset + done, data + done, part);
        if (error)
            break;
        done += part;
    }
    return done ? (ssize_t)done : error;
}

static ssize_t block_file_read(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    struct block_device *device = block_file_of(file)->device;
    uint64_t end = lwd_block_facts(device)->size;

    if ((uint64_t)offset >= end)
        return 0;
    return transfer(device, LWD_BLOCK_READ, buffer, MIN(size, end - (uint64_t)offset), (uint64_t)offset);
}

static ssize_t block_file_write(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    struct block_device *device = block_file_of(file)->device;
    uint64_t end = lwd_block_facts(device)->size;

    if ((uint64_t)offset >= end)
        return size ? -ENOSPC : 0;
    /* The queue reads the buffer of a write only. */
    ssize_t done =
        transfer(device, LWD_BLOCK_WRITE, (char *)(uintptr_t)buffer, MIN(size, end - (uint64_t)offset),
                 (uint64_t)offset);

    if (done > 0 && (file->flags & (O_SYNC | O_DSYNC))) {
        int error = lwd_block_transfer(device, LWD_BLOCK_FLUSH, 0, NULL, 0);

        if (error)
            return error;
    }
    return done;
}

static int block_file_sync(struct open_file *file)
{
    return lwd_block_transfer(block_file_of(file)->device, LWD_BLOCK_FLUSH, 0, NULL, 0);
}

/* --- what it is --- */

static void fill_status(const struct lwd_block_facts *facts, dev_t number, struct stat *status)
{
    *status = (struct stat){
        .st_mode = S_IFBLK | (facts->readonly ? 0440 : 0660),
        .st_ino = (ino_t)number,
        .st_rdev = number,
        .st_nlink = 1,
        .st_size = (off_t)facts->size,
        .st_blksize = 4096,
        .st_blocks = (blkcnt_t)(facts->size / 512),
    };
}

static int status(struct open_file *file, struct stat *status)
{
    struct block_file *block = block_file_of(file);

    fill_status(lwd_block_facts(block->device), block->number, status);
    return 0;
}

static int discard(struct open_file *file, const uint64_t range[2])
{
    if ((file->flags & O_ACCMODE) == O_RDONLY)
        return -EBADF;
    return lwd_block_transfer(block_file_of(file)->device, LWD_BLOCK_DISCARD, range[0], NULL, range[1]);
}

static int control(struct open_file *file, unsigned long request, void *argument)
{
    const struct lwd_block_facts *facts = lwd_block_facts(block_file_of(file)->device);

    switch (request) {
    case BLKGETSIZE64:
        *(uint64_t *)argument = facts->size;
        return 0;
    case BLKGETSIZE:
        *(unsigned long *)argument = facts->size / 512;
        return 0;
    case BLKSSZGET:
        *(int *)argument = (int)facts->sector_size;
        return 0;
    case BLKROGET:
        *(int *)argument = facts->readonly;
        return 0;
    case BLKFLSBUF:
        return 0;
    case BLKDISCARD:
        return discard(file, argument);
    }
    return -ENOTTY;
}

static void release(struct open_file *file)
{
    struct block_file *block = block_file_of(file);

    lwd_block_close(block->device);
    free(block);
}

static const struct file_operations operations = {
    .seekable = true,
    .read = block_file_read,
    .write = block_file_write,
    .status = status,
    .sync = block_file_sync,
    .control = control,
    .release = release,
};

struct block_device *block_file_device(struct open_file *file)
{
    return file->operations == &operations ? block_file_of(file)->device : NULL;
}

int lwd_block_of(int descriptor, struct block_device **found)
{
    struct block_device *device = block_file_device(file_peek(descriptor));

    if (!device)
        return file_peek(descriptor) == &no_file ? -EBADF : -ENODEV;
    blk_hold(device);
    *found = device;
    return 0;
}

/* --- by name --- */

static int make_file(struct block_device *device, int flags, dev_t number, struct open_file **opened)
{
    if ((flags & O_ACCMODE) != O_RDONLY && lwd_block_facts(device)->readonly)
        return -EROFS;
    struct block_file *file = calloc(1, sizeof *file);

    if (!file)
        return -ENOMEM;
    file->file = (struct open_file){ .operations = &operations, .flags = flags, .references = 1 };
    file->device = device;
    file->number = number;
    *opened = &file->file;
    return 0;
}

int block_file_open(const char *name, int flags, struct open_file **opened)
{
    struct block_device *device;
    int error = lwd_block_open(name, &device);

    if (error)
        return error;
    error = make_file(device, flags, (dev_t)blk_name_number(name), opened);
    if (error)
        lwd_block_close(device);
    return error;
}

int block_file_status(const char *name, struct stat *status)
{
    struct block_device *device;
    int error = lwd_block_open(name, &device);

    if (error)
        return error;
    fill_status(lwd_block_facts(device), (dev_t)blk_name_number(name), status);
    lwd_block_close(device);
    return 0;
}
