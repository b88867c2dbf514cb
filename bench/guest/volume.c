/*
 * A host directory, unbuffered: reads and writes of 1 MiB in MB/s, of 4 KiB at random places, and what a name costs, in
 * microseconds. POSIX alone: the same source runs on Linux, whose mount has no cache either.
 *
 *   volume [FOLDER [MEGABYTES]]      one line a figure: "NAME VALUE UNIT"
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define MIB (1 << 20)
#define PAGE 4096
#define REPEATS 200

static double now(void)
{
    return now_us() * 1e-6;
}

static void report(const char *name, double value, const char *unit)
{
    printf("%s %.3g %s\n", name, value, unit);
    fflush(stdout);
}

/* The second pass counts: the first makes the file. */
static void large(int file, char *buffer, int megabytes)
{
    double read_time = 0, write_time = 0;

    for (int pass = 0; pass < 2; pass++) {
        double start = now();

        for (int i = 0; i < megabytes; i++)
            must(pwrite(file, buffer, MIB, (off_t)i * MIB) == MIB, "write");
        write_time = now() - start;
        start = now();
        for (int i = 0; i < megabytes; i++)
            must(pread(file, buffer, MIB, (off_t)i * MIB) == MIB, "read");
        read_time = now() - start;
    }
    report("write-1m", megabytes * 1.048576 / write_time, "MB/s");
    report("read-1m", megabytes * 1.048576 / read_time, "MB/s");
}

static void small(int file, char *buffer, int megabytes)
{
    unsigned pages = (unsigned)megabytes * (MIB / PAGE);
    double start = now();

    for (unsigned i = 0; i < REPEATS; i++)
        must(pwrite(file, buffer, PAGE, (off_t)(i * 7919 % pages) * PAGE) == PAGE, "write of 4 KiB");
    report("write-4k", (now() - start) * 1e6 / REPEATS, "us");
    start = now();
    for (unsigned i = 0; i < REPEATS; i++)
        must(pread(file, buffer, PAGE, (off_t)(i * 7919 % pages) * PAGE) == PAGE, "read of 4 KiB");
    report("read-4k", (now() - start) * 1e6 / REPEATS, "us");
}

static void names(const char *path)
{
    struct stat status;
    char other[256];
    double start = now();

    for (int i = 0; i < REPEATS; i++)
        must(stat(path, &status) == 0, "stat");
    report("stat", (now() - start) * 1e6 / REPEATS, "us");
    start = now();
    for (int i = 0; i < REPEATS; i++) {
        int file = open(path, O_RDONLY);

        must(file >= 0, "open");
        close(file);
    }
    report("open-close", (now() - start) * 1e6 / REPEATS, "us");
    snprintf(other, sizeof other, "%s.other", path);
    start = now();
    for (int i = 0; i < REPEATS; i++) {
        int file = open(other, O_CREAT | O_WRONLY, 0644);

        must(file >= 0, "create");
        close(file);
        must(unlink(other) == 0, "unlink");
    }
    report("create-unlink", (now() - start) * 1e6 / REPEATS, "us");
}

int main(int count, char **arguments)
{
    int megabytes = count > 2 ? atoi(arguments[2]) : 32;
    char *buffer = malloc(MIB), path[256];

    must(buffer != NULL, "memory");
    memset(buffer, 'x', MIB);
    snprintf(path, sizeof path, "%s/bench", count > 1 ? arguments[1] : "/data");
    int file = open(path, O_CREAT | O_RDWR, 0644);

    must(file >= 0, path);
    large(file, buffer, megabytes);
    small(file, buffer, megabytes);
    close(file);
    names(path);
    unlink(path);
    return 0;
}
