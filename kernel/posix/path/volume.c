/*
 * Which host directories there are, and their connections.
 */
#include "posix/path/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/format.h"
#include "core/log.h"
#include "drivers/xenstore.h"
#include "posix/file/file_p9.h"
#include "posix/path/path.h"

#define READONLY_PREFIX "ro:"

static dev_t count;

/* Reads where the device wants to be, from the tag that the toolstack gave it. */
static int read_place(struct volume *volume)
{
    char node[64], tag[XENSTORE_MAX];

    format_text(node, sizeof node, "device/9pfs/%s/tag", volume->device);
    long length = xenstore_read(node, tag, sizeof tag);

    if (length < 0)
        return (int)length;
    volume->readonly = strncmp(tag, READONLY_PREFIX, strlen(READONLY_PREFIX)) == 0;
    return path_normalise(volume->readonly ? tag + strlen(READONLY_PREFIX) : tag, volume->at, sizeof volume->at);
}

static bool add(void *context, const char *name)
{
    struct volume *volume = strlen(name) < sizeof volume->device ? calloc(1, sizeof *volume) : NULL;

    (void)context;
    if (!volume)
        return true;
    strcpy(volume->device, name);
    mutex_init(&volume->lock);
    int error = read_place(volume);

    if (error || volume->at[0] == '\0') {
        log_line("device/9pfs/%s: its tag is no path for a host directory", name);
        free(volume);
        return true;
    }
    volume->number = ++count;
    volume->mount.at = volume->at;
    volume->mount.file_system = &p9_file_system;
    mount_add(&volume->mount);
    return true;
}

void volumes_mount(void)
{
    static struct mutex lock = MUTEX_INIT(lock);
    static bool done;

    if (done)
        return;
    mutex_lock(&lock);
    if (!done)
        front_for_each("9pfs", add, NULL);
    done = true;
    mutex_unlock(&lock);
}

int volume_connect(struct volume *volume)
{
    mutex_lock(&volume->lock);
    if (!volume->tried) {
        volume->tried = true;
        volume->error = p9_connect(&volume->p9, volume->device);
        if (volume->error) {
            log_line("/%s: no connection to the host directory: error %d", volume->at, -volume->error);
            volume->error = -EIO;
        }
    }
    mutex_unlock(&volume->lock);
    return volume->error;
}
