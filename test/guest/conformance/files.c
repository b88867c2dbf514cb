/*
 * Paths and directories. What changes files is left to the tests of volumes: the root of a domain cannot be changed.
 */
#include "conform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_relative(void)
{
    struct stat status, other;
    char byte, path[PATH_MAX], before[PATH_MAX];
    int folder = open(tree, O_RDONLY | O_DIRECTORY);

    begin_group("directories", "openat and its kin, AT_FDCWD, descriptors of folders and of files");
    CHECK(folder >= 0);
    int file = openat(folder, "lines.txt", O_RDONLY), deep = openat(folder, "deep", O_RDONLY | O_DIRECTORY);

    CHECK(file >= 0 && read(file, &byte, 1) == 1 && byte == 'o' && deep >= 0);
    CHECK(fstatat(deep, "er/copy.txt", &status, 0) == 0 && status.st_size == 14);
    CHECK(fstatat(deep, "../empty", &status, 0) == 0 && status.st_size == 0);
    CHECK(fstatat(folder, "", &status, AT_EMPTY_PATH) == 0 && S_ISDIR(status.st_mode));
    CHECK(fstatat(-1, tree, &status, AT_SYMLINK_NOFOLLOW) == 0 && fstatat(AT_FDCWD, tree, &other, 0) == 0);
    CHECK(status.st_ino == other.st_ino && status.st_dev == other.st_dev);
    CHECK(faccessat(deep, "er", R_OK, 0) == 0);
    CHECK_REFUSED(faccessat(deep, "none", F_OK, 0), ENOENT);
    CHECK_REFUSED(openat(file, "x", O_RDONLY), ENOTDIR);
    CHECK_REFUSED(openat(999, "x", O_RDONLY), EBADF);
    CHECK_REFUSED(openat(folder, "none", O_RDONLY), ENOENT);
    CHECK_REFUSED(openat(folder, "lines.txt", O_RDONLY | O_DIRECTORY), ENOTDIR);
    CHECK_REFUSED(readlinkat(folder, "lines.txt", path, sizeof path), EINVAL);
    CHECK_REFUSED(readlinkat(folder, "none", path, sizeof path), ENOENT);
    CHECK_REFUSED(unlinkat(folder, "none", 0), ENOENT);
    CHECK_REFUSED(unlinkat(folder, "none", 0x40000000), EINVAL);
    CHECK_REFUSED(renameat(folder, "none", folder, "other"), ENOENT);
    CHECK(getcwd(before, sizeof before) == before && fchdir(deep) == 0 && getcwd(path, sizeof path) == path);
    CHECK(stat("er/copy.txt", &status) == 0 && stat("./er/../er/copy.txt", &status) == 0);
    CHECK_REFUSED(fchdir(file), ENOTDIR);
    CHECK(chdir(before) == 0);
    CHECK_REFUSED(chdir("/none"), ENOENT);
    close(file);
    close(deep);
    close(folder);
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void check_listing(void)
{
    struct dirent **list = NULL, *entry;
    int seen = 0;

    begin_group("directory streams", "opendir, fdopendir, scandir");
    DIR *directory = opendir(tree);

    CHECK(directory != NULL && dirfd(directory) >= 0);
    while ((entry = readdir(directory)))
        seen += not_hidden(entry);
    CHECK(seen == 3);
    rewinddir(directory);
    CHECK(readdir(directory) != NULL);
    long place = telldir(directory);

    entry = readdir(directory);
    char name[NAME_MAX + 1] = "";

    if (entry)
        strcpy(name, entry->d_name);
    seekdir(directory, place);
    entry = readdir(directory);
    CHECK(entry && strcmp(entry->d_name, name) == 0);
    CHECK(closedir(directory) == 0);
    CHECK(scandir(tree, &list, not_hidden, alphasort) == 3);
    CHECK(list && strcmp(list[0]->d_name, "deep") == 0 && strcmp(list[2]->d_name, "lines.txt") == 0);
    for (int i = 0; list && i < 3; i++)
        free(list[i]);
    free(list);
    errno = 0;
    CHECK(opendir("/none") == NULL && errno == ENOENT);
    CHECK_REFUSED(scandir("/none", &list, NULL, NULL), ENOENT);
    int pipe_ends[2];

    CHECK(pipe(pipe_ends) == 0);
    errno = 0;
    CHECK(fdopendir(pipe_ends[0]) == NULL && errno == ENOTDIR);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static int visited, deepest, after;

static int visit(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    visited++;
    deepest = place->level > deepest ? place->level : deepest;
    after += kind == FTW_DP;
    return path[place->base] == '/' || status->st_nlink == 0;
}

static int stop(const char *path, const struct stat *status, int kind)
{
    (void)status;
    return path[0] && kind == FTW_F ? 42 : 0;
}

static void check_walking(void)
{
    begin_group("walking", "ftw, nftw");
    CHECK(nftw(tree, visit, 8, FTW_PHYS) == 0 && visited == 6 && deepest == 3 && after == 0);
    CHECK(nftw(tree, visit, 1, FTW_DEPTH) == 0 && visited == 12 && after == 3);
    CHECK(ftw(tree, stop, 8) == 42);
    CHECK_REFUSED(ftw("/none", stop, 8), ENOENT);
}

static void check_names(void)
{
    char path[PATH_MAX], resolved[PATH_MAX], wanted[PATH_MAX], long_name[PATH_MAX + 10];
    struct stat status;

    begin_group("paths of files", "stat, access, realpath, limits");
    snprintf(path, sizeof path, "%s/deep/./er/..//er/copy.txt", tree);
    snprintf(wanted, sizeof wanted, "%s/deep/er/copy.txt", tree);
    CHECK(realpath(path, resolved) == resolved && strcmp(resolved, wanted) == 0);
    CHECK(stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink >= 1 && status.st_blksize > 0);
    CHECK(access(path, R_OK) == 0 && access(path, F_OK) == 0);
    CHECK_REFUSED(access(path, 64), EINVAL);
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    CHECK_REFUSED(stat(long_name, &status), ENAMETOOLONG);
    CHECK_REFUSED(stat("", &status), ENOENT);
    snprintf(path, sizeof path, "%s/lines.txt/x", tree);
    CHECK_REFUSED(stat(path, &status), ENOTDIR);
    CHECK(pathconf("/", _PC_NAME_MAX) == 255 && pathconf("/", _PC_PATH_MAX) >= 1024);
    errno = 0;
    CHECK(getcwd(path, 1) == NULL && errno == ERANGE);
}

void check_files(void)
{
    check_relative();
    check_listing();
    check_walking();
    check_names();
}
