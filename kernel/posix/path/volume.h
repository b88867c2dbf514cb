/*
 * Host directories (paper, section 3.2: the FileSystem frontend): each 9P device of the domain is a mount. Its tag says
 * where: "/data", or "ro:/data" for one that is only to be read. A device is connected when a path in it is first used.
 */
#ifndef LWD_POSIX_PATH_VOLUME_H
#define LWD_POSIX_PATH_VOLUME_H

#include "drivers/p9.h"
#include "posix/path/mount.h"
#include "sched/mutex.h"

struct volume {
    struct mount mount;
    struct p9 p9;
    char device[16];            /* the name below "device/9pfs" */
    char at[MOUNT_PATH_MAX];
    dev_t number;               /* st_dev of its files */
    bool readonly;
    struct mutex lock;          /* of connecting */
    bool tried;
    int error;                  /* why there is no connection */
};

/* Adds a mount for each host directory, once; blocks for xenstore the first time. */
void volumes_mount(void);

/* The volume with a connection, or a negative errno: -EIO if there is none. The first call connects. */
int volume_connect(struct volume *volume);

#endif
