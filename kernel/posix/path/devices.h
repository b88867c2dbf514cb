/*
 * What is below /dev.
 */
#ifndef LWD_POSIX_PATH_DEVICES_H
#define LWD_POSIX_PATH_DEVICES_H

#include "posix/path/mount.h"

/* Always there, at "dev". */
extern struct mount devices_mount;

/* Character devices without any state: their operations and the number that stat() shows. */
struct plain_device {
    const char *name;
    dev_t number;
    const struct file_operations *operations;
};

/* Ends with a null name. */
extern const struct plain_device plain_devices[];

/* What stat() says of one. */
void plain_device_status(dev_t number, struct stat *status);

/* What one open file of such a device ends with. */
void plain_device_release(struct open_file *file);

/* Opens a block device by its name within /dev. -ENOENT if the domain has none such; 0 or another negative errno. */
int block_file_open(const char *name, int flags, struct open_file **file);

/* stat() of one; connects to it, since only its backend knows the size. */
int block_file_status(const char *name, struct stat *status);

#endif
