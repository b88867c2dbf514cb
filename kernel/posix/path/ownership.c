/*
 * Changing owners: asked for what is, the answer is yes; no file system of a domain changes them. And modes and times of
 * open files, which a host directory does.
 */
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/file/file.h"
#include "posix/result.h"
#include "posix/shortfall.h"

static bool owned(const struct stat *status, uid_t user, gid_t group)
{
    return (user == (uid_t)-1 || user == status->st_uid) && (group == (gid_t)-1 || group == status->st_gid);
}

static int change_owner(int error, const struct stat *status, uid_t user, gid_t group)
{
    if (error)
        return error;
    return (int)posix_result(owned(status, user, group) ? 0 : -EPERM);
}

POSIX_FIXED(chown, EPERM, "no file system here changes owners");
int chown(const char *path, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(stat(path, &status), &status, user, group);
}

POSIX_FIXED(lchown, EPERM, "no file system here changes owners");
int lchown(const char *path, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(lstat(path, &status), &status, user, group);
}

POSIX_FIXED(fchown, EPERM, "no file system here changes owners");
int fchown(int descriptor, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(fstat(descriptor, &status), &status, user, group);
}

/* Where nobody changes it, what is there already can be asked for. */
int fchmod(int descriptor, mode_t mode)
{
    struct open_file *file = file_get(descriptor);
    struct stat status;

    if (!file)
        return (int)posix_result(-EBADF);
    int error;

    if (file->operations->change_mode) {
        error = file->operations->change_mode(file, mode);
    } else {
        error = file->operations->status(file, &status);
        if (!error && (status.st_mode & 07777) != (mode & 07777))
            error = -EPERM;
    }
    file_put(file);
    return (int)posix_result(error);
}

POSIX_FIXED(fchownat, EPERM, "no file system here changes owners");
int fchownat(int directory, const char *path, uid_t user, gid_t group, int flags)
{
    struct stat status;

    return change_owner(fstatat(directory, path, &status, flags), &status, user, group);
}

static bool is_time(const struct timespec *time)
{
    return time->tv_nsec == UTIME_NOW || time->tv_nsec == UTIME_OMIT || (time->tv_nsec >= 0 && time->tv_nsec < 1000000000);
}

int futimens(int descriptor, const struct timespec times[2])
{
    static const struct timespec now[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
    struct open_file *file = file_get(descriptor);
    int error = -EPERM;

    if (!file)
        return (int)posix_result(-EBADF);
    if (times && !(is_time(&times[0]) && is_time(&times[1])))
        error = -EINVAL;
    else if (file->operations->change_times)
        error = file->operations->change_times(file, times ? times : now);
    file_put(file);
    return (int)posix_result(error);
}
