/*
 * The tree of mounts, and the working directory.
 */
#include "posix/path/mount.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix/path/devices.h"
#include "posix/path/path.h"
#include "posix/path/volume.h"
#include "posix/result.h"

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
    if (*prefix == '\0')
        return path;
    for (; *prefix; prefix++, path++)
        if (*path != *prefix)
            return NULL;
    if (*path == '\0')
        return path;
    return *path == '/' ? path + 1 : NULL;
}

int mount_absolute(const char *from, const char *path, char *out)
{
    char joined[2 * MOUNT_PATH_MAX];
    size_t length = strlen(path);

    if (length >= MOUNT_PATH_MAX)
        return -ENAMETOOLONG;
    if (length == 0)
        return -ENOENT;
    if (path[0] == '/')
        return path_normalise(path, out, MOUNT_PATH_MAX);
    if (!from)
        from = working_directory;
    size_t used = strlen(from);

    memcpy(joined, from, used);
    joined[used++] = '/';
    memcpy(joined + used, path, length + 1);
    return path_normalise(joined, out, MOUNT_PATH_MAX);
}

/* The path as mounts have it: what the application gave, where that is so already, else in `buffer`. */
static int normal_form(const char *from, const char *path, const char **normal, char *buffer)
{
    *normal = path + 1;
    if (*path == '/' && path_is_normal(path + 1, MOUNT_PATH_MAX - 1))
        return 0;
    *normal = buffer;
    return mount_absolute(from, path, buffer);
}

int mount_resolve(const char *from, const char *path, struct mount **found, const char **inside, char *buffer)
{
    const char *whole, *rest = NULL;
    int error = normal_form(from, path, &whole, buffer);

    if (error)
        return error;
    volumes_mount();
    /* What is below a longer prefix goes on later. */
    for (struct mount *mount = mounts; mount; mount = mount->next) {
        const char *candidate = below(whole, mount->at);

        if (candidate && (!rest || candidate > rest)) {
            *found = mount;
            rest = candidate;
        }
    }
    *inside = rest;
    return rest ? 0 : -ENOENT;
}

int chdir(const char *path)
{
    char whole[MOUNT_PATH_MAX];
    struct stat status;
    int error = mount_absolute(NULL, path, whole);

    if (error)
        return (int)posix_result(error);
    if (stat(path, &status))
        return -1;
    if (!S_ISDIR(status.st_mode))
        return (int)posix_result(-ENOTDIR);
    strcpy(working_directory, whole);
    return 0;
}

int fchdir(int descriptor)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    int error = file->location ? 0 : -ENOTDIR;

    if (!error)
        strcpy(working_directory, file->location);
    file_put(file);
    return (int)posix_result(error);
}

/* Null: the caller gets memory, as much as it takes if `size` is 0. */
char *getcwd(char *buffer, size_t size)
{
    size_t length = strlen(working_directory) + 2;
    int error = !buffer && size == 0 ? 0 : size == 0 ? EINVAL : size < length ? ERANGE : 0;
    char *out = error ? NULL : buffer ? buffer : malloc(size ? size : length);

    if (!out) {
        errno = error ? error : ENOMEM;
        return NULL;
    }
    out[0] = '/';
    return strcpy(out + 1, working_directory) - 1;
}

char *get_current_dir_name(void)
{
    return getcwd(NULL, 0);
}

/* `buffer` has PATH_MAX bytes. */
char *getwd(char *buffer)
{
    return getcwd(buffer, MOUNT_PATH_MAX + 1);
}
