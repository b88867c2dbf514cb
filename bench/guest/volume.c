/*
 * A host directory: reads and writes of 1 MiB, in MB/s, and what one round trip costs. POSIX alone: the same source runs
 * on Linux (bench: mount -t 9p -o trans=xen,msize=524288,cache=none TAG /data).
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

#define MIB (1 << 20)
#define REPEATS 200

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void must(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

static void report(const char *name, double value, const char *unit)
{
    printf("%s %.3g %s\n", name, value, unit);
    fflush(stdout);
}

static void transfer(const char *path, char *buffer, int megabytes)
{
    int file = open(path, O_CREAT | O_RDWR, 0644);

    must(file >= 0, path);
    for (int pass = 0; pass < 2; pass++) {
        double start = now();

        for (int i = 0; i < megabytes; i++)
            must(pwrite(file, buffer, MIB, (off_t)i * MIB) == MIB, "write");
        report(pass ? "write_1MiB" : "write_1MiB_new", megabytes * 1.048576 / (now() - start), "MB/s");
        start = now();
        for (int i = 0; i < megabytes; i++)
            must(pread(file, buffer, MIB, (off_t)i * MIB) == MIB, "read");
        report(pass ? "read_1MiB" : "read_1MiB_first", megabytes * 1.048576 / (now() - start), "MB/s");
    }
    double start = now();

    for (int i = 0; i < REPEATS; i++)
        must(pread(file, buffer, 1, 0) == 1, "read of a byte");
    report("read_1B", (now() - start) * 1e6 / REPEATS, "us");
    close(file);
}

static void names(const char *path)
{
    struct stat status;
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
    report("open_close", (now() - start) * 1e6 / REPEATS, "us");
}

int main(int count, char **arguments)
{
    int megabytes = count > 2 ? atoi(arguments[2]) : 32;
    char *buffer = malloc(MIB), path[256];

    must(buffer != NULL, "memory");
    memset(buffer, 'x', MIB);
    snprintf(path, sizeof path, "%s/bench", count > 1 ? arguments[1] : "/data");
    transfer(path, buffer, megabytes);
    names(path);
    unlink(path);
    return 0;
}
