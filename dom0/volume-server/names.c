/*
 * What is asked of files by their names, open or not.
 */
#include <errno.h>
#include <string.h>

#include "files.h"

#define PERMISSIONS 0777u

/* --- status --- */

static struct p9_time time_of(const struct linux_statx_time *time)
{
    return (struct p9_time){ (uint64_t)time->seconds, time->nanoseconds };
}

int look_at(const struct session *session, int descriptor, struct p9_status *status)
{
    struct linux_statx found;
    long error = sys(SYS_statx, descriptor, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, LINUX_STATX_BASIC, &found);

    if (error)
        return (int)error;
    uint32_t kind = found.mode & P9_S_KIND;

    *status = (struct p9_status){
        .mode = found.mode,
        .uid = found.uid,
        .gid = found.gid,
        .links = found.links,
        .device = (uint64_t)found.dev_major << 32 | found.dev_minor,
        .size = found.size,
        .block_size = found.block_size,
        .blocks = found.blocks,
        .accessed = time_of(&found.accessed),
        .modified = time_of(&found.modified),
        .changed = time_of(&found.changed),
    };
    status->qid = (struct p9_qid){
        .type = (uint8_t)(kind == P9_S_DIRECTORY ? P9_QT_DIRECTORY : kind == P9_S_LINK ? P9_QT_LINK : 0),
        .version = (uint32_t)found.changed.seconds ^ found.changed.nanoseconds,
        /* Another file system below the directory has inode numbers of its own. */
        .path = status->device == session->device ? found.inode : found.inode ^ status->device << 24,
    };
    return 0;
}

int serve_getattr(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    struct p9_status status;

    if (!fid)
        return -EBADF;
    int error = look_at(session, fid->descriptor, &status);

    if (error)
        return error;
    status.device = 0;          /* in 9P that of a device file */
    p9_put_status(&exchange->answer, &status);
    return 0;
}

int serve_statfs(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    struct linux_statfs found;

    if (!fid)
        return -EBADF;
    long error = sys(SYS_fstatfs, fid->descriptor, &found);

    if (error)
        return (int)error;
    const struct p9_space space = {
        .type = (uint32_t)found.type,
        .block_size = (uint32_t)found.block_size,
        .blocks = found.blocks,
        .free = found.free,
        .available = found.available,
        .files = found.files,
        .files_free = found.files_free,
        .id = found.id,
        .name_max = (uint32_t)found.name_max,
    };

    p9_put_space(&exchange->answer, &space);
    return 0;
}

static int set_size(const struct fid *fid, uint64_t size)
{
    struct descriptor_path path = path_of(fid);

    if (fid->kind != P9_S_FILE)
        return fid->kind == P9_S_DIRECTORY ? -EISDIR : -EINVAL;
    return (int)(fid->writable ? sys(SYS_ftruncate, fid->descriptor, size) : sys(SYS_truncate, path.text, size));
}

static struct linux_timespec time_to_set(uint32_t valid, uint32_t now, uint32_t to, const struct p9_time *time)
{
    if (valid & to)
        return (struct linux_timespec){ (int64_t)time->seconds, (int64_t)time->nanoseconds };
    return (struct linux_timespec){ 0, valid & now ? LINUX_UTIME_NOW : LINUX_UTIME_OMIT };
}

static int set_times(const struct fid *fid, const struct p9_change *change)
{
    struct descriptor_path path = path_of(fid);
    const struct linux_timespec times[2] = {
        time_to_set(change->valid, P9_SET_ACCESSED, P9_SET_ACCESSED_TO, &change->accessed),
        time_to_set(change->valid, P9_SET_MODIFIED, P9_SET_MODIFIED_TO, &change->modified),
    };

    return (int)sys(SYS_utimensat, AT_FDCWD, path.text, times, 0);
}

/* Files are the server's user's and stay so: an owner can be "changed" to who it is. */
static int check_owner(const struct session *session, const struct fid *fid, const struct p9_change *change)
{
    struct p9_status status;
    int error = look_at(session, fid->descriptor, &status);

    if (error)
        return error;
    bool same = (!(change->valid & P9_SET_UID) || change->uid == status.uid) &&
                (!(change->valid & P9_SET_GID) || change->gid == status.gid);

    return same ? 0 : -EPERM;
}

