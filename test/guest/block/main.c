/*
 * Block devices as files, against a model of what is on them. The last line is the checksum of what the disk has to hold
 * at the end; the runner compares it with the file in dom0.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "verdict.h"

unsigned char model[DISK_SIZE];
static unsigned char memory[(1 << 20) + 3 * 4096] __attribute__((aligned(4096)));

/* Each sector's edge, and on either side of what one request without a page of descriptors can carry. */
static const size_t sizes[] = { 1, 511, 512, 513, 4096, 4097, 11 * 4096, 12 * 4096 + 512 };
static const size_t offsets[] = { 0, 1, 511, 512, 4095, 70000, DISK_SIZE - 13 * 4096 - 1 };
static const size_t alignments[] = { 0, 1, 512, 4095 };

#define EACH(array, i) for (size_t i = 0; i < sizeof(array) / sizeof *(array); i++)

void fresh_bytes(unsigned char *bytes, size_t size)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            bits = random_bits();
        bytes[i] = (unsigned char)(bits >> i % 8 * 8);
    }
}

static int open_disk(int flags)
{
    int disk = open(DISK, flags);

    check(disk >= 0);
    return disk;
}

static void check_read(int disk, size_t offset, size_t size, unsigned char *to)
{
    memset(to, 0xcc, size + 1);
    check_equal(pread(disk, to, size, (off_t)offset), size);
    if (memcmp(to, model + offset, size) != 0)
        fail("%zu bytes at %zu into memory at ...%zx are wrong", size, offset, (size_t)to % 4096);
    check_equal(to[size], 0xcc);
}

TEST(size_and_kind_are_told)
{
    int disk = open_disk(O_RDONLY), sector = 0, readonly = 1;
    unsigned long long size = 0;
    unsigned long sectors = 0;
    struct stat status;

    check_equal(fstat(disk, &status), 0);
    check(S_ISBLK(status.st_mode));
    check_equal(status.st_size, DISK_SIZE);
    check_equal(ioctl(disk, BLKGETSIZE64, &size), 0);
    check_equal(size, DISK_SIZE);
    check_equal(ioctl(disk, BLKGETSIZE, &sectors), 0);
    check_equal(sectors, DISK_SIZE / 512);
    check_equal(ioctl(disk, BLKSSZGET, &sector), 0);
    check_equal(sector, 512);
    check_equal(ioctl(disk, BLKROGET, &readonly), 0);
    check_equal(readonly, 0);
    check_refused(ioctl(disk, 0x1234, &sector), ENOTTY);
    check_equal(lseek(disk, 0, SEEK_END), DISK_SIZE);
    check_equal(close(disk), 0);
    check_equal(stat(READONLY_DISK, &status), 0);
    check_equal(status.st_size, DISK_SIZE);
}

TEST(reads_at_any_alignment)
{
    int disk = open_disk(O_RDONLY);

    EACH(sizes, s)
        EACH(offsets, o)
            EACH(alignments, a)
                check_read(disk, offsets[o], sizes[s], memory + alignments[a]);
    check_equal(close(disk), 0);
}

TEST(writes_at_any_alignment)
{
    int disk = open_disk(O_RDWR | O_DIRECT);

    EACH(sizes, s)
        EACH(offsets, o) {
            unsigned char *from = memory + alignments[(s + o) % (sizeof alignments / sizeof *alignments)];

            fresh_bytes(from, sizes[s]);
            memcpy(model + offsets[o], from, sizes[s]);
            check_equal(pwrite(disk, from, sizes[s], (off_t)offsets[o]), sizes[s]);
        }
    check_equal(fsync(disk), 0);
    for (size_t at = 0; at < DISK_SIZE; at += 1 << 20)
        check_read(disk, at, 1 << 20, memory);
    check_equal(close(disk), 0);
}

TEST(one_large_transfer)
{
    int disk = open_disk(O_RDWR);
    unsigned char *all = malloc(DISK_SIZE);

    check(all != NULL);
    fresh_bytes(model, DISK_SIZE);
    check_equal(write(disk, model, DISK_SIZE), DISK_SIZE);
    check_equal(lseek(disk, 0, SEEK_SET), 0);
    check_equal(read(disk, all, DISK_SIZE), DISK_SIZE);
    check(memcmp(all, model, DISK_SIZE) == 0);
    check_equal(read(disk, all, 1), 0);
    free(all);
    check_equal(close(disk), 0);
}

