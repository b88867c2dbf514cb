/*
 * What changes a host directory's names and what its files are: rename, links of both kinds, permissions, times, locks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "volume.h"

TEST(renaming)
{
    struct stat before, after;

    make_file("/data/old", "renamed");
    check_equal(stat("/data/old", &before), 0);
    int file = open("/data/old", O_RDWR);

    check_equal(rename("/data/old", "/data/new"), 0);
    check_refused(stat("/data/old", &after), ENOENT);
    check_equal(stat("/data/new", &after), 0);
    check_equal(after.st_ino, before.st_ino);
    /* What is open is the file, not its name. */
    check_equal(pwrite(file, "R", 1, 0), 1);
    check_equal(fstat(file, &after), 0);
    check_equal(after.st_size, 7);
    close(file);
    check_content("/data/new", "Renamed");
    make_file("/data/replaced", "gone with it");
    check_equal(rename("/data/new", "/data/replaced"), 0);
    check_content("/data/replaced", "Renamed");
    check_equal(mkdir("/data/folder", 0755), 0);
    check_equal(rename("/data/replaced", "/data/folder/moved"), 0);
    check_content("/data/folder/moved", "Renamed");
    check_equal(rename("/data/folder", "/data/renamed-folder"), 0);
    check_content("/data/renamed-folder/moved", "Renamed");
    check_refused(rename("/data/none", "/data/other"), ENOENT);
    check_refused(rename("/data/renamed-folder", "/data/renamed-folder/below"), EINVAL);
    check_refused(rename("/data/renamed-folder/moved", "/data/many"), EISDIR);
    check_refused(rename("/data/many", "/data/renamed-folder/moved"), ENOTDIR);
    check_refused(rename("/data", "/data/x"), EBUSY);
    check_refused(rmdir("/data/renamed-folder"), ENOTEMPTY);
    check_equal(unlink("/data/renamed-folder/moved"), 0);
    check_equal(rmdir("/data/renamed-folder"), 0);
    check_refused(rmdir("/data/renamed-folder"), ENOENT);
    check_refused(rmdir("/data"), EBUSY);
}

TEST(hard_links)
{
    struct stat status;

    make_file("/data/one-name", "shared");
    check_equal(link("/data/one-name", "/data/two-names"), 0);
    check_equal(stat("/data/two-names", &status), 0);
    check_equal(status.st_nlink, 2);
    check_refused(link("/data/one-name", "/data/two-names"), EEXIST);
    check_refused(link("/data/none", "/data/x"), ENOENT);
    check_refused(link("/data/many", "/data/x"), EPERM);
    check_equal(unlink("/data/one-name"), 0);
    check_content("/data/two-names", "shared");
    check_equal(unlink("/data/two-names"), 0);
}

TEST(symbolic_links)
{
    char target[40] = "";
    struct stat status;

    make_file("/data/led-to", "at the end");
    check_equal(mkdir("/data/way", 0755), 0);
    check_equal(symlink("led-to", "/data/link"), 0);
    check_equal(readlink("/data/link", target, sizeof target), 6);
    check_text(target, "led-to");
    check_equal(readlink("/data/link", target, 3), 3);
    check_content("/data/link", "at the end");
    check_equal(lstat("/data/link", &status), 0);
    check(S_ISLNK(status.st_mode));
    check_equal(stat("/data/link", &status), 0);
    check(S_ISREG(status.st_mode) && status.st_size == 10);
    /* Through folders, absolute in the domain, and through another link. */
    check_equal(symlink("../link", "/data/way/up"), 0);
    check_content("/data/way/up", "at the end");
    check_equal(symlink("/data/way", "/data/absolute"), 0);
    check_content("/data/absolute/up", "at the end");
    make_file("/data/absolute/through", "x");
    check_content("/data/way/through", "x");
    check_equal(truncate("/data/link", 6), 0);
    check_content("/data/led-to", "at the");
    /* Making a file at the end of a link that leads nowhere makes what it leads to. */
    check_equal(symlink("not-yet", "/data/dangling"), 0);
    check_refused(stat("/data/dangling", &status), ENOENT);
    check_refused(open("/data/dangling", O_CREAT | O_EXCL | O_WRONLY, 0644), EEXIST);
    make_file("/data/dangling", "made");
    check_content("/data/not-yet", "made");
    check_refused(open("/data/link", O_RDONLY | O_NOFOLLOW), ELOOP);
    check_refused(readlink("/data/led-to", target, sizeof target), EINVAL);
    check_equal(symlink("loop", "/data/loop"), 0);
    check_refused(open("/data/loop", O_RDONLY), ELOOP);
    check_equal(unlink("/data/loop"), 0);
}

