/*
 * The calls that take a path in a host directory. The server follows no symbolic links: they are followed here, so that
 * what a link leads to is a path of the domain, wherever the directory lies on the host. A directory that is only to be
 * read is left alone by us, and by the server whatever we do.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/bits.h"
#include "posix/file/file_p9.h"
#include "posix/path/path.h"

#define LINKS_MAX 32

static struct volume *volume_of(struct mount *mount)
{
    return container_of(mount, struct volume, mount);
}

/* Connected, and not readonly if something is to be changed. */
static int ready(struct volume *volume, bool to_change)
{
    if (to_change && volume->readonly)
        return -EROFS;
    return volume_connect(volume);
}

/* --- links --- */

/* A path that is on its way through links. */
struct way {
    struct volume *volume;
    unsigned links;
    struct p9_walked walked;    /* by the last call */
    char path[MOUNT_PATH_MAX];
};

static void way_begin(struct way *way, struct volume *volume, const char *path)
{
    way->volume = volume;
    way->links = 0;
    strlcpy(way->path, path, sizeof way->path);
}

/* The end of the first `names` names of a path. */
static size_t length_of_names(const char *path, unsigned names)
{
    const char *at = path;

    while (names && *at) {
        at += strcspn(at, "/");
        if (--names)
            at += *at == '/';
    }
    return (size_t)(at - path);
}

/* A path of the domain, absolute, as one in this volume. -EXDEV if it is elsewhere. */
static int enter_volume(const struct volume *volume, char *path)
{
    char whole[MOUNT_PATH_MAX];
    size_t length = strlen(volume->at);
    int error = path_normalise(path, whole, sizeof whole);

    if (error)
        return error;
    if (strncmp(whole, volume->at, length) != 0 || (whole[length] != '/' && whole[length] != '\0'))
        return -EXDEV;
    strcpy(path, whole + length + (whole[length] == '/'));
    return 0;
}

/* Replaces the link that the way's first `names` names lead to by what it says. */
static int follow_link(struct way *way, unsigned names)
{
    char link[MOUNT_PATH_MAX], target[P9_TARGET_MAX], whole[P9_TARGET_MAX + 3 * MOUNT_PATH_MAX];
    size_t length = length_of_names(way->path, names), directory = length;
    struct p9_walked walked;

    if (++way->links > LINKS_MAX)
        return -ELOOP;
    memcpy(link, way->path, length);
    link[length] = '\0';
    int error = p9_read_link(&way->volume->p9, link, target, &walked);

    if (error)
        return error;
    while (directory && link[directory - 1] != '/')
        directory--;
    link[directory] = '\0';
    strcpy(whole, "/");
    if (target[0] != '/') {
        strcat(whole, way->volume->at);
        strcat(whole, "/");
        strcat(whole, link);
    }
    strcat(whole, target);
    strcat(whole, way->path + length);
    if (strlen(whole) >= MOUNT_PATH_MAX)
        return -ENAMETOOLONG;
    strcpy(way->path, whole);
    return enter_volume(way->volume, way->path);
}

/* After a call for the way's path: goes on through the link at which that stopped. True if the call is to be made again. */
static bool follow(struct way *way, int *error)
{
    if (*error != -ELOOP || !way->walked.at_link)
        return false;
    *error = follow_link(way, way->walked.names);
    return !*error;
}

/* The same after a call that has found a file, and is wanted for what a link at the path's end leads to. */
static bool follow_last(struct way *way, int *error)
{
    if (*error || !(way->walked.qid.type & P9_QT_LINK))
        return follow(way, error);
    *error = follow_link(way, way->walked.names);
    return !*error;
}

/* Cuts the last name off: `parent` has room for `path`. Returns the name. */
static const char *split(const char *path, char *parent)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;

    memcpy(parent, path, length);
    parent[length] = '\0';
    return slash ? slash + 1 : path;
}

/* --- open --- */

static uint32_t flags_of(int flags)
{
    int access = flags & O_ACCMODE;

    return (access == O_WRONLY ? P9_O_WRITE : access == O_RDWR ? P9_O_RDWR : 0) |
           (flags & O_CREAT ? P9_O_CREATE : 0) | (flags & O_CREAT && flags & O_EXCL ? P9_O_EXCLUSIVE : 0) |
           (flags & O_TRUNC ? P9_O_TRUNCATE : 0) | (flags & O_APPEND ? P9_O_APPEND : 0) |
           (flags & O_SYNC ? P9_O_SYNC : 0) | (flags & O_DIRECTORY ? P9_O_DIRECTORY : 0);
}

