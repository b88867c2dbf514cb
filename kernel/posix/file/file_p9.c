/*
 * Open files of a host directory. Unbuffered, as the paper's: each read and write is the server's, straight from and to
 * the caller's memory. A file is its fid, whatever becomes of its name.
 */
#include "posix/file/file_p9.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/bits.h"
#include "posix/path/p9_listing.h"
#include "sched/wait.h"
#include "xen/clock.h"

/* What stdio takes for its buffers: few messages, little memory. */
#define BLOCK_BYTES (16 << 10)
/* A lock that somebody else has is asked for again after this: the server does not wait for it. */
#define LOCK_AGAIN (NANOSECONDS_PER_SECOND / 100)

struct p9_file {
    struct open_file file;
    struct volume *volume;
    uint32_t fid;
    struct mutex lock;          /* of the listing */
    struct p9_listing listing;
};

static struct p9_file *p9_file_of(struct open_file *file)
{
    return container_of(file, struct p9_file, file);
}

/* --- status --- */

static struct timespec time_of(const struct p9_time *time)
{
    return (struct timespec){ (time_t)time->seconds, (long)MIN(time->nanoseconds, (uint64_t)999999999) };
}

void p9_file_fill_status(const struct volume *volume, const struct p9_status *from, struct stat *status)
{
    *status = (struct stat){
        .st_dev = volume->number,
        .st_ino = (ino_t)from->qid.path,
        .st_mode = (mode_t)(from->mode & (P9_S_KIND | 07777)),
        .st_nlink = (nlink_t)MIN(from->links, (uint64_t)UINT16_MAX),
        .st_size = (off_t)MIN(from->size, (uint64_t)INT64_MAX),
        .st_blksize = BLOCK_BYTES,
        .st_blocks = (blkcnt_t)MIN(from->blocks, (uint64_t)INT64_MAX),
        .st_atim = time_of(&from->accessed),
        .st_mtim = time_of(&from->modified),
        .st_ctim = time_of(&from->changed),
    };
}

static int p9_file_status(struct open_file *open_file, struct stat *status)
{
    struct p9_file *file = p9_file_of(open_file);
    struct p9_status found;
    int error = p9_fid_status(&file->volume->p9, file->fid, &found);

    if (!error)
        p9_file_fill_status(file->volume, &found, status);
    return error;
}

/* The server's machine counts in blocks of f_frsize; what a program is told to read at a time is ours. */
void p9_file_fill_room(const struct volume *volume, const struct p9_space *from, struct statvfs *room)
{
    *room = (struct statvfs){
        .f_bsize = BLOCK_BYTES,
        .f_frsize = from->block_size,
        .f_blocks = from->blocks,
        .f_bfree = from->free,
        .f_bavail = from->available,
        .f_files = (fsfilcnt_t)MIN(from->files, (uint64_t)UINT32_MAX),
        .f_ffree = (fsfilcnt_t)MIN(from->files_free, (uint64_t)UINT32_MAX),
        .f_favail = (fsfilcnt_t)MIN(from->files_free, (uint64_t)UINT32_MAX),
        .f_fsid = volume->number,
        .f_flag = ST_NOSUID | (volume->readonly ? ST_RDONLY : 0),
        .f_namemax = from->name_max,
    };
}

static int p9_file_room(struct open_file *open_file, struct statvfs *room)
{
    struct p9_file *file = p9_file_of(open_file);
    struct p9_space found;
    int error = p9_fid_room(&file->volume->p9, file->fid, &found);

    if (!error)
        p9_file_fill_room(file->volume, &found, room);
    return error;
}

/* --- attributes changed --- */

static uint32_t time_to_set(const struct timespec *time, uint32_t now, uint32_t to, struct p9_time *set)
{
    if (time->tv_nsec == UTIME_OMIT)
        return 0;
    if (time->tv_nsec == UTIME_NOW)
        return now;
    *set = (struct p9_time){ (uint64_t)time->tv_sec, (uint64_t)time->tv_nsec };
    return now | to;
}

struct p9_change p9_file_times(const struct timespec times[2])
{
    struct p9_change wanted = { 0 };

    wanted.valid = time_to_set(&times[0], P9_SET_ACCESSED, P9_SET_ACCESSED_TO, &wanted.accessed);
    wanted.valid |= time_to_set(&times[1], P9_SET_MODIFIED, P9_SET_MODIFIED_TO, &wanted.modified);
    return wanted;
}

static int change(struct open_file *open_file, const struct p9_change *wanted)
{
    struct p9_file *file = p9_file_of(open_file);

    return file->volume->readonly ? -EROFS : p9_fid_change(&file->volume->p9, file->fid, wanted);
}

static int p9_file_change_mode(struct open_file *file, mode_t mode)
{
    return change(file, &(struct p9_change){ .valid = P9_SET_MODE, .mode = mode & 0777 });
}

