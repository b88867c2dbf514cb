/*
 * The calls that take a path. So far every path is in the read-only root.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "posix/file.h"
#include "posix/result.h"

int open(const char *path, int flags, ...)
{
    struct open_file *file;
    int error = root_open(path, flags, &file);

    if (error)
        return (int)posix_result(error);
    int descriptor = descriptor_install(file, 0);

    if (descriptor < 0)
        file->operations->release(file);
    return (int)posix_result(descriptor);
}

int stat(const char *restrict path, struct stat *restrict status)
{
    return (int)posix_result(root_status(path, status));
}

int lstat(const char *restrict path, struct stat *restrict status)
{
    return stat(path, status);
}

int access(const char *path, int mode)
{
    struct stat status;
    int error = root_status(path, &status);

    if (!error && (mode & W_OK))
        error = -EROFS;
    else if (!error && (mode & X_OK) && !(status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
        error = -EACCES;
    return (int)posix_result(error);
}

/* Changing a read-only file system: what is not there cannot be changed, what is there may not be. */
static int refuse_change(const char *path)
{
    struct stat status;
    int error = root_status(path, &status);

    return (int)posix_result(error ? error : -EROFS);
}

int unlink(const char *path)
{
    return refuse_change(path);
}

int rename(const char *from, const char *to)
{
    (void)to;
    return refuse_change(from);
}

int link(const char *from, const char *to)
{
    (void)to;
    return refuse_change(from);
}

int mkdir(const char *path, mode_t mode)
{
    struct stat status;

    (void)mode;
    return (int)posix_result(root_status(path, &status) ? -EROFS : -EEXIST);
}
