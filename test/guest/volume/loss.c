/*
 * A host directory whose server goes away in the middle of transfers: reads, writes and everything else fail from then
 * on, and nothing hangs. The runner ends the server when it sees "transferring".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
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
