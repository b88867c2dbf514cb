/*
 * The read-only root, the console, and the descriptor table.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verdict.h"

static const char text[] = "first line\nsecond line\n\nlast line without newline";

#define LENGTH ((long)sizeof text - 1)

TEST(a_file_is_read_in_parts)
{
    char part[7], whole[100];
    long used = 0, count;
    int file = open("/text.txt", O_RDONLY);

    check(file > 2);
    while ((count = read(file, part, sizeof part)) > 0) {
        memcpy(whole + used, part, (size_t)count);
        used += count;
    }
    check_equal(count, 0);
    check_equal(used, LENGTH);
    check(memcmp(whole, text, LENGTH) == 0);
    check_equal(close(file), 0);
    check_refused(read(file, part, 1), EBADF);
    check_refused(close(file), EBADF);
}

TEST(stdio_reads_lines)
{
    char line[100];
    FILE *file = fopen("/data/deep/er/copy.txt", "r");

    check(file != NULL);
    check_text(fgets(line, sizeof line, file), "first line\n");
    check_equal(ftell(file), 11);
    check_equal(fseek(file, -7, SEEK_END), 0);
    check_text(fgets(line, sizeof line, file), "newline");
    check(fgets(line, sizeof line, file) == NULL);
    check(feof(file) && !ferror(file));
    rewind(file);
    check_equal(getc(file), 'f');
    check_equal(fclose(file), 0);
}

TEST(positions)
{
    char byte;
    int file = open("text.txt", O_RDONLY);

    check_equal(lseek(file, 6, SEEK_SET), 6);
    check_equal(read(file, &byte, 1), 1);
    check_equal(byte, 'l');
    check_equal(lseek(file, -1, SEEK_CUR), 6);
    check_equal(lseek(file, 0, SEEK_END), LENGTH);
    check_equal(read(file, &byte, 1), 0);
    check_equal(lseek(file, 1000, SEEK_SET), 1000);
    check_equal(read(file, &byte, 1), 0);
    check_refused(lseek(file, -1, SEEK_SET), EINVAL);
    check_refused(lseek(file, 0, 99), EINVAL);
    check_refused(lseek(0, 0, SEEK_CUR), ESPIPE);
    check_equal(close(file), 0);
}

TEST(duplicates_share_their_position)
{
    char byte;
    int file = open("/text.txt", O_RDONLY), other = dup(file);

    check(other > file);
    check_equal(read(file, &byte, 1), 1);
    check_equal(lseek(other, 0, SEEK_CUR), 1);
    check_equal(dup2(other, 77), 77);
    check_equal(close(file), 0);
    check_equal(close(other), 0);
    check_equal(read(77, &byte, 1), 1);
    check_equal(byte, 'i');
    check_equal(close(77), 0);
    check_refused(dup(77), EBADF);
    check_refused(dup2(77, 3), EBADF);
}

TEST(what_files_are)
{
    struct stat status;

    check_equal(stat("/text.txt", &status), 0);
    check_equal(status.st_size, LENGTH);
    check(S_ISREG(status.st_mode));
    check_equal(status.st_mode & 0222, 0);
    check_equal(stat("/data", &status), 0);
    check(S_ISDIR(status.st_mode));
    check_equal(stat("/data/deep/../empty", &status), 0);
    check_equal(status.st_size, 0);
    check_equal(stat("/", &status), 0);
    check(S_ISDIR(status.st_mode));
    check_equal(fstat(1, &status), 0);
    check(S_ISCHR(status.st_mode));
    check(isatty(1));
    check_refused(stat("/nothing", &status), ENOENT);
    check_refused(stat("", &status), ENOENT);
    check_refused(fstat(55, &status), EBADF);
}

TEST(the_root_cannot_be_changed)
{
    check_refused(open("/text.txt", O_WRONLY), EROFS);
    check_refused(open("/text.txt", O_RDWR), EROFS);
    check_refused(open("/text.txt", O_RDONLY | O_TRUNC), EROFS);
    check_refused(open("/new", O_WRONLY | O_CREAT, 0666), EROFS);
    check_refused(open("/data/deep/new", O_WRONLY | O_CREAT, 0666), EROFS);
    check_refused(open("/no/such/folder/new", O_WRONLY | O_CREAT, 0666), ENOENT);
    check_refused(open("/text.txt/new", O_WRONLY | O_CREAT, 0666), ENOTDIR);
    check_refused(open("/text.txt", O_WRONLY | O_CREAT | O_EXCL, 0666), EEXIST);
    check_refused(open("/data", O_WRONLY), EISDIR);
    check_refused(open("/nothing", O_RDONLY), ENOENT);
    check_refused(open("/text.txt/below", O_RDONLY), ENOTDIR);
    check_refused(unlink("/text.txt"), EROFS);
    check_refused(unlink("/nothing"), ENOENT);
    check_refused(rename("/text.txt", "/other"), EROFS);
    check_refused(mkdir("/fresh", 0777), EROFS);
    check_refused(mkdir("/no/such/fresh", 0777), ENOENT);
    check_refused(mkdir("/data", 0777), EEXIST);
    check_refused(mkdir("/data", 0777), EEXIST);
    check_refused(access("/text.txt", W_OK), EROFS);
    check_equal(access("/text.txt", R_OK), 0);
    check(fopen("/text.txt", "w") == NULL);
}

TEST(reading_needs_a_right)
{
    char byte;
    int file = open("/text.txt", O_RDONLY);

    check_refused(write(file, "x", 1), EBADF);
    check_equal(close(file), 0);
    int folder = open("/data", O_RDONLY);

    check(folder >= 0);
    check_refused(read(folder, &byte, 1), EISDIR);
    check_equal(close(folder), 0);
}

TEST(descriptors_run_out_and_come_back)
{
    int files[1100], count = 0;

    while (count < 1100 && (files[count] = open("/text.txt", O_RDONLY)) >= 0)
        count++;
    check(count < 1100);
    check_equal(errno, EMFILE);
    check(count > 100);
    while (count > 0)
        check_equal(close(files[--count]), 0);
    int again = open("/text.txt", O_RDONLY);

    check_equal(again, files[0]);
    check_equal(close(again), 0);
}
