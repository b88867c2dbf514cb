/*
 * A raw disk, read past every cache: 4 KiB at random places with 1 and 32 requests under way, 1 MiB one after the other
 * with 1 to 32. One source: on lwd lwd/block.h, on Linux O_DIRECT and the kernel's own aio (glibc's is threads). On lwd
 * also from and to memory that the backend keeps in reach ("kept"), with as much under way as there is of it.
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

#include "bench/guest/measure.h"

#define DEPTH 32
#define LARGE (1 << 20)

static unsigned char memory[DEPTH][LARGE] __attribute__((aligned(4096)));
static unsigned char *buffers[DEPTH];
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
        .aio_buf = (uintptr_t)buffers[which],
        .aio_nbytes = size,
        .aio_offset = offset,
    };
    return syscall(SYS_io_submit, context, 1, list) == 1 ? 0 : -1;
}

/* One that is over, in *which, and how many bytes it moved. */
static ssize_t finish(unsigned *which)
{
    struct io_event event;

    if (syscall(SYS_io_getevents, context, 1, 1, &event, NULL) != 1)
        return -1;
    *which = (unsigned)event.data;
    return (ssize_t)event.res;
}
#else
#include <lwd/block.h>

static struct block_device *device;
static struct lwd_block_completions completions;
static struct lwd_block_request requests[DEPTH];

static int start(unsigned which, size_t size, off_t offset)
{
    struct lwd_block_request *const list[] = { &requests[which] };

    if (!device)
        must(lwd_block_of(disk, &device) == 0, "the disk");
    requests[which] = (struct lwd_block_request){
        .operation = is_write ? LWD_BLOCK_WRITE : LWD_BLOCK_READ,
        .offset = (uint64_t)offset,
        .size = size,
        .buffer = buffers[which],
        .completions = &completions,
    };
    lwd_block_submit(device, list, 1);
    return 0;
}

static ssize_t finish(unsigned *which)
{
    struct lwd_block_request *request = lwd_block_wait(&completions, UINT64_MAX);

    *which = (unsigned)(request - requests);
    return request->error ? request->error : (ssize_t)request->size;
}

#define LWD_KEEPS 1
#endif

static double now(void)
{
    return now_us() * 1e-6;
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
        must(finish(&which) == (ssize_t)size, "request");
        done++;
        if (now() < until)
            must(start(which, size, next_place(size, end, is_random)) == 0, "start");
        else
            under_way--;
    }
    return (double)done / (now() - began);
}

static void small(const char *kind, unsigned depth, off_t end, double seconds)
{
    printf("iops-4k-depth-%u%s %.0f /s\n", depth, kind, run(depth, 4096, end, 1, seconds));
}

static void large(const char *kind, unsigned depth, off_t end, double seconds)
{
    printf("sequential-1m-depth-%u%s %.1f MB/s\n", depth, kind, run(depth, LARGE, end, 0, seconds) * LARGE / 1e6);
}

#ifdef LWD_KEEPS
static void with_kept_memory(off_t end, double seconds)
{
    unsigned char *large_one, *small_ones;

    must((large_one = lwd_block_allocate(device, LARGE)) != NULL, "memory that is kept");
    must((small_ones = lwd_block_allocate(device, DEPTH * 4096)) != NULL, "memory that is kept");
    for (unsigned i = 0; i < DEPTH; i++)
        buffers[i] = small_ones + i * 4096;
    run(DEPTH, 4096, end, 1, seconds / 10);
    printf("warm\n");
    small("-kept", 1, end, seconds);
    small("-kept", DEPTH, end, seconds);
    buffers[0] = large_one;
    large("-kept", 1, end, seconds);
}
#endif

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
    for (unsigned i = 0; i < DEPTH; i++)
        buffers[i] = memory[i];
    run(1, 4096, end, 1, seconds / 10);
    printf("warm\n");
    small("", 1, end, seconds);
    small("", DEPTH, end, seconds);
    large("", 1, end, seconds);
    large("", 4, end, seconds);
    large("", DEPTH, end, seconds);
#ifdef LWD_KEEPS
    with_kept_memory(end, seconds);
#endif
    return 0;
}
