/*
 * The calls that take a path in a host directory. What the server's protocol has no request for is refused as such:
 * rename, links, rmdir, chmod, times. A directory that is only to be read is left alone by us; lwd sees to it that
 * nobody has to rely on that (docs/limits.md).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/bits.h"
#include "posix/file_p9.h"

static struct volume *volume_of(struct mount *mount)
{
    return container_of(mount, struct volume, mount);
}

/* Connected, and not readonly if something is to be changed. */
static int ready(struct volume *volume, bool to_change)
{
    if (to_change && volume->readonly)
        return -EROFS;
    return volume_connect(volume);
}

/* --- open --- */

static bool may_change(int flags)
{
    return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
}

static unsigned mode_of(int flags)
{
    int access = flags & O_ACCMODE;
    unsigned mode = access == O_WRONLY ? P9_OWRITE : access == O_RDWR ? P9_ORDWR : P9_OREAD;

    return flags & O_TRUNC ? mode | P9_OTRUNC : mode;
}

/* Cuts the last name off: `parent` has room for `path`. Returns the name. */
static const char *split(const char *path, char *parent)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;

    memcpy(parent, path, length);
    parent[length] = '\0';
    return slash ? slash + 1 : path;
}

/* Makes a file or directory and leaves it open. */
static int create(struct p9 *p9, const char *path, uint32_t permissions, unsigned mode, uint32_t *fid,
                  struct p9_qid *qid)
{
    char parent[MOUNT_PATH_MAX];
    const char *name = split(path, parent);
    int error = p9_walk(p9, parent, fid, qid);

    if (error)
        return error;
    if (!(qid->type & P9_QTDIR))
        error = -ENOTDIR;
    if (!error)
        error = p9_create(p9, *fid, name, permissions, mode, qid);
    if (error)
        p9_clunk(p9, *fid);
    return error;
}

/* Opens the file of a walked fid, which stays the caller's. */
static int open_existing(struct p9 *p9, uint32_t fid, const struct p9_qid *qid, int flags)
{
    bool is_directory = qid->type & P9_QTDIR;

    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if ((flags & O_DIRECTORY) && !is_directory)
        return -ENOTDIR;
    if (is_directory && may_change(flags))
        return -EISDIR;
    return p9_open(p9, fid, mode_of(flags));
}

static int open_or_create(struct volume *volume, const char *path, int flags, mode_t mode, uint32_t *fid,
                          struct p9_qid *qid)
{
    int error = p9_walk(&volume->p9, path, fid, qid);

    if (error == -ENOENT && (flags & O_CREAT)) {
        error = ready(volume, true);
        return error ? error : create(&volume->p9, path, mode & 0777, mode_of(flags & ~O_TRUNC), fid, qid);
    }
    if (error)
        return error;
    error = open_existing(&volume->p9, *fid, qid, flags);
    if (error)
        p9_clunk(&volume->p9, *fid);
    return error;
}

static int volume_open(struct mount *mount, const char *path, int flags, mode_t mode, struct open_file **file)
{
    struct volume *volume = volume_of(mount);
    struct p9_qid qid;
    uint32_t fid;
    int error = ready(volume, (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC));

    if (!error)
        error = open_or_create(volume, path, flags, mode, &fid, &qid);
    /* Somebody else, on the host, made it between looking and creating. */
    if (error == -EEXIST && !(flags & O_EXCL))
        error = open_or_create(volume, path, flags & ~O_CREAT, mode, &fid, &qid);
    return error ? error : p9_file_make(volume, path, fid, &qid, flags, file);
}

/* --- the rest --- */

/* The server follows symbolic links itself. */
static int volume_status(struct mount *mount, const char *path, bool follow, struct stat *status)
{
    struct volume *volume = volume_of(mount);
    struct p9_qid qid;
    uint32_t fid;
    int error = ready(volume, false);

    (void)follow;
    if (!error)
        error = p9_walk(&volume->p9, path, &fid, &qid);
    if (error)
        return error;
    error = p9_file_status(volume, path, fid, status);
    p9_clunk(&volume->p9, fid);
    return error;
}

