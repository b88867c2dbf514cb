/*
 * File systems and where in the tree they are. Paths reach a file system normalised, relative to its root: no leading
 * slash, no "." or ".."; its root is "".
 */
#ifndef LWD_POSIX_PATH_MOUNT_H
#define LWD_POSIX_PATH_MOUNT_H

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "posix/file/file.h"

#define MOUNT_PATH_MAX 1024

struct mount;
struct statvfs;

/* All return 0 or a negative errno and may block. Null: -EROFS for what would change something, else -ENOSYS. */
struct file_system {
    /* Opens, or makes with `mode` if `flags` has O_CREAT; the open file has one reference. Directories open too. */
    int (*open)(struct mount *mount, const char *path, int flags, mode_t mode, struct open_file **file);
    int (*status)(struct mount *mount, const char *path, bool follow, struct stat *status);
    int (*make_directory)(struct mount *mount, const char *path, mode_t mode);
    /* `directory`: which of rmdir and unlink is meant. */
    int (*remove)(struct mount *mount, const char *path, bool directory);
    int (*rename)(struct mount *mount, const char *from, const char *to);
    int (*link)(struct mount *mount, const char *from, const char *to);
    int (*make_symlink)(struct mount *mount, const char *target, const char *path);
    /* Fills in what it knows of room and flags. Null: nothing is free, and nothing can be changed. */
    int (*room)(struct mount *mount, const char *path, struct statvfs *room);
    ssize_t (*read_symlink)(struct mount *mount, const char *path, char *target, size_t size);
    int (*truncate)(struct mount *mount, const char *path, off_t size);
    int (*change_mode)(struct mount *mount, const char *path, mode_t mode);
    /* Access and modification time; tv_nsec may be UTIME_NOW or UTIME_OMIT. */
    int (*change_times)(struct mount *mount, const char *path, const struct timespec times[2]);
};

struct mount {
    const struct file_system *file_system;
    const char *at;             /* normalised; "" is the tree's root */
    struct mount *next;
};

/* Always there, at "": the image's ramdisk. */
extern struct mount root_mount;

/* Adds a mount, which the caller fills in and which stays. Where two cover a path, the longer `at` wins. */
void mount_add(struct mount *mount);

/*
 * Finds the file system for a path given by an application, relative to the folder `from` (normalised; null: the working
 * directory). `inside` becomes the path within it: in `buffer`, of MOUNT_PATH_MAX bytes, or part of `path`. Returns 0 or a
 * negative errno.
 */
int mount_resolve(const char *from, const char *path, struct mount **mount, const char **inside, char *buffer);

/* The path itself, normalised, from the root of the tree; `out` is of MOUNT_PATH_MAX bytes. */
int mount_absolute(const char *from, const char *path, char *out);

#endif