int serve_setattr(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    struct p9_change change;
    int error = 0;

    p9_get_change(&exchange->request, &change);
    if (!fid)
        return -EBADF;
    if (exchange->request.bad)
        return -EINVAL;
    if (fid->kind == P9_S_LINK)
        return -EOPNOTSUPP;
    struct descriptor_path path = path_of(fid);

    if (change.valid & (P9_SET_UID | P9_SET_GID))
        error = check_owner(session, fid, &change);
    if (!error && (change.valid & P9_SET_SIZE))
        error = set_size(fid, change.size);
    /* Never set-uid or set-gid: the file is one of dom0's too. */
    if (!error && (change.valid & P9_SET_MODE))
        error = (int)sys(SYS_chmod, path.text, change.mode & PERMISSIONS);
    if (!error && (change.valid & (P9_SET_ACCESSED | P9_SET_MODIFIED)))
        error = set_times(fid, &change);
    return error;
}

/* --- names made and removed --- */

/* The qid of what has just been made. */
static int put_made(struct session *session, struct exchange *exchange, const struct fid *directory, const char *name)
{
    struct linux_open_how how = { .flags = O_PATH | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH };
    int descriptor = (int)sys(SYS_openat2, directory->descriptor, name, &how, sizeof how);
    struct p9_status status;

    if (descriptor < 0)
        return descriptor;
    int error = look_at(session, descriptor, &status);

    sys(SYS_close, descriptor);
    p9_put_qid(&exchange->answer, &status.qid);
    return error;
}

int serve_mkdir(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    char name[NAME_SIZE];
    int error = take_name(&exchange->request, name);
    uint32_t mode = p9_get32(&exchange->request) & PERMISSIONS;

    if (!fid || error)
        return fid ? error : -EBADF;
    error = (int)sys(SYS_mkdirat, fid->descriptor, name, mode);
    return error ? error : put_made(session, exchange, fid, name);
}

int serve_symlink(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    char name[NAME_SIZE], target[P9_TARGET_MAX];
    int error = take_name(&exchange->request, name);

    p9_get_text(&exchange->request, target, sizeof target);
    if (!fid || error)
        return fid ? error : -EBADF;
    if (exchange->request.bad)
        return -ENAMETOOLONG;
    error = (int)sys(SYS_symlinkat, target, fid->descriptor, name);
    return error ? error : put_made(session, exchange, fid, name);
}

int serve_readlink(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    char target[P9_TARGET_MAX];

    if (!fid)
        return -EBADF;
    if (fid->kind != P9_S_LINK)
        return -EINVAL;
    long length = sys(SYS_readlinkat, fid->descriptor, "", target, sizeof target);

    if (length < 0)
        return (int)length;
    p9_put_text(&exchange->answer, target, (size_t)length);
    return 0;
}

int serve_link(struct session *session, struct exchange *exchange)
{
    struct fid *directory = take_fid(session, &exchange->request), *fid = take_fid(session, &exchange->request);
    char name[NAME_SIZE];
    int error = take_name(&exchange->request, name);

    if (!directory || !fid || error)
        return directory && fid ? error : -EBADF;
    if (fid->kind == P9_S_DIRECTORY)
        return -EPERM;
    struct descriptor_path path = path_of(fid);

    return (int)sys(SYS_linkat, AT_FDCWD, path.text, directory->descriptor, name, AT_SYMLINK_FOLLOW);
}

int serve_rename(struct session *session, struct exchange *exchange)
{
    struct fid *from = take_fid(session, &exchange->request);
    char old[NAME_SIZE], new[NAME_SIZE];
    int error = take_name(&exchange->request, old);
    struct fid *to = take_fid(session, &exchange->request);

    if (!error)
        error = take_name(&exchange->request, new);
    if (!from || !to || error)
        return from && to ? error : -EBADF;
    return (int)sys(SYS_renameat2, from->descriptor, old, to->descriptor, new, 0);
}

int serve_unlink(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    char name[NAME_SIZE];
    int error = take_name(&exchange->request, name);
    uint32_t flags = p9_get32(&exchange->request);

    if (!fid || error)
        return fid ? error : -EBADF;
    return (int)sys(SYS_unlinkat, fid->descriptor, name, flags & P9_REMOVE_DIRECTORY ? AT_REMOVEDIR : 0);
}
