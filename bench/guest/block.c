/*
 * A raw disk, read past every cache: 4 KiB at random places with 1 and 32 requests under way, 1 MiB one after the other.
 * One source: on lwd POSIX aio, on Linux O_DIRECT and the kernel's own aio (glibc's is threads).
 *
 *   block DISK [SECONDS [w]]       one line a figure: "NAME VALUE UNIT"; w: the same as writes, over what is there
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DEPTH 32
#define LARGE (1 << 20)

static unsigned char memory[DEPTH][LARGE] __attribute__((aligned(4096)));
static int disk;
static int is_write;

#ifdef __linux__
#include <linux/aio_abi.h>
#include <sys/syscall.h>

static aio_context_t context;
static struct iocb controls[DEPTH];

static int start(unsigned which, size_t size, off_t offset)
{
    struct iocb *list[] = { &controls[which] };

    if (!context && syscall(SYS_io_setup, DEPTH, &context) != 0)
        return -1;
    controls[which] = (struct iocb){
        .aio_data = which,
        .aio_lio_opcode = is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
        .aio_fildes = (uint32_t)disk,
        .aio_buf = (uintptr_t)memory[which],
        .aio_nbytes = size,
        .aio_offset = offset,
    };
    return syscall(SYS_io_submit, context, 1, list) == 1 ? 0 : -1;
}

/* One that is over, in *which, and how many bytes it moved. */
static ssize_t finish(unsigned depth, unsigned *which)
{
    struct io_event event;

    (void)depth;
    if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
        return -1;
    *which = (unsigned)event.data;
    return (ssize_t)event.res;
}
#else
#include <aio.h>

static struct aiocb controls[DEPTH];
static const struct aiocb *waiting[DEPTH];

static int start(unsigned which, size_t size, off_t offset)
{
    controls[which] = (struct aiocb){
        .aio_fildes = disk,
        .aio_buf = memory[which],
        .aio_nbytes = size,
        .aio_offset = offset,
    };
    waiting[which] = &controls[which];
    return is_write ? aio_write(&controls[which]) : aio_read(&controls[which]);
}

static ssize_t finish(unsigned depth, unsigned *which)
{
    for (;;) {
        for (unsigned i = 0; i < depth; i++)
            if (waiting[i] && aio_error(waiting[i]) != EINPROGRESS) {
                waiting[i] = NULL;
                *which = i;
                return aio_return(&controls[i]);
            }
        aio_suspend(waiting, (int)depth, NULL);
    }
}
#endif

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

/* Places spread over the disk, the same in every run. */
static off_t next_place(size_t size, off_t end, int is_random)
{
    static uint64_t state = 1;
    static off_t at;
    off_t places = end / (off_t)size;

    if (is_random)
        state = state * 6364136223846793005u + 1442695040888963407u;
    else
        at++;
    return (is_random ? (off_t)(state >> 33) : at) % places * (off_t)size;
}

/* Requests a second. */
static double run(unsigned depth, size_t size, off_t end, int is_random, double seconds)
{
    double began = now(), until = began + seconds;
    unsigned long done = 0;
    unsigned under_way = depth, which;

    for (unsigned i = 0; i < depth; i++)
        must(start(i, size, next_place(size, end, is_random)) == 0, "start");
    while (under_way) {
        must(finish(depth, &which) == (ssize_t)size, "request");
        done++;
        if (now() < until)
            must(start(which, size, next_place(size, end, is_random)) == 0, "start");
        else
            under_way--;
    }
    return (double)done / (now() - began);
}

int main(int argc, char **argv)
{
    must(argc > 1, "usage: block DISK [SECONDS [w]]");
    double seconds = argc > 2 ? atof(argv[2]) : 2;

    is_write = argc > 3 && argv[3][0] == 'w';
    disk = open(argv[1], (is_write ? O_RDWR : O_RDONLY) | O_DIRECT);
    must(disk >= 0, argv[1]);
    off_t end = lseek(disk, 0, SEEK_END);

    must(end >= LARGE, "a disk of 1 MiB at least");
    memset(memory, 1, sizeof memory);
    run(1, 4096, end, 1, seconds / 10);
    printf("warm\n");
    printf("iops-4k-depth-1 %.0f /s\n", run(1, 4096, end, 1, seconds));
    printf("iops-4k-depth-32 %.0f /s\n", run(DEPTH, 4096, end, 1, seconds));
    printf("sequential-1m-depth-1 %.1f MB/s\n", run(1, LARGE, end, 0, seconds) * LARGE / 1e6);
    printf("sequential-1m-depth-32 %.1f MB/s\n", run(DEPTH, LARGE, end, 0, seconds) * LARGE / 1e6);
    return 0;
}
