/*
 * Open files of a host directory. Unbuffered, as the paper's: each read and write is the server's, straight from and to
 * the caller's memory.
 *
 * What 9P2000.u as xen-9pfsd serves it cannot do is refused (-EOPNOTSUPP): cutting a file to other than nothing. The
 * server reaches a file's status by its path alone, so that of a file without one is put together here.
 */
#include "posix/file_p9.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "posix/p9_listing.h"

/* What stdio takes for its buffers: few messages, little memory. */
#define BLOCK_BYTES (16 << 10)

struct p9_file {
    struct open_file file;
    struct volume *volume;
    uint32_t fid;
    struct p9_qid qid;
    off_t written_end;          /* the file is at least this long */
    struct mutex lock;          /* of the listing */
    struct p9_listing listing;
    char path[];
};

static struct p9_file *p9_file_of(struct open_file *file)
{
    return container_of(file, struct p9_file, file);
}

/* --- status --- */

static mode_t mode_of(uint32_t mode)
{
    mode_t kind = mode & P9_DMDIR         ? S_IFDIR
                  : mode & P9_DMSYMLINK   ? S_IFLNK
                  : mode & P9_DMNAMEDPIPE ? S_IFIFO
                  : mode & P9_DMSOCKET    ? S_IFSOCK
                  : mode & P9_DMDEVICE    ? S_IFCHR
                                          : S_IFREG;

    return kind | (mode & 0777);
}

static void fill_status(const struct volume *volume, const struct p9_stat *stat, struct stat *status)
{
    *status = (struct stat){
        .st_dev = volume->number,
        .st_ino = (ino_t)stat->qid.path,
        .st_mode = mode_of(stat->mode),
        .st_nlink = stat->mode & P9_DMDIR ? 2 : 1,
        .st_size = (off_t)MIN(stat->length, (uint64_t)INT64_MAX),
        .st_blksize = BLOCK_BYTES,
        .st_blocks = (blkcnt_t)DIV_ROUND_UP(stat->length, 512),
        .st_atime = stat->accessed,
        .st_mtime = stat->modified,
        .st_ctime = stat->modified,
    };
}

/* The root's status may not be asked for (p9.h): it is that of the entry "." in its listing. */
static int root_status(struct p9 *p9, struct p9_stat *stat)
{
    struct p9_listing listing = { .bytes = NULL };
    struct p9_qid qid;
    uint32_t fid;
    int result = p9_walk(p9, "", &fid, &qid);

    if (result)
        return result;
    result = p9_open(p9, fid, P9_OREAD);
    for (off_t i = 0; result >= 0; i++) {
        result = p9_listing_peek(&listing, p9, fid, i, stat);
        if (result == 0)
            result = -ENOENT;
        if (result > 0 && strcmp(stat->name, ".") == 0)
            break;
    }
    p9_listing_end(&listing);
    p9_clunk(p9, fid);
    return MIN(result, 0);
}

static int get_stat(struct volume *volume, const char *path, uint32_t fid, struct p9_stat *stat)
{
    return path[0] == '\0' ? root_status(&volume->p9, stat) : p9_stat(&volume->p9, fid, stat);
}

int p9_file_status(struct volume *volume, const char *path, uint32_t fid, struct stat *status)
{
    struct p9_stat stat;
    int error = get_stat(volume, path, fid, &stat);

    if (!error)
        fill_status(volume, &stat, status);
    return error;
}

static bool has_byte(struct p9_file *file, off_t offset)
{
    char byte;

    return p9_read(&file->volume->p9, file->fid, &byte, 1, (uint64_t)offset) == 1;
}

/* How long a file is that has no path any more: found by reading single bytes. */
static off_t probe_size(struct p9_file *file)
{
    off_t low = file->written_end, step = 1;

    /* [0, low) is there; go up until it is not, and then halve. */
    while (step < ((off_t)1 << 61) && has_byte(file, low + step - 1)) {
        low += step;
        step *= 2;
    }
    for (; step > 0; step /= 2)
        if (has_byte(file, low + step - 1))
            low += step;
    return low;
}

static int p9_file_fstat(struct open_file *open_file, struct stat *status)
{
    struct p9_file *file = p9_file_of(open_file);
    struct p9_stat stat;
    int error = get_stat(file->volume, file->path, file->fid, &stat);

    if (error && error != -ENOENT && error != -ENOTDIR)
        return error;
    bool is_there = !error && stat.qid.path == file->qid.path;

    if (!is_there)
        stat = (struct p9_stat){ .qid = file->qid, .mode = file->qid.type & P9_QTDIR ? P9_DMDIR : 0 };
    fill_status(file->volume, &stat, status);
    if (!is_there) {
        status->st_nlink = 0;
        status->st_size = S_ISDIR(status->st_mode) ? 0 : probe_size(file);
    }
    return 0;
}

