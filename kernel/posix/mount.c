/*
 * The tree of mounts, and the working directory.
 */
#include "posix/mount.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "posix/devices.h"
#include "posix/path.h"
#include "posix/result.h"
#include "posix/volume.h"

static struct mount *mounts = &devices_mount;

/* Normalised: "" is the root. */
static char working_directory[MOUNT_PATH_MAX];

void mount_add(struct mount *mount)
{
    mount->next = mounts;
    mounts = mount;
}

/* Where `path` goes on behind `prefix`, or null if it is not below it. */
static const char *below(const char *path, const char *prefix)
{
    size_t length = strlen(prefix);

    if (length == 0)
        return path;
    if (strncmp(path, prefix, length) != 0)
        return NULL;
    if (path[length] == '\0')
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

static int absolute(const char *path, char *out)
{
    char joined[2 * MOUNT_PATH_MAX];
    size_t length = strlen(path);

    if (length >= MOUNT_PATH_MAX)
        return -ENAMETOOLONG;
    if (length == 0)
        return -ENOENT;
    if (path[0] == '/')
        return path_normalise(path, out, MOUNT_PATH_MAX);
    size_t used = strlen(working_directory);

    memcpy(joined, working_directory, used);
    joined[used++] = '/';
    memcpy(joined + used, path, length + 1);
    return path_normalise(joined, out, MOUNT_PATH_MAX);
}

int mount_resolve(const char *path, struct mount **found, char *inside)
{
    char whole[MOUNT_PATH_MAX];
    const char *rest = NULL;
    int error = absolute(path, whole);

    if (error)
        return error;
    volumes_mount();
    *found = NULL;
    for (struct mount *mount = mounts; mount; mount = mount->next) {
        const char *candidate = below(whole, mount->at);

        if (candidate && (!*found || strlen(mount->at) > strlen((*found)->at))) {
            *found = mount;
            rest = candidate;
        }
    }
    if (!*found)
        return -ENOENT;
    strcpy(inside, rest);
    return 0;
}

int chdir(const char *path)
{
    char whole[MOUNT_PATH_MAX];
    struct stat status;
    int error = absolute(path, whole);

    if (error)
        return (int)posix_result(error);
    if (stat(path, &status))
        return -1;
    if (!S_ISDIR(status.st_mode))
        return (int)posix_result(-ENOTDIR);
    strcpy(working_directory, whole);
    return 0;
}

char *getcwd(char *buffer, size_t size)
{
    size_t length = strlen(working_directory) + 1;

    if (!buffer || size <= length) {
        errno = buffer ? ERANGE : EINVAL;
        return NULL;
    }
    buffer[0] = '/';
    strcpy(buffer + 1, working_directory);
    return buffer;
}
