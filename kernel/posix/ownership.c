/*
 * Changing owners, and the mode of open files: asked for what is, the answer is yes; file systems of a domain change
 * neither.
 */
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/result.h"

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

int chown(const char *path, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(stat(path, &status), &status, user, group);
}

int lchown(const char *path, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(lstat(path, &status), &status, user, group);
}

int fchown(int descriptor, uid_t user, gid_t group)
{
    struct stat status;

    return change_owner(fstat(descriptor, &status), &status, user, group);
}

int fchmod(int descriptor, mode_t mode)
{
    struct stat status;

    if (fstat(descriptor, &status))
        return -1;
    return (int)posix_result((status.st_mode & 07777) == (mode & 07777) ? 0 : -EPERM);
}

int fchownat(int directory, const char *path, uid_t user, gid_t group, int flags)
{
    struct stat status;

    return change_owner(fstatat(directory, path, &status, flags), &status, user, group);
}

/* Times of open files are the file system's to set. */
int futimens(int descriptor, const struct timespec times[2])
{
    struct stat status;

    (void)times;
    return fstat(descriptor, &status) ? -1 : (int)posix_result(-EPERM);
}
