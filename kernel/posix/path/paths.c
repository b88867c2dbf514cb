/*
 * The calls that take a path: to the file system that has it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix/path/mount.h"
#include "posix/result.h"

/* A resolved path, on the caller's stack. */
struct place {
    struct mount *mount;
    const char *path;
    char buffer[MOUNT_PATH_MAX];
};

/* `directory` is a descriptor, which counts for relative paths, or AT_FDCWD. */
static int resolve(int directory, const char *path, struct place *place)
{
    if (directory == AT_FDCWD || path[0] == '/')
        return mount_resolve(NULL, path, &place->mount, &place->path, place->buffer);
    struct open_file *file = file_get(directory);

    if (!file)
        return -EBADF;
    int error = file->location ? mount_resolve(file->location, path, &place->mount, &place->path, place->buffer)
                               : -ENOTDIR;

    file_put(file);
    return error;
}

/* Calls an operation of the place's file system, or has `missing` for an answer. */
#define CALL(place, operation, missing, ...)                                                        \
    ((place).mount->file_system->operation                                                          \
         ? (place).mount->file_system->operation((place).mount, (place).path __VA_OPT__(, ) __VA_ARGS__) \
         : (missing))

/* What a file system without an operation answers: it changes nothing, if there is anything to change. */
static int refuse_change(const struct place *place)
{
    struct stat status;
    int error = CALL(*place, status, -ENOSYS, false, &status);

    return error ? error : -EROFS;
}

/* Permissions that new files and folders do not get. */
static mode_t creation_mask = 022;

mode_t umask(mode_t mask)
{
    mode_t before = creation_mask;

    creation_mask = mask & 0777;
    return before;
}

static void forget_location(struct open_file *file)
{
    free(file->location);
}

/* A directory remembers where it is, for what is opened relative to it. */
static int note_location(int directory, const char *path, struct open_file *file)
{
    char whole[MOUNT_PATH_MAX];
    struct open_file *base = directory == AT_FDCWD || path[0] == '/' ? NULL : file_get(directory);
    int error = mount_absolute(base ? base->location : NULL, path, whole);

    if (base)
        file_put(base);
    file->location = error ? NULL : strdup(whole);
    file_forget_location = forget_location;
    return file->location ? 0 : -ENOMEM;
}

static int open_at(int directory, const char *path, int flags, mode_t mode)
{
    thread_cancellation_point();
    struct place place;
    struct open_file *file;
    int error = resolve(directory, path, &place);

    if (!error)
        error = CALL(place, open, -ENOSYS, flags, mode & ~creation_mask, &file);
    if (error)
        return (int)posix_result(error);
    if (unlikely(file->operations->list != NULL) && note_location(directory, path, file)) {
        file_put(file);
        return (int)posix_result(-ENOMEM);
    }
    return descriptor_close_on_exec(descriptor_open(file), flags & O_CLOEXEC);
}

/* The mode, which is there only for files that may be made. */
#define MODE_OF(flags)                          \
    ({                                          \
        mode_t mode_ = 0;                       \
                                                \
        if ((flags) & O_CREAT) {                \
            va_list args_;                      \
                                                \
            va_start(args_, flags);             \
            mode_ = va_arg(args_, mode_t);      \
            va_end(args_);                      \
        }                                       \
        mode_;                                  \
    })

int open(const char *path, int flags, ...)
{
    return open_at(AT_FDCWD, path, flags, MODE_OF(flags));
}

int openat(int directory, const char *path, int flags, ...)
{
    return open_at(directory, path, flags, MODE_OF(flags));
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static int status_of(int directory, const char *path, bool follow, struct stat *status)
{
    struct place place;
    int error = resolve(directory, path, &place);

    return error ? error : CALL(place, status, -ENOSYS, follow, status);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return (int)posix_result(status_of(AT_FDCWD, path, true, status));
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    return (int)posix_result(status_of(AT_FDCWD, path, false, status));
}

int fstatat(int directory, const char *restrict path, struct stat *restrict status, int flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return (int)posix_result(-EINVAL);
    if ((flags & AT_EMPTY_PATH) && path[0] == '\0')
        return directory == AT_FDCWD ? stat(".", status) : fstat(directory, status);
    return (int)posix_result(status_of(directory, path, !(flags & AT_SYMLINK_NOFOLLOW), status));
}

/* There is one user, who owns everything and may do anything but what the file system does not let anybody. */
int faccessat(int directory, const char *path, int mode, int flags)
{
    struct place place;
    struct stat status;

    if ((mode & ~(R_OK | W_OK | X_OK)) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW)))
        return (int)posix_result(-EINVAL);
    int error = resolve(directory, path, &place);

    if (!error)
        error = CALL(place, status, -ENOSYS, !(flags & AT_SYMLINK_NOFOLLOW), &status);
    bool changeable = !error && (place.mount->file_system->remove || S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));

    if (!error && (mode & W_OK) && !changeable)
        error = -EROFS;
    if (!error && (mode & W_OK) && !(status.st_mode & S_IWUSR))
        error = -EACCES;
    if (!error && (mode & X_OK) && !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        error = -EACCES;
    return (int)posix_result(error);
}