static int volume_open(struct mount *mount, const char *path, int flags, mode_t mode, struct open_file **file)
{
    struct volume *volume = volume_of(mount);
    bool changes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
    uint32_t wanted = flags_of(flags), fid;
    struct way way;
    int error = ready(volume, changes);

    if (error)
        return error;
    /* In a volume that is only to be read, what is there can be opened, and nothing can be made. */
    if (volume->readonly)
        wanted &= ~P9_O_CREATE;
    way_begin(&way, volume, path);
    do
        error = p9_open(&volume->p9, way.path, wanted, mode & 0777, &fid, &way.walked);
    while (!(flags & O_NOFOLLOW) && follow(&way, &error));
    if (error == -ENOENT && volume->readonly && (flags & O_CREAT))
        error = -EROFS;
    return error ? error : p9_file_make(volume, fid, &way.walked.qid, flags, file);
}

/* --- status and links --- */

static int volume_status(struct mount *mount, const char *path, bool follows, struct stat *status)
{
    struct volume *volume = volume_of(mount);
    struct p9_status found;
    struct way way;
    int error = ready(volume, false);

    if (error)
        return error;
    way_begin(&way, volume, path);
    do
        error = p9_status(&volume->p9, way.path, &found, &way.walked);
    while (follows ? follow_last(&way, &error) : follow(&way, &error));
    if (!error)
        p9_file_fill_status(volume, &found, status);
    return error;
}

static int volume_room(struct mount *mount, const char *path, struct statvfs *room)
{
    struct volume *volume = volume_of(mount);
    struct p9_space found;
    struct way way;
    int error = ready(volume, false);

    if (error)
        return error;
    way_begin(&way, volume, path);
    do
        error = p9_room(&volume->p9, way.path, &found, &way.walked);
    while (follow(&way, &error));
    if (!error)
        p9_file_fill_room(volume, &found, room);
    return error;
}

static ssize_t volume_read_symlink(struct mount *mount, const char *path, char *target, size_t size)
{
    struct volume *volume = volume_of(mount);
    char whole[P9_TARGET_MAX];
    struct way way;
    int error = ready(volume, false);

    if (error)
        return error;
    way_begin(&way, volume, path);
    do
        error = p9_read_link(&volume->p9, way.path, whole, &way.walked);
    while (follow(&way, &error));
    if (error)
        return error;
    size_t length = MIN(strlen(whole), size);

    memcpy(target, whole, length);
    return (ssize_t)length;
}

/* --- names made and removed: in a directory, to which links are followed --- */

/*
 * Does CALL(directory, name, &walked), an int, for a path's directory and last name, through links. `error` is 0 or why
 * it cannot be done.
 */
#define IN_DIRECTORY(volume, path, error, call)                                         \
    do {                                                                                \
        char directory[MOUNT_PATH_MAX];                                                 \
        const char *name = split(path, directory);                                      \
        struct way way;                                                                 \
                                                                                        \
        way_begin(&way, volume, directory);                                             \
        do                                                                              \
            error = call;                                                               \
        while (follow(&way, &error));                                                   \
    } while (0)

static int volume_make_directory(struct mount *mount, const char *path, mode_t mode)
{
    struct volume *volume = volume_of(mount);
    int error = ready(volume, true);

    if (error || path[0] == '\0')
        return error ? error : -EEXIST;
    IN_DIRECTORY(volume, path, error, p9_make_directory(&volume->p9, way.path, name, mode & 0777, &way.walked));
    return error;
}

static int volume_make_symlink(struct mount *mount, const char *target, const char *path)
{
    struct volume *volume = volume_of(mount);
    int error = ready(volume, true);

    if (error || path[0] == '\0')
        return error ? error : -EEXIST;
    if (target[0] == '\0' || strlen(target) >= MOUNT_PATH_MAX)
        return target[0] ? -ENAMETOOLONG : -ENOENT;
    IN_DIRECTORY(volume, path, error, p9_make_link(&volume->p9, way.path, name, target, &way.walked));
    return error;
}