/* --- data --- */

static ssize_t p9_file_read(struct open_file *open_file, void *buffer, size_t size, off_t offset)
{
    struct p9_file *file = p9_file_of(open_file);

    return p9_read(&file->volume->p9, file->fid, buffer, size, (uint64_t)offset);
}

static ssize_t p9_file_write(struct open_file *open_file, const void *buffer, size_t size, off_t offset)
{
    struct p9_file *file = p9_file_of(open_file);
    ssize_t done = p9_write(&file->volume->p9, file->fid, buffer, size, (uint64_t)offset);

    if (done > 0)
        file->written_end = MAX(file->written_end, offset + done);
    return done;
}

int p9_file_empty(struct volume *volume, const char *path, uint64_t identity)
{
    struct p9_qid qid;
    uint32_t fid;
    int error = p9_walk(&volume->p9, path, &fid, &qid);

    if (error)
        return error;
    if (qid.path != identity)
        error = -ESTALE;
    if (!error)
        error = p9_open(&volume->p9, fid, P9_OWRITE | P9_OTRUNC);
    p9_clunk(&volume->p9, fid);
    return error;
}

static int p9_file_truncate(struct open_file *open_file, off_t size)
{
    struct p9_file *file = p9_file_of(open_file);
    struct stat status;
    int error = p9_file_fstat(open_file, &status);

    if (error)
        return error;
    if (size == status.st_size)
        return 0;
    if (size > status.st_size) {
        /* A zero in the last place: what is between reads as zeroes too. */
        ssize_t done = p9_file_write(open_file, "", 1, size - 1);

        return (int)MIN(done, 0);
    }
    if (size > 0)
        return -EOPNOTSUPP;
    error = p9_file_empty(file->volume, file->path, file->qid.path);
    if (!error)
        file->written_end = 0;
    return error == -ENOENT || error == -ESTALE ? -EOPNOTSUPP : error;
}

/* What was written is the host's already; that it makes it durable cannot be asked for in 9P2000.u (docs/limits.md). */
static int p9_file_sync(struct open_file *file)
{
    return p9_file_of(file)->volume->p9.ring.channel.broken ? -EIO : 0;
}

/* --- directories --- */

static unsigned char kind_of(uint32_t mode)
{
    return mode & P9_DMDIR ? DT_DIR : mode & P9_DMSYMLINK ? DT_LNK : DT_REG;
}

static int p9_file_list(struct open_file *open_file, off_t from, directory_visitor *visit, void *context)
{
    struct p9_file *file = p9_file_of(open_file);
    struct p9_stat entry;
    int result;

    mutex_lock(&file->lock);
    while ((result = p9_listing_peek(&file->listing, &file->volume->p9, file->fid, from, &entry)) > 0)
        if (!visit(context, entry.name, (ino_t)entry.qid.path, kind_of(entry.mode), ++from))
            break;
    mutex_unlock(&file->lock);
    return MIN(result, 0);
}

/* --- open and closed --- */

static void p9_file_release(struct open_file *open_file)
{
    struct p9_file *file = p9_file_of(open_file);

    p9_clunk(&file->volume->p9, file->fid);
    p9_listing_end(&file->listing);
    free(file);
}

static const struct file_operations file_operations = {
    .seekable = true,
    .read = p9_file_read,
    .write = p9_file_write,
    .status = p9_file_fstat,
    .truncate = p9_file_truncate,
    .sync = p9_file_sync,
    .release = p9_file_release,
};

static const struct file_operations directory_operations = {
    .seekable = true,
    .status = p9_file_fstat,
    .sync = p9_file_sync,
    .list = p9_file_list,
    .release = p9_file_release,
};

int p9_file_make(struct volume *volume, const char *path, uint32_t fid, const struct p9_qid *qid, int flags,
                 struct open_file **opened)
{
    struct p9_file *file = calloc(1, sizeof *file + strlen(path) + 1);

    if (!file) {
        p9_clunk(&volume->p9, fid);
        return -ENOMEM;
    }
    file->volume = volume;
    file->fid = fid;
    file->qid = *qid;
    mutex_init(&file->lock);
    strcpy(file->path, path);
    file->file = (struct open_file){
        .operations = qid->type & P9_QTDIR ? &directory_operations : &file_operations,
        .flags = flags,
        .references = 1,
    };
    *opened = &file->file;
    return 0;
}