int access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, 0);
}

/* Who is asked about and who a program has become are the same. */
int eaccess(const char *path, int mode)
{
    return access(path, mode);
}

int euidaccess(const char *path, int mode)
{
    return access(path, mode);
}

int mkdirat(int directory, const char *path, mode_t mode)
{
    struct place place;
    struct stat status;
    int error = resolve(directory, path, &place);

    if (!error && !place.mount->file_system->make_directory)
        error = CALL(place, status, -ENOSYS, true, &status) ? -EROFS : -EEXIST;
    else if (!error)
        error = CALL(place, make_directory, -EROFS, mode & ~creation_mask);
    return (int)posix_result(error);
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

int unlinkat(int directory, const char *path, int flags)
{
    struct place place;

    if (flags & ~AT_REMOVEDIR)
        return (int)posix_result(-EINVAL);
    int error = resolve(directory, path, &place);

    if (!error)
        error = CALL(place, remove, refuse_change(&place), (flags & AT_REMOVEDIR) != 0);
    return (int)posix_result(error);
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

/* The end of a path that is to be, or to be found; both must be in one file system. */
static int resolve_target(int directory, const char *path, const struct place *source, struct place *target)
{
    int error = resolve(directory, path, target);

    return !error && source->mount != target->mount ? -EXDEV : error;
}

int renameat(int from_directory, const char *from, int to_directory, const char *to)
{
    struct place source, target;
    int error = resolve(from_directory, from, &source);

    if (!error)
        error = resolve_target(to_directory, to, &source, &target);
    if (!error)
        error = CALL(source, rename, refuse_change(&source), target.path);
    return (int)posix_result(error);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int linkat(int from_directory, const char *from, int to_directory, const char *to, int flags)
{
    struct place source, target;

    if (flags & ~AT_SYMLINK_FOLLOW)
        return (int)posix_result(-EINVAL);
    int error = resolve(from_directory, from, &source);

    if (!error)
        error = resolve_target(to_directory, to, &source, &target);
    if (!error)
        error = CALL(source, link, refuse_change(&source), target.path);
    return (int)posix_result(error);
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int symlinkat(const char *target, int directory, const char *path)
{
    struct place place;
    int error = resolve(directory, path, &place);

    if (!error && !place.mount->file_system->make_symlink)
        error = -EROFS;
    else if (!error)
        error = place.mount->file_system->make_symlink(place.mount, target, place.path);
    return (int)posix_result(error);
}

int symlink(const char *target, const char *path)
{
    return symlinkat(target, AT_FDCWD, path);
}

ssize_t readlinkat(int directory, const char *restrict path, char *restrict target, size_t size)
{
    struct place place;
    struct stat status;
    ssize_t result = resolve(directory, path, &place);

    if (!result && !place.mount->file_system->read_symlink)
        result = CALL(place, status, -ENOSYS, false, &status);
    if (!result)
        result = CALL(place, read_symlink, -EINVAL, target, size);
    return posix_result(result);
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
    return readlinkat(AT_FDCWD, path, target, size);
}

int truncate(const char *path, off_t size)
{
    struct place place;
    int error = size < 0 ? -EINVAL : resolve(AT_FDCWD, path, &place);

    if (!error)
        error = CALL(place, truncate, refuse_change(&place), size);
    return (int)posix_result(error);
}

int fchmodat(int directory, const char *path, mode_t mode, int flags)
{
    struct place place;

    if (flags & ~AT_SYMLINK_NOFOLLOW)
        return (int)posix_result(-EINVAL);
    int error = resolve(directory, path, &place);

    if (!error)
        error = CALL(place, change_mode, refuse_change(&place), mode);
    return (int)posix_result(error);
}

int chmod(const char *path, mode_t mode)
{
    return fchmodat(AT_FDCWD, path, mode, 0);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags)
{
    static const struct timespec now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
    struct place place;

    if (flags & ~AT_SYMLINK_NOFOLLOW)
        return (int)posix_result(-EINVAL);
    int error = resolve(directory, path, &place);

    if (!error)
        error = CALL(place, change_times, refuse_change(&place), times ? times : now);
    return (int)posix_result(error);
}
