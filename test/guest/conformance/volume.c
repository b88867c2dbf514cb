/*
 * Files and folders that can be written: in a domain a host directory, on Linux a folder.
 */
#include "conform.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>
#include <utime.h>

static void check_writing(void)
{
    char text[64];
    struct stat status;
    struct iovec parts[2] = { { "one ", 4 }, { "two", 3 } };
    int file = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);

    begin_group("volume: files", "open flags, read, write, pread, readv, append, truncate");
    CHECK(file >= 0);
    CHECK_REFUSED(open("file", O_RDWR | O_CREAT | O_EXCL, 0640), EEXIST);
    CHECK_REFUSED(open("file/x", O_RDONLY), ENOTDIR);
    CHECK_REFUSED(open("none/x", O_WRONLY | O_CREAT, 0600), ENOENT);
    CHECK_REFUSED(open(".", O_WRONLY), EISDIR);
    CHECK(writev(file, parts, 2) == 7 && lseek(file, 0, SEEK_CUR) == 7);
    CHECK(pwrite(file, "X", 1, 10) == 1 && lseek(file, 0, SEEK_CUR) == 7 && fstat(file, &status) == 0 && status.st_size == 11);
    CHECK(pread(file, text, sizeof text, 0) == 11 && memcmp(text, "one two\0\0\0X", 11) == 0);
    CHECK(S_ISREG(status.st_mode) && (status.st_mode & 0777) == 0640 && status.st_nlink == 1);
    CHECK(ftruncate(file, 3) == 0 && lseek(file, 0, SEEK_END) == 3 && read(file, text, 1) == 0);
    CHECK(truncate("file", 5) == 0 && pread(file, text, 9, 0) == 5 && memcmp(text, "one\0\0", 5) == 0);
    CHECK_REFUSED(ftruncate(file, -1), EINVAL);
    CHECK_REFUSED(lseek(file, -1, SEEK_SET), EINVAL);
    int end = open("file", O_WRONLY | O_APPEND);

    CHECK(write(end, "!", 1) == 1 && lseek(file, 0, SEEK_END) == 6);
    CHECK_REFUSED(read(end, text, 1), EBADF);
    CHECK((fcntl(end, F_GETFL) & (O_APPEND | O_ACCMODE)) == (O_APPEND | O_WRONLY) && close(end) == 0);
    CHECK(fsync(file) == 0 && fdatasync(file) == 0);
    CHECK(posix_fallocate(file, 0, 4096) == 0 && fstat(file, &status) == 0 && status.st_size == 4096);
    end = open("file", O_RDONLY | O_TRUNC | O_WRONLY);
    CHECK(end >= 0 && fstat(file, &status) == 0 && status.st_size == 0);
    close(end);
    CHECK(unlink("file") == 0 && write(file, "gone", 4) == 4 && fstat(file, &status) == 0 && status.st_size >= 4);
    CHECK(close(file) == 0);
    CHECK_REFUSED(close(file), EBADF);
}