static int p9_file_change_times(struct open_file *file, const struct timespec times[2])
{
    const struct p9_change wanted = p9_file_times(times);

    return change(file, &wanted);
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

    return p9_write(&file->volume->p9, file->fid, buffer, size, (uint64_t)offset);
}

static int p9_file_truncate(struct open_file *open_file, off_t size)
{
    struct p9_file *file = p9_file_of(open_file);
    const struct p9_change change = { .valid = P9_SET_SIZE, .size = (uint64_t)size };

    return p9_fid_change(&file->volume->p9, file->fid, &change);
}

static int p9_file_sync(struct open_file *open_file)
{
    struct p9_file *file = p9_file_of(open_file);

    return p9_sync(&file->volume->p9, file->fid);
}

/* --- locks: against other domains and the host; a domain is one process and never in its own way --- */

/* From the beginning: what POSIX counts from elsewhere is counted here. */
static int range_of(struct open_file *open_file, const struct flock *lock, struct p9_range *range)
{
    struct stat status = { .st_size = 0 };
    int error = lock->l_whence == SEEK_END ? p9_file_status(open_file, &status) : 0;
    off_t base = lock->l_whence == SEEK_END ? status.st_size : lock->l_whence == SEEK_CUR ? open_file->position : 0;
    off_t start, length = lock->l_len;

    if (error)
        return error;
    if (__builtin_add_overflow(base, lock->l_start, &start))
        return -EOVERFLOW;
    if (length < 0) {
        start += length;
        length = -length;
    }
    if (start < 0)
        return -EINVAL;
    range->type = lock->l_type == F_RDLCK ? P9_LOCK_READ : lock->l_type == F_WRLCK ? P9_LOCK_WRITE : P9_LOCK_NONE;
    range->start = (uint64_t)start;
    range->length = (uint64_t)length;
    range->process = 1;
    return 0;
}

static int get_lock(struct p9_file *file, struct p9_range *range, struct flock *lock)
{
    int error = p9_get_lock(&file->volume->p9, file->fid, range);

    if (error)
        return error;
    lock->l_type = F_UNLCK;
    if (range->type == P9_LOCK_NONE)
        return 0;
    lock->l_type = range->type == P9_LOCK_READ ? F_RDLCK : F_WRLCK;
    lock->l_whence = SEEK_SET;
    lock->l_start = (off_t)range->start;
    lock->l_len = (off_t)range->length;
    lock->l_pid = 0;            /* one of another machine */
    return 0;
}

static int p9_file_lock(struct open_file *open_file, int command, struct flock *lock)
{
    struct p9_file *file = p9_file_of(open_file);
    struct wait_queue nobody;
    struct p9_range range;
    int error = range_of(open_file, lock, &range);

    wait_queue_init(&nobody);
    if (error)
        return error;
    if (command == F_GETLK)
        return get_lock(file, &range, lock);
    while ((error = p9_lock(&file->volume->p9, file->fid, &range)) == -EAGAIN && command == F_SETLKW)
        wait_until(&nobody, false, clock_monotonic() + LOCK_AGAIN);
    return error;
}

/* --- directories --- */

static int p9_file_list(struct open_file *open_file, off_t from, directory_visitor *visit, void *context)
{
    struct p9_file *file = p9_file_of(open_file);
    uint64_t position = (uint64_t)from;
    struct p9_entry entry;
    int result;

    mutex_lock(&file->lock);
    while ((result = p9_listing_peek(&file->listing, &file->volume->p9, file->fid, position, &entry)) > 0) {
        if (!visit(context, entry.name, (ino_t)entry.qid.path, entry.type, (off_t)entry.next))
            break;
        p9_listing_take(&file->listing, &entry);
        position = entry.next;
    }
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
    .status = p9_file_status,
    .change_mode = p9_file_change_mode,
    .change_times = p9_file_change_times,
    .room = p9_file_room,
    .truncate = p9_file_truncate,
    .sync = p9_file_sync,
    .lock = p9_file_lock,
    .release = p9_file_release,
};

static const struct file_operations directory_operations = {
    .seekable = true,
    .status = p9_file_status,
    .change_mode = p9_file_change_mode,
    .change_times = p9_file_change_times,
    .room = p9_file_room,
    .sync = p9_file_sync,
    .list = p9_file_list,
    .release = p9_file_release,
};

int p9_file_make(struct volume *volume, uint32_t fid, const struct p9_qid *qid, int flags, struct open_file **opened)
{
    struct p9_file *file = calloc(1, sizeof *file);

    if (!file) {
        p9_clunk(&volume->p9, fid);
        return -ENOMEM;
    }
    file->volume = volume;
    file->fid = fid;
    mutex_init(&file->lock);
    file->file = (struct open_file){
        .operations = qid->type & P9_QT_DIRECTORY ? &directory_operations : &file_operations,
        .flags = flags,
        .references = 1,
    };
    *opened = &file->file;
    return 0;
}
