/*
 * /dev/null, /dev/zero, /dev/full, /dev/random and /dev/urandom (the same), numbered as on Linux.
 */
#include <errno.h>
#include <string.h>

#include "arch/x86_64/random.h"
#include "posix/path/devices.h"
#include "xen/evtchn.h"

#define DEVICE(minor) (1 << 8 | (minor))
#define NULL_NUMBER DEVICE(3)
#define ZERO_NUMBER DEVICE(5)
#define FULL_NUMBER DEVICE(7)
#define RANDOM_NUMBER DEVICE(8)
#define URANDOM_NUMBER DEVICE(9)

void plain_device_status(dev_t number, struct stat *status)
{
    *status = (struct stat){
        .st_mode = S_IFCHR | 0666,
        .st_ino = (ino_t)number,
        .st_rdev = number,
        .st_nlink = 1,
        .st_blksize = 4096,
    };
}

static ssize_t read_end(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    (void)file;
    (void)buffer;
    (void)size;
    (void)offset;
    return 0;
}

static ssize_t read_zeroes(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    (void)file;
    (void)offset;
    memset(buffer, 0, size);
    return (ssize_t)size;
}

static ssize_t read_random(struct open_file *file, void *buffer, size_t size, off_t offset)
{
    int error = random_fill(buffer, size);

    (void)file;
    (void)offset;
    return error ? -EIO : (ssize_t)size;
}

static ssize_t write_away(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    (void)file;
    (void)buffer;
    (void)offset;
    return (ssize_t)size;
}

static ssize_t write_away_quickly(int descriptor, const void *buffer, size_t size, struct open_file *file)
{
    (void)file;
    if (evtchn_pending())
        return file_write_anyhow(descriptor, buffer, size);
    return (ssize_t)size;
}

static ssize_t write_full(struct open_file *file, const void *buffer, size_t size, off_t offset)
{
    (void)file;
    (void)buffer;
    (void)offset;
    return size ? -ENOSPC : 0;
}

static int null_status(struct open_file *file, struct stat *status)
{
    (void)file;
    plain_device_status(NULL_NUMBER, status);
    return 0;
}

static int zero_status(struct open_file *file, struct stat *status)
{
    (void)file;
    plain_device_status(ZERO_NUMBER, status);
    return 0;
}

static int full_status(struct open_file *file, struct stat *status)
{
    (void)file;
    plain_device_status(FULL_NUMBER, status);
    return 0;
}

static int random_status(struct open_file *file, struct stat *status)
{
    (void)file;
    plain_device_status(URANDOM_NUMBER, status);
    return 0;
}

static const struct file_operations null_operations = {
    .seekable = true,
    .read = read_end,
    .write = write_away,
    .write_quickly = write_away_quickly,
    .status = null_status,
    .release = plain_device_release,
};

static const struct file_operations zero_operations = {
    .seekable = true,
    .read = read_zeroes,
    .write = write_away,
    .write_quickly = write_away_quickly,
    .status = zero_status,
    .release = plain_device_release,
};

static const struct file_operations full_operations = {
    .seekable = true,
    .read = read_zeroes,
    .write = write_full,
    .status = full_status,
    .release = plain_device_release,
};

static const struct file_operations random_operations = {
    .seekable = true,
    .read = read_random,
    .write = write_away,
    .status = random_status,
    .release = plain_device_release,
};

const struct plain_device plain_devices[] = {
    { "null", NULL_NUMBER, &null_operations },
    { "zero", ZERO_NUMBER, &zero_operations },
    { "full", FULL_NUMBER, &full_operations },
    { "random", RANDOM_NUMBER, &random_operations },
    { "urandom", URANDOM_NUMBER, &random_operations },
    { NULL, 0, NULL },
};
