/*
 * Host directories whose servers lie, each in its own way, at /liar/0 and so on (the runner sees to that). Whatever they
 * answer: every call comes back, no memory but the caller's buffer changes, and the honest server of /data goes on.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume.h"

#define ROUNDS 12
#define SIZE 70000
#define GUARD 4096

struct tally {
    unsigned calls, failed, io;
};

static char *buffer;

static void count(struct tally *tally, long result)
{
    tally->calls++;
    tally->failed += result < 0;
    tally->io += result < 0 && errno == EIO;
}

static const char *in(const char *folder, const char *name)
{
    static char paths[4][100];
    static int next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void list(struct tally *tally, const char *folder)
{
    DIR *directory = opendir(folder);

    count(tally, directory ? 0 : -1);
    if (!directory)
        return;
    /* A directory without an end is one of the lies. */
    for (int i = 0; i < 3000 && readdir(directory); i++)
        ;
    closedir(directory);
}

static void use_file(struct tally *tally, const char *path, int flags)
{
    struct stat status;
    int file = open(path, flags, 0644);

    count(tally, file);
    if (file < 0)
        return;
    count(tally, fstat(file, &status));
    count(tally, pread(file, buffer, SIZE, 0));
    count(tally, pread(file, buffer, 10, 50000));
    if (flags & O_RDWR) {
        count(tally, pwrite(file, buffer, SIZE, 3));
        count(tally, ftruncate(file, 100));
        count(tally, fsync(file));
    }
    close(file);
}

static void use(struct tally *tally, const char *folder)
{
    struct stat status;
    char target[100];

    count(tally, stat(folder, &status));
    use_file(tally, in(folder, "big"), O_RDONLY);
    use_file(tally, in(folder, "made"), O_CREAT | O_RDWR);
    list(tally, folder);
    count(tally, mkdir(in(folder, "sub"), 0755));
    count(tally, symlink("big", in(folder, "link")));
    count(tally, readlink(in(folder, "link"), target, sizeof target));
    use_file(tally, in(folder, "link"), O_RDONLY);
    count(tally, rename(in(folder, "made"), in(folder, "sub/moved")));
    count(tally, chmod(in(folder, "sub/moved"), 0600));
    count(tally, unlink(in(folder, "link")));
    count(tally, unlink(in(folder, "sub/moved")));
    count(tally, rmdir(in(folder, "sub")));
}

static int guards_hold(void)
{
    for (int i = 0; i < GUARD; i++)
        if (buffer[i - GUARD] != 0x5a || buffer[SIZE + i] != 0x5a)
            return 0;
    return 1;
}

static int hears_the_truth(void)
{
    char found[10] = "";
    int file = open("/data/after", O_CREAT | O_RDWR, 0644);
    int good = write(file, "the truth", 9) == 9 && pread(file, found, 9, 0) == 9 && strcmp(found, "the truth") == 0;

    puts(good ? "/data: as ever" : "/data: does not work");
    return close(file) == 0 && good;
}

int hear_lies(int liars)
{
    char *memory = malloc(SIZE + 2 * GUARD);
    int good = 1;

    memset(memory, 0x5a, SIZE + 2 * GUARD);
    buffer = memory + GUARD;
    for (int i = 0; i < liars; i++) {
        struct tally tally = { 0, 0, 0 };
        char folder[20];

        snprintf(folder, sizeof folder, "/liar/%d", i);
        for (int round = 0; round < ROUNDS; round++)
            use(&tally, folder);
        good = good && guards_hold();
        printf("liar %d: %u calls, %u failed, %u by EIO\n", i, tally.calls, tally.failed, tally.io);
    }
    good = good && hears_the_truth();
    puts(good ? "memory: untouched" : "memory: overwritten");
    return good ? 0 : 1;
}