TEST(the_end_is_the_end)
{
    int disk = open_disk(O_RDWR);
    unsigned char bytes[1024];

    check_equal(pread(disk, bytes, sizeof bytes, DISK_SIZE - 100), 100);
    check(memcmp(bytes, model + DISK_SIZE - 100, 100) == 0);
    check_equal(pread(disk, bytes, sizeof bytes, DISK_SIZE), 0);
    check_equal(pread(disk, bytes, sizeof bytes, DISK_SIZE + 4096), 0);
    check_equal(pwrite(disk, model + DISK_SIZE - 100, sizeof bytes > 100 ? 100 : 0, DISK_SIZE - 100), 100);
    check_equal(pwrite(disk, bytes, 1024, DISK_SIZE - 512) , 512);
    memcpy(model + DISK_SIZE - 512, bytes, 512);
    check_refused(pwrite(disk, bytes, 1, DISK_SIZE), ENOSPC);
    check_refused(pread(disk, bytes, 1, -1), EINVAL);
    check_equal(close(disk), 0);
}

TEST(discarded_is_gone)
{
    int disk = open_disk(O_RDWR);
    uint64_t range[2] = { 65536, 65536 }, odd[2] = { 7, 512 }, beyond[2] = { DISK_SIZE, 4096 };

    check_refused(ioctl(disk, BLKDISCARD, odd), EINVAL);
    check_refused(ioctl(disk, BLKDISCARD, beyond), EINVAL);
    if (ioctl(disk, BLKDISCARD, range) != 0) {
        check_equal(errno, EOPNOTSUPP);
        verdict_skip("this disk cannot discard");
    }
    /* What is read from there is the backend's to choose: the model takes what it is. */
    check_equal(pread(disk, model + range[0], range[1], (off_t)range[0]), range[1]);
    check_equal(close(disk), 0);
}

TEST(readonly_is_refused)
{
    int disk = open(READONLY_DISK, O_RDONLY), readonly = 0;
    unsigned char bytes[4096];

    check(disk >= 0);
    check_equal(ioctl(disk, BLKROGET, &readonly), 0);
    check_equal(readonly, 1);
    check_equal(pread(disk, bytes, sizeof bytes, 12345), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        check_equal(bytes[i], pattern_byte(12345 + i));
    check_refused(write(disk, bytes, 1), EBADF);
    check_equal(close(disk), 0);
    check_refused(open(READONLY_DISK, O_RDWR), EROFS);
    check_refused(open(READONLY_DISK, O_WRONLY), EROFS);
}

TEST(names)
{
    struct stat status;

    check_refused(open("/dev/xvdq", O_RDONLY), ENOENT);
    check_refused(open("/dev/xvda0", O_RDONLY), ENOENT);
    check_refused(open("/dev/nothing", O_RDWR | O_CREAT, 0600), EROFS);
    check_refused(open(DISK, O_RDONLY | O_DIRECTORY), ENOENT);
    check_refused(stat("/dev/xvdc", &status), ENOENT);
    check_equal(access(READONLY_DISK, R_OK), 0);
    check_refused(access(READONLY_DISK, W_OK), EACCES);
}

TEST(the_folder_lists_them)
{
    DIR *folder = opendir("/dev");
    struct dirent *entry;
    int disks = 0, others = 0;

    check(folder != NULL);
    while ((entry = readdir(folder))) {
        disks += strcmp(entry->d_name, "xvda") == 0 || strcmp(entry->d_name, "xvdb") == 0;
        others += strcmp(entry->d_name, "null") == 0 || strcmp(entry->d_name, "zero") == 0;
    }
    check_equal(closedir(folder), 0);
    check_equal(disks, 2);
    check_equal(others, 2);
}

TEST(plain_devices)
{
    char bytes[100];
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY), full = open("/dev/full", O_RDWR);
    struct stat status;

    check(null >= 0 && zero >= 0 && full >= 0);
    check_equal(write(null, bytes, sizeof bytes), sizeof bytes);
    check_equal(read(null, bytes, sizeof bytes), 0);
    memset(bytes, 1, sizeof bytes);
    check_equal(read(zero, bytes, sizeof bytes), sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        check_equal(bytes[i], 0);
    check_refused(write(full, bytes, 1), ENOSPC);
    check_equal(fstat(null, &status), 0);
    check(S_ISCHR(status.st_mode));
    check_equal(close(null) | close(zero) | close(full), 0);
}

static uint64_t checksum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}

int main(int argc, char **argv)
{
    if (argc > 1)
        return play(argv[1]);
    for (size_t i = 0; i < DISK_SIZE; i++)
        model[i] = pattern_byte(i);
    int failed = test_run_all();

    printf("checksum %016llx\n", (unsigned long long)checksum(model, DISK_SIZE));
    return failed;
}