static int volume_remove(struct mount *mount, const char *path, bool directory_wanted)
{
    struct volume *volume = volume_of(mount);
    int error = ready(volume, true);

    if (error)
        return error;
    if (path[0] == '\0')
        return directory_wanted ? -EBUSY : -EISDIR;
    IN_DIRECTORY(volume, path, error, p9_unlink(&volume->p9, way.path, name, directory_wanted, &way.walked));
    return error;
}

/* The fid of a path's file, or of the directory that it is in, through a link at the end. */
static int walk_to(struct volume *volume, const char *path, bool directory, uint32_t *fid)
{
    struct way way;
    int error;

    way_begin(&way, volume, path);
    for (;;) {
        error = p9_walk(&volume->p9, way.path, fid, &way.walked);
        bool at_end = !error && directory && (way.walked.qid.type & P9_QT_LINK);

        if (at_end)
            p9_clunk(&volume->p9, *fid);
        if (!(at_end ? follow_last(&way, &error) : follow(&way, &error)))
            return error;
    }
}

static int volume_rename(struct mount *mount, const char *from, const char *to)
{
    struct volume *volume = volume_of(mount);
    char old_directory[MOUNT_PATH_MAX], new_directory[MOUNT_PATH_MAX];
    const char *old_name = split(from, old_directory), *new_name = split(to, new_directory);
    uint32_t old_fid, new_fid;
    int error = ready(volume, true);

    if (!error && (from[0] == '\0' || to[0] == '\0'))
        error = -EBUSY;
    if (!error)
        error = walk_to(volume, old_directory, true, &old_fid);
    if (error)
        return error;
    error = walk_to(volume, new_directory, true, &new_fid);
    if (!error) {
        error = p9_rename(&volume->p9, old_fid, old_name, new_fid, new_name);
        p9_clunk(&volume->p9, new_fid);
    }
    p9_clunk(&volume->p9, old_fid);
    return error;
}

static int volume_link(struct mount *mount, const char *from, const char *to)
{
    struct volume *volume = volume_of(mount);
    char new_directory[MOUNT_PATH_MAX];
    const char *new_name = split(to, new_directory);
    uint32_t file, directory;
    int error = ready(volume, true);

    if (!error && to[0] == '\0')
        error = -EEXIST;
    if (!error)
        error = walk_to(volume, from, false, &file);
    if (error)
        return error;
    error = walk_to(volume, new_directory, true, &directory);
    if (!error) {
        error = p9_link(&volume->p9, file, directory, new_name);
        p9_clunk(&volume->p9, directory);
    }
    p9_clunk(&volume->p9, file);
    return error;
}

/* --- what is set --- */

static int change(struct mount *mount, const char *path, const struct p9_change *change)
{
    struct volume *volume = volume_of(mount);
    struct way way;
    int error = ready(volume, true);

    if (error)
        return error;
    way_begin(&way, volume, path);
    do {
        error = p9_change(&volume->p9, way.path, change, &way.walked);
        /* What the server refuses to do to a link, it does to what that leads to. */
        if (error == -EOPNOTSUPP && (way.walked.qid.type & P9_QT_LINK))
            error = 0;
    } while (follow_last(&way, &error));
    return error;
}

static int volume_truncate(struct mount *mount, const char *path, off_t size)
{
    const struct p9_change wanted = { .valid = P9_SET_SIZE, .size = (uint64_t)size };

    return change(mount, path, &wanted);
}

static int volume_change_mode(struct mount *mount, const char *path, mode_t mode)
{
    return change(mount, path, &(struct p9_change){ .valid = P9_SET_MODE, .mode = mode & 0777 });
}

static int volume_change_times(struct mount *mount, const char *path, const struct timespec times[2])
{
    const struct p9_change wanted = p9_file_times(times);

    return change(mount, path, &wanted);
}

const struct file_system p9_file_system = {
    .open = volume_open,
    .status = volume_status,
    .room = volume_room,
    .make_directory = volume_make_directory,
    .remove = volume_remove,
    .rename = volume_rename,
    .link = volume_link,
    .make_symlink = volume_make_symlink,
    .read_symlink = volume_read_symlink,
    .truncate = volume_truncate,
    .change_mode = volume_change_mode,
    .change_times = volume_change_times,
};
