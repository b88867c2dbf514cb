/*
 * Disks that go away while they are used, and one whose backend is a mad one; the runner plays dom0's part.
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"

#define DEPTH 16
#define FAKE_DISK "/dev/xvdc"

static unsigned char memory[DEPTH][65536] __attribute__((aligned(4096)));
static struct aiocb controls[DEPTH];

static const char *name_of(int error)
{
    return error == EIO ? "EIO" : error == ENOENT ? "ENOENT" : error == 0 ? "0" : strerror(error);
}

static int other_disk_works(void)
{
    int disk = open(READONLY_DISK, O_RDONLY);

    if (disk < 0 || pread(disk, memory[0], 8192, 4096) != 8192)
        return 0;
    for (unsigned i = 0; i < 8192; i++)
        if (memory[0][i] != pattern_byte(4096 + i))
            return 0;
    return close(disk) == 0;
}

/* Keeps the queue full until a request fails; then all of them have to be over. */
static int lose_the_disk(void)
{
    int disk = open(DISK, O_RDONLY), error = 0, under_way = 0;
    const struct aiocb *list[DEPTH];

    for (unsigned i = 0; !error; i = (i + 1) % DEPTH) {
        list[i] = &controls[i];
        if (controls[i].aio_nbytes) {
            while ((error = aio_error(&controls[i])) == EINPROGRESS)
                aio_suspend(&list[i], 1, NULL);
            if (aio_return(&controls[i]) >= 0 && i == 0 && under_way++ == 0)
                puts("transferring");
        }
        controls[i] = (struct aiocb){ .aio_fildes = disk, .aio_nbytes = sizeof memory[i], .aio_offset = i * 65536,
                                      .aio_buf = memory[i] };
        if (!error && aio_read(&controls[i]) != 0)
            error = errno;
        else if (error)
            controls[i].aio_nbytes = 0;
    }
    printf("transfer: %s\n", name_of(error));
    for (unsigned i = 0; i < DEPTH; i++)
        while (controls[i].aio_nbytes && aio_error(&controls[i]) == EINPROGRESS)
            aio_suspend(&list[i], 1, NULL);
    printf("later: %s\n", name_of(read(disk, memory, 512) < 0 ? errno : 0));
    printf("flush: %s\n", name_of(fsync(disk) < 0 ? errno : 0));
    printf("close: %d\n", close(disk));
    /* The toolstack takes the disk's nodes away when both sides have closed. */
    while (open(DISK, O_RDONLY) < 0 && errno != ENOENT)
        usleep(10000);
    printf("again: %s\n", name_of(errno));
    printf("other disk: %s\n", other_disk_works() ? "works" : "is gone too");
    return 0;
}

/* Opens a disk whose backend goes through any states in any order, until it has no nodes any more. */
static int states(void)
{
    unsigned opened = 0, refused = 0;

    puts("ready");
    while (open(FAKE_DISK, O_RDONLY) < 0 && errno == ENOENT)
        usleep(10000);
    for (;;) {
        int disk = open(FAKE_DISK, O_RDONLY);

        if (disk < 0 && errno == ENOENT)
            break;
        opened += disk >= 0;
        refused += disk < 0;
        if (disk >= 0) {
            read(disk, memory, 512);
            close(disk);
        }
    }
    printf("%u times open, %u times refused\n", opened, refused);
    printf("other disk: %s\n", other_disk_works() ? "works" : "is gone too");
    return refused == 0;
}

int play(const char *name)
{
    return strcmp(name, "states") == 0 ? states() : lose_the_disk();
}