/* Nothing of dom0 is within reach, whatever a link says. */
TEST(links_that_lead_out)
{
    struct stat status;

    check_equal(symlink("/etc/passwd", "/data/out"), 0);
    check_refused(open("/data/out", O_RDONLY), EXDEV);
    check_equal(symlink("../../../../../../etc/passwd", "/data/up"), 0);
    check_refused(open("/data/up", O_RDONLY), EXDEV);
    check_equal(symlink("/", "/data/root"), 0);
    check_refused(stat("/data/root/etc", &status), EXDEV);
    check_equal(unlink("/data/out") | unlink("/data/up") | unlink("/data/root"), 0);
}

TEST(permissions)
{
    struct stat status;

    make_file("/data/mode", "x");
    check_equal(chmod("/data/mode", 0640), 0);
    check_equal(stat("/data/mode", &status), 0);
    check_equal(status.st_mode & 07777, 0640);
    /* The file is dom0's too, where nobody is to get rights by it. */
    check_equal(chmod("/data/mode", 06755), 0);
    check_equal(stat("/data/mode", &status), 0);
    check_equal(status.st_mode & 07777, 0755);
    check_refused(chmod("/data/none", 0600), ENOENT);
}

TEST(times)
{
    struct timeval times[2] = { { .tv_sec = 1000000001, .tv_usec = 250000 }, { .tv_sec = 1234567890 } };
    struct stat status;

    make_file("/data/times", "x");
    check_equal(utimes("/data/times", times), 0);
    check_equal(stat("/data/times", &status), 0);
    check_equal(status.st_atime, 1000000001);
    check_equal(status.st_atim.tv_nsec, 250000000);
    check_equal(status.st_mtime, 1234567890);
    check_equal(utimes("/data/times", NULL), 0);
    check_equal(stat("/data/times", &status), 0);
    check(status.st_mtime > 1700000000);
    check_refused(utimes("/data/none", NULL), ENOENT);
}

/* A name may be any bytes but a slash and NUL; what is not UTF-8 too. */
TEST(any_bytes)
{
    char path[300] = "/data/";
    struct stat status;

    for (int i = 0; i < 250; i++)
        path[6 + i] = (char)(i % 255 + 1 == '/' ? 'x' : i % 255 + 1);
    path[256] = '\0';
    make_file(path, "odd");
    check_content(path, "odd");
    check_equal(stat(path, &status), 0);
    check_equal(unlink(path), 0);
}

TEST(locks)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5 };

    make_file("/data/locked", "0123456789abcdef");
    int file = open("/data/locked", O_RDWR), other = open("/data/locked", O_RDWR), read_only = open("/data/locked", O_RDONLY);

    check_equal(fcntl(file, F_SETLK, &lock), 0);
    /* A process is not in its own way. */
    check_equal(fcntl(other, F_SETLK, &lock), 0);
    check_equal(fcntl(other, F_GETLK, &lock), 0);
    check_equal(lock.l_type, F_UNLCK);
    lock.l_type = F_WRLCK;
    check_refused(fcntl(read_only, F_SETLK, &lock), EBADF);
    lock.l_type = F_RDLCK;
    check_equal(fcntl(read_only, F_SETLKW, &lock), 0);
    lock.l_type = F_UNLCK;
    check_equal(fcntl(file, F_SETLK, &lock), 0);
    lock.l_type = 77;
    check_refused(fcntl(file, F_SETLK, &lock), EINVAL);
    check_equal(close(file) | close(other) | close(read_only), 0);
}
