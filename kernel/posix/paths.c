/*
 * The calls that take a path: to the file system that has it.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/time.h>
#include <unistd.h>

#include "posix/mount.h"
#include "posix/result.h"

/* A resolved path, on the caller's stack. */
struct place {
    struct mount *mount;
    const char *path;
    char buffer[MOUNT_PATH_MAX];
};

static int resolve(const char *path, struct place *place)
{
    return mount_resolve(path, &place->mount, &place->path, place->buffer);
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

int open(const char *path, int flags, ...)
{
    struct place place;
    struct open_file *file;
    va_list args;
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_start(args, flags);
        mode = va_arg(args, mode_t) & ~creation_mask;
        va_end(args);
    }
    int error = resolve(path, &place);

    if (!error)
        error = CALL(place, open, -ENOSYS, flags, mode, &file);
    return error ? (int)posix_result(error) : descriptor_open(file);
}

int creat(const char *path, mode_t mode)
{
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static int status_of(const char *path, bool follow, struct stat *status)
{
    struct place place;
    int error = resolve(path, &place);

    return error ? error : CALL(place, status, -ENOSYS, follow, status);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return (int)posix_result(status_of(path, true, status));
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    return (int)posix_result(status_of(path, false, status));
}

int access(const char *path, int mode)
{
    struct stat status;
    int error = status_of(path, true, &status);

    /* There is one user, who owns everything. */
    if (!error && (mode & W_OK) && !(status.st_mode & S_IWUSR))
        error = -EACCES;
    if (!error && (mode & X_OK) && !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        error = -EACCES;
    return (int)posix_result(error);
}

int mkdir(const char *path, mode_t mode)
{
    struct place place;
    struct stat status;
    int error = resolve(path, &place);

    if (!error && !place.mount->file_system->make_directory)
        error = CALL(place, status, -ENOSYS, true, &status) ? -EROFS : -EEXIST;
    else if (!error)
        error = CALL(place, make_directory, -EROFS, mode & ~creation_mask);
    return (int)posix_result(error);
}

static int remove_path(const char *path, bool directory)
{
    struct place place;
    int error = resolve(path, &place);

    if (!error)
        error = CALL(place, remove, refuse_change(&place), directory);
    return (int)posix_result(error);
}

int unlink(const char *path)
{
    return remove_path(path, false);
}

int rmdir(const char *path)
{
    return remove_path(path, true);
}

/* Both ends must be in one file system. */
static int resolve_pair(const char *from, const char *to, struct place *source, struct place *target)
{
    int error = resolve(from, source);

    if (!error)
        error = resolve(to, target);
    if (!error && source->mount != target->mount)
        error = -EXDEV;
    return error;
}

int rename(const char *from, const char *to)
{
    struct place source, target;
    int error = resolve_pair(from, to, &source, &target);

    if (!error)
        error = CALL(source, rename, refuse_change(&source), target.path);
    return (int)posix_result(error);
}

int link(const char *from, const char *to)
{
    struct place source, target;
    int error = resolve_pair(from, to, &source, &target);

    if (!error)
        error = CALL(source, link, refuse_change(&source), target.path);
    return (int)posix_result(error);
}

/* Paths are the root's or the working directory's; no open folder stands for another. */
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    if ((from_folder != AT_FDCWD && from[0] != '/') || (to_folder != AT_FDCWD && to[0] != '/'))
        return (int)posix_result(-ENOSYS);
    if (flags & ~AT_SYMLINK_FOLLOW)
        return (int)posix_result(-EINVAL);
    return link(from, to);
}

int symlink(const char *target, const char *path)
{
    struct place place;
    int error = resolve(path, &place);

    if (!error && !place.mount->file_system->make_symlink)
        error = -EROFS;
    else if (!error)
        error = place.mount->file_system->make_symlink(place.mount, target, place.path);
    return (int)posix_result(error);
}

ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
    struct place place;
    ssize_t result = resolve(path, &place);

    if (!result)
        result = CALL(place, read_symlink, -EINVAL, target, size);
    return posix_result(result);
}

int truncate(const char *path, off_t size)
{
    struct place place;
    int error = size < 0 ? -EINVAL : resolve(path, &place);

    if (!error)
        error = CALL(place, truncate, refuse_change(&place), size);
    return (int)posix_result(error);
}

int chmod(const char *path, mode_t mode)
{
    struct place place;
    int error = resolve(path, &place);

    if (!error)
        error = CALL(place, change_mode, refuse_change(&place), mode);
    return (int)posix_result(error);
}

static int change_times(const char *path, const struct timespec times[2])
{
    static const struct timespec now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
    struct place place;
    int error = resolve(path, &place);

    if (!error)
        error = CALL(place, change_times, refuse_change(&place), times ? times : now);
    return (int)posix_result(error);
}

int utimes(const char *path, const struct timeval times[2])
{
    if (!times)
        return change_times(path, NULL);
    const struct timespec precise[2] = {
        { times[0].tv_sec, times[0].tv_usec * 1000 },
        { times[1].tv_sec, times[1].tv_usec * 1000 },
    };

    return change_times(path, precise);
}
