/*
 * A path without symbolic links, "." and "..": what programs compare paths by.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "posix/path/mount.h"
#include "posix/path/path.h"
#include "posix/result.h"

/* As many links as Linux follows. */
#define MAX_LINKS 40

/* What is done (`path`, absolute) and what is still to be looked at (`rest`). */
struct walk {
    char path[MOUNT_PATH_MAX];
    char rest[MOUNT_PATH_MAX];
    unsigned links;
};

/* Takes the first name off `rest`; its length, 0 at the end. */
static size_t next_name(struct walk *walk, char name[static MOUNT_PATH_MAX])
{
    char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");

    memcpy(name, start, length);
    name[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return length;
}

/* Puts the link's target in front of what is left. */
static int follow(struct walk *walk)
{
    char target[MOUNT_PATH_MAX];
    ssize_t length = readlink(walk->path, target, sizeof target);

    if (length < 0)
        return -errno;
    if (++walk->links > MAX_LINKS)
        return -ELOOP;
    if ((size_t)length + strlen(walk->rest) + 1 > sizeof walk->rest)
        return -ENAMETOOLONG;
    memmove(walk->rest + length, walk->rest, strlen(walk->rest) + 1);
    memcpy(walk->rest, target, (size_t)length);
    /* The target is relative to the folder that the link is in, or to the root. */
    *strrchr(walk->path, '/') = '\0';
    if (length > 0 && target[0] == '/')
        walk->path[0] = '\0';
    return 0;
}

static int enter(struct walk *walk, const char *name, size_t length)
{
    struct stat status;
    size_t end = strlen(walk->path);

    if (strcmp(name, ".") == 0)
        return 0;
    if (strcmp(name, "..") == 0) {
        if (end > 0)
            *strrchr(walk->path, '/') = '\0';
        return 0;
    }
    if (end + 1 + length + 1 > sizeof walk->path)
        return -ENAMETOOLONG;
    walk->path[end] = '/';
    strcpy(walk->path + end + 1, name);
    if (lstat(walk->path, &status))
        return -errno;
    if (S_ISLNK(status.st_mode))
        return follow(walk);
    return walk->rest[0] != '\0' && !S_ISDIR(status.st_mode) ? -ENOTDIR : 0;
}

static int walk_path(struct walk *walk, const char *path)
{
    char name[MOUNT_PATH_MAX];
    size_t length;

    walk->links = 0;
    walk->path[0] = '\0';
    if (path[0] == '\0')
        return -ENOENT;
    if (path[0] != '/' && !getcwd(walk->path, sizeof walk->path))
        return -errno;
    if (strcmp(walk->path, "/") == 0)
        walk->path[0] = '\0';
    if (strlen(path) >= sizeof walk->rest)
        return -ENAMETOOLONG;
    strcpy(walk->rest, path);
    while ((length = next_name(walk, name)) > 0) {
        int error = enter(walk, name, length);

        if (error)
            return error;
    }
    if (walk->path[0] == '\0')
        strcpy(walk->path, "/");
    return 0;
}

/* `resolved`, of PATH_MAX bytes, or memory that the caller frees where it is null. */
char *realpath(const char *restrict path, char *restrict resolved)
{
    struct walk *walk = path ? malloc(sizeof *walk) : NULL;

    if (!walk) {
        errno = path ? ENOMEM : EINVAL;
        return NULL;
    }
    int error = walk_path(walk, path);
    char *result = NULL;

    if (error)
        errno = -error;
    else
        result = resolved ? strcpy(resolved, walk->path) : strdup(walk->path);
    free(walk);
    return result;
}