static int volume_make_directory(struct mount *mount, const char *path, mode_t mode)
{
    struct volume *volume = volume_of(mount);
    struct p9_qid qid;
    uint32_t fid;
    int error = ready(volume, true);

    if (!error && path[0] == '\0')
        error = -EEXIST;
    if (!error)
        error = create(&volume->p9, path, P9_DMDIR | (mode & 0777), P9_OREAD, &fid, &qid);
    if (!error)
        p9_clunk(&volume->p9, fid);
    return error;
}

/* Is it gone? A server that removes when a fid is given back does not say. */
static int check_removed(struct p9 *p9, const char *path, uint64_t identity)
{
    struct p9_qid qid;
    uint32_t fid;
    int error = p9_walk(p9, path, &fid, &qid);

    if (error)
        return error == -ENOENT || error == -ENOTDIR ? 0 : error;
    p9_clunk(p9, fid);
    return qid.path == identity ? -EPERM : 0;
}

static int volume_remove(struct mount *mount, const char *path, bool directory)
{
    struct volume *volume = volume_of(mount);
    struct p9_qid qid;
    uint32_t fid;
    int error = ready(volume, true);

    if (!error && path[0] == '\0')
        error = directory ? -EBUSY : -EISDIR;
    if (!error)
        error = p9_walk(&volume->p9, path, &fid, &qid);
    if (error)
        return error;
    bool is_directory = qid.type & P9_QTDIR;

    if (is_directory != directory) {
        p9_clunk(&volume->p9, fid);
        return is_directory ? -EISDIR : -ENOTDIR;
    }
    error = p9_remove(&volume->p9, fid);
    if (directory && error == -EINVAL)
        error = -EOPNOTSUPP;
    return error ? error : check_removed(&volume->p9, path, qid.path);
}

static int volume_truncate(struct mount *mount, const char *path, off_t size)
{
    struct open_file *file;
    int error = volume_open(mount, path, O_RDWR, 0, &file);

    if (error)
        return error;
    error = file->operations->truncate(file, size);
    file->operations->release(file);
    return error;
}

/* The errors of paths first: what is not there, and what is only to be read. */
static int refuse(struct mount *mount, const char *path)
{
    struct stat status;
    int error = volume_status(mount, path, false, &status);

    if (!error)
        error = ready(volume_of(mount), true);
    return error ? error : -EOPNOTSUPP;
}

static int volume_rename(struct mount *mount, const char *from, const char *to)
{
    (void)to;
    return refuse(mount, from);
}

static int volume_make_symlink(struct mount *mount, const char *target, const char *path)
{
    int error = ready(volume_of(mount), true);

    (void)target;
    (void)path;
    return error ? error : -EOPNOTSUPP;
}

static ssize_t volume_read_symlink(struct mount *mount, const char *path, char *target, size_t size)
{
    struct stat status;
    int error = volume_status(mount, path, false, &status);

    (void)target;
    (void)size;
    return error ? error : -EINVAL;
}

static int volume_change_mode(struct mount *mount, const char *path, mode_t mode)
{
    (void)mode;
    return refuse(mount, path);
}

static int volume_change_times(struct mount *mount, const char *path, const struct timespec times[2])
{
    (void)times;
    return refuse(mount, path);
}

const struct file_system p9_file_system = {
    .open = volume_open,
    .status = volume_status,
    .make_directory = volume_make_directory,
    .remove = volume_remove,
    .rename = volume_rename,
    .link = volume_rename,
    .make_symlink = volume_make_symlink,
    .read_symlink = volume_read_symlink,
    .truncate = volume_truncate,
    .change_mode = volume_change_mode,
    .change_times = volume_change_times,
};
