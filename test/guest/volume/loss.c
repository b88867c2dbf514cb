/*
 * What a host directory can lose: its room, and its server.
 *
 * A host directory whose server goes away in the middle of transfers: reads, writes and everything else fail from then
 * on, and nothing hangs. The runner ends the server when it sees "transferring".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "volume.h"

#define SIZE (1 << 20)

static int fails(const char *what, long result)
{
    printf("%s: %s\n", what, result != -1 ? "no failure" : errno == EIO ? "EIO" : "another error");
    return result == -1 && errno == EIO;
}

int lose_the_server(void)
{
    char *bytes = malloc(SIZE);
    int from = open("/data/big", O_RDONLY), to = open("/data/written", O_CREAT | O_WRONLY, 0644);
    struct stat status;
    ssize_t done = from < 0 || to < 0 ? -1 : SIZE;

    puts("transferring");
    fflush(stdout);
    while (done == SIZE) {
        done = pread(from, bytes, SIZE, 0);
        if (done == SIZE)
            done = pwrite(to, bytes, SIZE, 0);
    }
    /* What came before the end of the server may be told as a short transfer. */
    if (done >= 0)
        done = pread(from, bytes, SIZE, 0);
    int good = fails("transfer", done);

    good += fails("again", pread(from, bytes, 1, 0));
    good += fails("fstat", fstat(from, &status));
    good += fails("fsync", fsync(to));
    good += fails("open", open("/data/big", O_RDONLY));
    good += fails("stat", stat("/data", &status));
    good += close(from) == 0 && close(to) == 0;
    return good == 7 ? 0 : 1;
}

static const char *name_of(int error)
{
    return error == ENOSPC ? "ENOSPC" : error == EIO ? "EIO" : "another error";
}

/*
 * Writes until there is no more room, and looks at what is there then: all but the last transfer, of which Linux's loop
 * device calls a part the whole if the file system of its file has no more room (lo_complete_rq() in drivers/block/loop.c).
 */
static int fill(const char *path, char *bytes)
{
    enum { STEP = 64 << 10 };
    int file = open(path, O_CREAT | O_RDWR, 0644), good = 1;
    off_t total = 0;
    ssize_t size = 0;

    for (;;) {
        memset(bytes, (int)(total / STEP) + 1, STEP);
        errno = 0;
        size = pwrite(file, bytes, STEP, total);
        if (size <= 0)
            break;
        total += size;
    }
    printf("%s: %s\n", path, name_of(errno));
    for (off_t at = 0; at + STEP < total; at += STEP)
        good = good && pread(file, bytes, STEP, at) == STEP && bytes[0] == (char)(at / STEP + 1) && bytes[STEP - 1] == bytes[0];
    printf("%s: %s, %ld MiB at least\n", path, good ? "what was written is there" : "not what was written", (long)total >> 20);
    return close(file) == 0 && good;
}

int fill_up(void)
{
    char *bytes = malloc(SIZE);
    int good = fill("/data/fill", bytes);

    /* There is room again. */
    good += truncate("/data/fill", 1 << 20) == 0;
    good += fill("/dev/xvda", bytes);
    good += unlink("/data/fill") == 0;
    int file = open("/data/after", O_CREAT | O_WRONLY, 0644);

    good += write(file, "after all", 9) == 9 && close(file) == 0;
    return good == 5 ? 0 : 1;
}
