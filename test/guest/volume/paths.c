/*
 * A host directory's names: status, directories, removal, what is refused, and a directory that is only to be read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "volume.h"

TEST(status)
{
    struct stat root, file, again;

    check_equal(stat("/data", &root), 0);
    check(S_ISDIR(root.st_mode));
    make_file("/data/status", "12345");
    check_equal(stat("/data/./sub/../status", &file), 0);
    check(S_ISREG(file.st_mode));
    check_equal(file.st_size, 5);
    check(file.st_ino != root.st_ino && file.st_dev == root.st_dev);
    check(file.st_mtime > 1700000000);
    check_equal(lstat("/data/status", &again), 0);
    check_equal(again.st_ino, file.st_ino);
    check_equal(access("/data/status", R_OK | W_OK), 0);
    check_refused(stat("/data/none", &file), ENOENT);
    check_refused(stat("/data/none/below", &file), ENOENT);
    check_refused(stat("/data/status/below", &file), ENOTDIR);
}

TEST(opening)
{
    check_refused(open("/data/none", O_RDONLY), ENOENT);
    check_refused(open("/data/none/file", O_CREAT | O_WRONLY, 0644), ENOENT);
    check_refused(open("/data/status/file", O_CREAT | O_WRONLY, 0644), ENOTDIR);
    check_refused(open("/data/status", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
    check_refused(open("/data/status", O_RDONLY | O_DIRECTORY), ENOTDIR);
    check_refused(open("/data", O_WRONLY), EISDIR);
    int file = open("/data/exclusive", O_CREAT | O_EXCL | O_RDWR, 0600);

    check(file >= 0);
    close(file);
    make_file("/data/emptied", "something");
    file = open("/data/emptied", O_WRONLY | O_TRUNC);
    check(file >= 0);
    close(file);
    check_content("/data/emptied", "");
}

TEST(names)
{
    char path[300] = "/data/";

    memset(path + 6, 'n', 255);
    make_file(path, "long");
    check_content(path, "long");
    check_equal(unlink(path), 0);
    path[6 + 255] = 'n';
    check_refused(open(path, O_CREAT | O_WRONLY, 0644), ENAMETOOLONG);
    make_file("/data/größe und leer ✓", "utf-8");
    check_content("/data/größe und leer ✓", "utf-8");
    make_file("/data/-%s\\\"$(x)", "odd");
    check_content("/data/-%s\\\"$(x)", "odd");
}

TEST(directories)
{
    char path[200] = "/data/deep";

    check_equal(mkdir(path, 0755), 0);
    check_refused(mkdir(path, 0755), EEXIST);
    check_refused(mkdir("/data/none/dir", 0755), ENOENT);
    check_refused(mkdir("/data", 0755), EEXIST);
    /* More names than one walk takes. */
    for (int i = 0; i < 20; i++) {
        strcat(path, "/d");
        check_equal(mkdir(path, 0755), 0);
    }
    strcat(path, "/file");
    make_file(path, "at the bottom");
    check_content(path, "at the bottom");
    check_refused(unlink("/data/deep"), EISDIR);
    check_refused(rmdir("/data/deep"), ENOTEMPTY);
    check_refused(rmdir(path), ENOTDIR);
    check_refused(rmdir("/data/none"), ENOENT);
}

TEST(working_directory)
{
    make_file("/data/deep/here", "relative");
    check_equal(chdir("/data/deep"), 0);
    check_content("here", "relative");
    check_content("../deep/here", "relative");
    check_refused(chdir("here"), ENOTDIR);
    check_equal(chdir("/"), 0);
}

TEST(removing)
{
    struct stat status;

    make_file("/data/gone", "x");
    check_equal(unlink("/data/gone"), 0);
    check_refused(stat("/data/gone", &status), ENOENT);
    check_refused(unlink("/data/gone"), ENOENT);
    check_refused(unlink("/data"), EISDIR);
    check_equal(remove("/data/exclusive"), 0);
}

TEST(between_file_systems)
{
    check_refused(rename("/data/status", "/fixed/other"), EXDEV);
    check_refused(link("/data/status", "/other"), EXDEV);
}

/* The runner has made them. */
#define MANY 1000

static int number_of(const struct dirent *entry)
{
    int number = -1;

    return sscanf(entry->d_name, "entry-%d", &number) == 1 ? number : -1;
}

TEST(a_thousand_entries)
{
    static char seen[MANY];
    int count = 0;
    DIR *directory = opendir("/data/many");
    struct dirent *entry;

    check(directory != NULL);
    errno = 0;
    while ((entry = readdir(directory))) {
        int number = number_of(entry);

        if (number < 0)
            continue;
        check(number < MANY && !seen[number]);
        check_equal(entry->d_type, DT_REG);
        seen[number] = 1;
        count++;
    }
    check_equal(errno, 0);
    check_equal(count, MANY);
    closedir(directory);
}

TEST(going_back_in_a_directory)
{
    DIR *directory = opendir("/data/many");
    char first[256], later[256];

    strcpy(first, readdir(directory)->d_name);
    for (int i = 0; i < 100; i++)
        readdir(directory);
    long position = telldir(directory);

    strcpy(later, readdir(directory)->d_name);
    for (int i = 0; i < 300; i++)
        readdir(directory);
    seekdir(directory, position);
    check_text(readdir(directory)->d_name, later);
    rewinddir(directory);
    check_text(readdir(directory)->d_name, first);
    closedir(directory);
    check(opendir("/data/status") == NULL);
    check_equal(errno, ENOTDIR);
}

TEST(many_open_files)
{
    enum { COUNT = 60 };
    int files[COUNT];
    char text[10];

    for (int i = 0; i < COUNT; i++) {
        files[i] = open("/data/greeting", O_RDONLY);
        check(files[i] >= 0);
    }
    for (int i = 0; i < COUNT; i++) {
        check_equal(read(files[i], text, 4), 4);
        check_equal(close(files[i]), 0);
    }
}

TEST(only_to_be_read)
{
    struct stat status;

    check_content("/fixed/text", "fixed text\n");
    check_equal(stat("/fixed/sub", &status), 0);
    check_refused(open("/fixed/text", O_WRONLY), EROFS);
    check_refused(open("/fixed/text", O_RDONLY | O_TRUNC), EROFS);
    check_refused(open("/fixed/new", O_CREAT | O_RDONLY, 0644), EROFS);
    check_refused(unlink("/fixed/text"), EROFS);
    check_refused(mkdir("/fixed/dir", 0755), EROFS);
    check_refused(chmod("/fixed/text", 0600), EROFS);
    check_refused(rename("/fixed/text", "/fixed/other"), EROFS);
    int file = open("/fixed/text", O_RDONLY | O_CREAT, 0644);

    check(file >= 0);
    close(file);
}