static void check_names(void)
{
    char target[32];
    struct stat status, other;

    begin_group("volume: names", "mkdir, rename, link, symlink, unlink, rmdir");
    CHECK(mkdir("folder", 0750) == 0 && stat("folder", &status) == 0 && S_ISDIR(status.st_mode));
    CHECK_REFUSED(mkdir("folder", 0750), EEXIST);
    CHECK_REFUSED(mkdir("no/folder", 0750), ENOENT);
    CHECK(close(creat("folder/a", 0600)) == 0);
    CHECK_REFUSED(rmdir("folder"), ENOTEMPTY);
    CHECK_REFUSED(rmdir("folder/a"), ENOTDIR);
    CHECK_REFUSED(rmdir("nothing"), ENOENT);
    CHECK(link("folder/a", "b") == 0 && stat("b", &status) == 0 && status.st_nlink == 2);
    CHECK(stat("folder/a", &other) == 0 && other.st_ino == status.st_ino && other.st_dev == status.st_dev);
    CHECK_REFUSED(link("folder/a", "b"), EEXIST);
    CHECK(rename("b", "c") == 0 && access("b", F_OK) == -1 && access("c", R_OK | W_OK) == 0);
    CHECK_REFUSED(rename("b", "c"), ENOENT);
    CHECK(close(creat("d", 0600)) == 0 && rename("c", "d") == 0 && stat("d", &status) == 0 && status.st_ino == other.st_ino);
    CHECK_REFUSED(rename("folder", "d"), ENOTDIR);
    CHECK(symlink("folder/a", "way") == 0 && readlink("way", target, sizeof target) == 8 && memcmp(target, "folder/a", 8) == 0);
    CHECK(lstat("way", &status) == 0 && S_ISLNK(status.st_mode) && stat("way", &status) == 0 && status.st_ino == other.st_ino);
    CHECK_REFUSED(readlink("d", target, sizeof target), EINVAL);
    CHECK_REFUSED(open("way", O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK(symlink("circle", "circle") == 0);
    CHECK_REFUSED(open("circle", O_RDONLY), ELOOP);
    CHECK(unlink("circle") == 0 && unlink("way") == 0 && unlink("d") == 0 && unlink("folder/a") == 0 && rmdir("folder") == 0);
    CHECK_REFUSED(unlink("d"), ENOENT);
    CHECK(strlen(tree) > 0 && mkdir("x", 0700) == 0 && chdir("x") == 0 && access("../x", F_OK) == 0 && chdir("..") == 0);
    CHECK(rmdir("x") == 0);
}

static void check_attributes(void)
{
    struct timespec times[2] = { { 1000000000, 250000000 }, { 1100000000, 500000000 } };
    struct timeval older[2] = { { 900000000, 0 }, { 950000000, 0 } };
    struct utimbuf oldest = { 800000000, 850000000 };
    struct statvfs room, same;
    struct stat status;
    int file = open("marked", O_RDWR | O_CREAT, 0600);

    begin_group("volume: attributes", "chmod, utimens, statvfs, umask");
    CHECK(chmod("marked", 0444) == 0 && stat("marked", &status) == 0 && (status.st_mode & 07777) == 0444);
    CHECK(fchmod(file, 0640) == 0 && fstat(file, &status) == 0 && (status.st_mode & 07777) == 0640);
    CHECK(futimens(file, times) == 0 && fstat(file, &status) == 0 && status.st_mtim.tv_sec == 1100000000);
    CHECK(status.st_mtim.tv_nsec == 500000000 && status.st_atim.tv_sec == 1000000000);
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = 1200000000;
    CHECK(utimensat(AT_FDCWD, "marked", times, 0) == 0 && stat("marked", &status) == 0 && status.st_mtim.tv_sec == 1200000000);
    CHECK(status.st_atim.tv_sec == 1000000000);
    CHECK(utimes("marked", older) == 0 && stat("marked", &status) == 0 && status.st_mtime == 950000000);
    CHECK(utime("marked", &oldest) == 0 && stat("marked", &status) == 0 && status.st_mtime == 850000000);
    times[1].tv_nsec = 1000000000;
    CHECK_REFUSED(futimens(file, times), EINVAL);
    CHECK_REFUSED(chmod("none", 0600), ENOENT);
    CHECK(chown("marked", (uid_t)-1, (gid_t)-1) == 0);
    CHECK(statvfs(".", &room) == 0 && fstatvfs(file, &same) == 0);
    CHECK(room.f_bsize > 0 && room.f_frsize > 0 && room.f_blocks > 0 && room.f_bfree <= room.f_blocks && room.f_bavail <= room.f_bfree);
    CHECK(same.f_blocks == room.f_blocks && same.f_namemax == room.f_namemax && room.f_namemax >= 255 && !(room.f_flag & ST_RDONLY));
    CHECK_REFUSED(statvfs("none", &room), ENOENT);
    close(file);
    mode_t before = umask(077);

    CHECK(close(open("masked", O_CREAT | O_WRONLY, 0666)) == 0 && stat("masked", &status) == 0 && (status.st_mode & 0777) == 0600);
    CHECK(umask(before) == 077 && unlink("masked") == 0 && unlink("marked") == 0);
}

static void check_streams_of_files(void)
{
    char line[32], name[] = "temporary-XXXXXX";
    FILE *stream = fopen("stream", "w+x");

    begin_group("volume: streams", "fopen modes, seeking, append, mkstemp, directories");
    CHECK(stream && fprintf(stream, "%d lines\n", 2) == 8 && fputs("second\n", stream) >= 0 && ftell(stream) == 15);
    CHECK(fseek(stream, 2, SEEK_SET) == 0 && fgets(line, sizeof line, stream) && strcmp(line, "lines\n") == 0);
    CHECK(fseek(stream, 0, SEEK_CUR) == 0 && fputc('S', stream) == 'S' && fclose(stream) == 0);
    errno = 0;
    CHECK(fopen("stream", "wx") == NULL && errno == EEXIST);
    stream = fopen("stream", "a+");
    CHECK(stream && fseek(stream, 0, SEEK_SET) == 0 && fgets(line, sizeof line, stream) && strcmp(line, "2 lines\n") == 0);
    CHECK(fseek(stream, 0, SEEK_SET) == 0 && fputs("end\n", stream) >= 0 && fflush(stream) == 0 && ftell(stream) == 19);
    CHECK(freopen("stream", "r", stream) == stream && fgets(line, sizeof line, stream) && fgets(line, sizeof line, stream));
    CHECK(strcmp(line, "Second\n") == 0 && fputc('x', stream) == EOF && ferror(stream) && fclose(stream) == 0);
    int file = mkstemp(name);

    CHECK(file >= 0 && strcmp(name, "temporary-XXXXXX") != 0 && write(file, "x", 1) == 1 && close(file) == 0 && remove(name) == 0);
    DIR *folder = opendir(".");
    int entries = 0;

    for (struct dirent *entry; (entry = readdir(folder));)
        entries += strcmp(entry->d_name, "stream") == 0;
    CHECK(entries == 1 && closedir(folder) == 0 && remove("stream") == 0);
    CHECK(mkdtemp(strcpy(line, "t-XXXXXX")) == line && rmdir(line) == 0);
}

static void check_mappings_and_locks(void)
{
    struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2, .l_len = 4 };
    long page = sysconf(_SC_PAGESIZE);
    int file = open("mapped", O_RDWR | O_CREAT, 0600);

    begin_group("volume: mappings and locks", "mmap private and shared, fcntl, flock, lockf");
    CHECK(pwrite(file, "mapped", 6, page) == 6);
    char *memory = mmap(NULL, 8, PROT_READ, MAP_SHARED, file, page);

    CHECK(memory != MAP_FAILED && memcmp(memory, "mapped\0\0", 8) == 0 && munmap(memory, 8) == 0);
    memory = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, page);
    CHECK(memory != MAP_FAILED && (memory[0] = 'M') && munmap(memory, 8) == 0);
    char first;

    CHECK(pread(file, &first, 1, page) == 1 && first == 'm');
    CHECK(fcntl(file, F_SETLK, &range) == 0 && fcntl(file, F_GETLK, &range) == 0 && range.l_type == F_UNLCK);
    CHECK(flock(file, LOCK_EX) == 0 && flock(file, LOCK_UN) == 0);
    CHECK(lockf(file, F_TLOCK, 10) == 0 && lockf(file, F_TEST, 10) == 0 && lockf(file, F_ULOCK, 10) == 0);
    CHECK_REFUSED(lockf(file, 99, 1), EINVAL);
    CHECK(close(file) == 0 && unlink("mapped") == 0);
}

void check_volume(void)
{
    if (chdir(work)) {
        begin_group("volume: files", "no folder");
        CHECK(!"a folder to work in");
        return;
    }
    check_writing();
    check_names();
    check_attributes();
    check_streams_of_files();
    check_mappings_and_locks();
    CHECK(chdir("/") == 0);
}
