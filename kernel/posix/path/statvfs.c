/*
 * Room in file systems: a volume's is the host's; of what has no room to be counted, nothing is free.
 */
#include <sys/statvfs.h>

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "posix/path/mount.h"
#include "posix/result.h"

static int ask(struct mount *mount, const char *path, struct statvfs *room)
{
    struct stat status;
    int error = mount->file_system->status(mount, path, true, &status);

    *room = (struct statvfs){
        .f_bsize = 4096, .f_frsize = 4096, .f_flag = ST_RDONLY | ST_NOSUID, .f_namemax = NAME_MAX,
    };
    return error || !mount->file_system->room ? error : mount->file_system->room(mount, path, room);
}

int statvfs(const char *restrict path, struct statvfs *restrict room)
{
    char buffer[MOUNT_PATH_MAX];
    struct mount *mount;
    const char *inside;
    int error = mount_resolve(NULL, path, &mount, &inside, buffer);

    return (int)posix_result(error ? error : ask(mount, inside, room));
}

int fstatvfs(int descriptor, struct statvfs *room)
{
    struct open_file *file = file_get(descriptor);

    if (!file)
        return (int)posix_result(-EBADF);
    *room = (struct statvfs){ .f_bsize = 4096, .f_frsize = 4096, .f_flag = ST_NOSUID, .f_namemax = NAME_MAX };
    int error = file->operations->room ? file->operations->room(file, room) : 0;

    file_put(file);
    return (int)posix_result(error);
}
