/*
 * POSIX aio on the disk: many requests under way, in any order of their ends.
 */
#include <aio.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "disk.h"
#include "verdict.h"

#define DEPTH 64
#define REQUESTS 512

static unsigned char memory[DEPTH][4 * 4096 + 1] __attribute__((aligned(4096)));
static struct aiocb controls[DEPTH];

static int open_disk(void)
{
    int disk = open(DISK, O_RDWR);

    check(disk >= 0);
    return disk;
}

static void wait_for_one(const struct aiocb *control)
{
    const struct aiocb *list[] = { control };

    while (aio_error(control) == EINPROGRESS)
        check_equal(aio_suspend(list, 1, NULL), 0);
}

static void finish_read(unsigned which)
{
    struct aiocb *control = &controls[which];

    wait_for_one(control);
    check_equal(aio_error(control), 0);
    check_equal(aio_return(control), control->aio_nbytes);
    check(memcmp(memory[which], model + control->aio_offset, control->aio_nbytes) == 0);
}

/* Regions of 64 KiB, so that no two writes that are under way at a time overlap. */
static void start(int disk, unsigned which, unsigned number, int (*begin)(struct aiocb *))
{
    size_t region = number % (DISK_SIZE / 65536);

    controls[which] = (struct aiocb){
        .aio_fildes = disk,
        .aio_offset = (off_t)(region * 65536 + (number % 3 ? random_below(64) * 512 : random_below(30000))),
        .aio_nbytes = number % 3 ? (1 + random_below(16)) * 512 : 1 + random_below(16000),
        .aio_buf = memory[which],
    };
    if (begin == aio_write) {
        fresh_bytes(memory[which], controls[which].aio_nbytes);
        memcpy(model + controls[which].aio_offset, memory[which], controls[which].aio_nbytes);
    }
    check_equal(begin(&controls[which]), 0);
}

TEST(depths_from_1_to_64)
{
    int disk = open_disk();

    for (unsigned depth = 1; depth <= DEPTH; depth *= 4) {
        for (unsigned i = 0; i < REQUESTS / 4; i++) {
            if (i >= depth)
                finish_read(i % depth);
            start(disk, i % depth, i, aio_read);
        }
        for (unsigned i = 0; i < depth; i++)
            finish_read(i);
    }
    check_equal(close(disk), 0);
}

TEST(writes_then_a_synchronisation)
{
    int disk = open_disk();
    struct aiocb sync = { .aio_fildes = disk };

    for (unsigned i = 0; i < DEPTH; i++)
        start(disk, i, i, aio_write);
    check_equal(aio_fsync(O_SYNC, &sync), 0);
    wait_for_one(&sync);
    check_equal(aio_return(&sync), 0);
    for (unsigned i = 0; i < DEPTH; i++) {
        check_equal(aio_error(&controls[i]), 0);
        check_equal(aio_return(&controls[i]), controls[i].aio_nbytes);
    }
    for (unsigned i = 0; i < DEPTH; i++) {
        controls[i] = (struct aiocb){ .aio_fildes = disk, .aio_offset = i * 65536, .aio_nbytes = 16384, .aio_buf = memory[i] };
        check_equal(aio_read(&controls[i]), 0);
    }
    for (unsigned i = 0; i < DEPTH; i++)
        finish_read(i);
    check_equal(close(disk), 0);
}

TEST(a_list)
{
    struct aiocb *list[DEPTH];
    int disk = open_disk();

    for (unsigned i = 0; i < DEPTH; i++) {
        controls[i] = (struct aiocb){
            .aio_fildes = disk,
            .aio_lio_opcode = i % 8 == 7 ? LIO_NOP : LIO_READ,
            .aio_offset = i * 4096,
            .aio_nbytes = 4096,
            .aio_buf = memory[i],
        };
        list[i] = i % 8 == 6 ? NULL : &controls[i];
    }
    check_equal(lio_listio(LIO_WAIT, list, DEPTH, NULL), 0);
    for (unsigned i = 0; i < DEPTH; i++)
        if (i % 8 < 6)
            finish_read(i);
    controls[1].aio_offset = DISK_SIZE;
    controls[1].aio_lio_opcode = LIO_WRITE;
    check_refused(lio_listio(LIO_WAIT, list, 2, NULL), EIO);
    check_equal(aio_error(&controls[1]), ENOSPC);
    check_equal(close(disk), 0);
}

TEST(wrong_use_of_aio)
{
    int disk = open(DISK, O_RDONLY);
    struct aiocb control = { .aio_fildes = disk, .aio_nbytes = 512, .aio_buf = memory[0] };
    const struct aiocb *list[] = { &control };
    struct timespec soon = { 0, 1000000 };

    check_refused(aio_write(&control), EBADF);
    control.aio_offset = -1;
    check_refused(aio_read(&control), EINVAL);
    control.aio_offset = 0;
    control.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
    check_refused(aio_read(&control), EINVAL);
    control.aio_sigevent.sigev_notify = SIGEV_NONE;
    control.aio_fildes = 99;
    check_refused(aio_read(&control), EBADF);
    check_refused(aio_cancel(99, NULL), EBADF);
    check_equal(aio_cancel(disk, NULL), AIO_ALLDONE);
    control.aio_fildes = disk;
    control.aio_offset = DISK_SIZE - 100;
    check_equal(aio_read(&control), 0);
    wait_for_one(&control);
    check_equal(aio_return(&control), 100);
    check_refused(aio_return(&control), EINVAL);
    check_equal(aio_suspend(list, 0, &soon), 0);
    check_equal(close(disk), 0);
}

TEST(what_nobody_began_is_cancelled)
{
    int ends[2];
    struct aiocb waiting[12];
    const struct aiocb *first[] = { &waiting[0] };
    struct timespec soon = { 0, 1000000 };
    int cancelled = 0;

    check_equal(pipe(ends), 0);
    memset(waiting, 0, sizeof waiting);
    for (int i = 0; i < 12; i++) {
        waiting[i].aio_fildes = ends[0];
        waiting[i].aio_buf = memory[i];
        waiting[i].aio_nbytes = 1;
        check_equal(aio_read(&waiting[i]), 0);
    }
    check_refused(aio_suspend(first, 1, &soon), EAGAIN);
    check_equal(aio_cancel(ends[0], NULL), AIO_NOTCANCELED);
    for (int i = 0; i < 12; i++)
        cancelled += aio_error(&waiting[i]) == ECANCELED;
    check(cancelled > 0 && cancelled < 12);
    check_equal(write(ends[1], "abcdefghijkl", 12 - (size_t)cancelled), 12 - cancelled);
    for (int i = 0; i < 12; i++)
        wait_for_one(&waiting[i]);
    check_equal(close(ends[0]) | close(ends[1]), 0);
}
