/*
 * Walking a tree of files. Directories are read one after the other, each as a whole, so `most_open` always suffices.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int plain_visitor(const char *, const struct stat *, int);
typedef int full_visitor(const char *, const struct stat *, int, struct FTW *);

struct walk {
    plain_visitor *plain;       /* one of the two */
    full_visitor *full;
    int flags;
    dev_t device;
    char path[PATH_MAX];
};

static int visit(struct walk *walk, const struct stat *status, int kind, struct FTW *place)
{
    if (walk->full)
        return walk->full(walk->path, status, kind, place);
    return walk->plain(walk->path, status, kind == FTW_SL || kind == FTW_SLN ? FTW_F : kind);
}

static int walk_one(struct walk *walk, int base, int level);

static bool is_itself(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
}

/* What is in the directory. Returns what a visitor returned, if not 0. */
static int walk_entries(struct walk *walk, int level)
{
    struct dirent **list;
    size_t length = strlen(walk->path), end = length && walk->path[length - 1] == '/' ? length : length + 1;
    int count = scandir(walk->path, &list, NULL, NULL), result = count < 0 ? -1 : 0;

    for (int i = 0; i < count; i++) {
        size_t name = strlen(list[i]->d_name);

        if (result == 0 && !is_itself(list[i]) && end + name < sizeof walk->path) {
            walk->path[end - 1] = '/';
            memcpy(walk->path + end, list[i]->d_name, name + 1);
            result = walk_one(walk, (int)end, level + 1);
        }
        free(list[i]);
    }
    if (count >= 0)
        free(list);
    walk->path[length] = '\0';
    return result;
}

/* What the walk's visitor is told it is. */
static int classify(struct walk *walk, struct stat *status)
{
    bool physical = walk->flags & FTW_PHYS;

    if ((physical ? lstat : stat)(walk->path, status) == 0)
        return S_ISDIR(status->st_mode) ? FTW_D : S_ISLNK(status->st_mode) ? FTW_SL : FTW_F;
    if (!physical && lstat(walk->path, status) == 0)
        return FTW_SLN;
    memset(status, 0, sizeof *status);
    return FTW_NS;
}

static int walk_one(struct walk *walk, int base, int level)
{
    struct stat status;
    struct FTW place = { .base = base, .level = level };
    int kind = classify(walk, &status), result;

    if (kind == FTW_NS && level == 0)
        return -1;
    if (level == 0)
        walk->device = status.st_dev;
    if ((walk->flags & FTW_MOUNT) && status.st_dev != walk->device)
        return 0;
    if (kind != FTW_D)
        return visit(walk, &status, kind, &place);
    if (access(walk->path, R_OK))
        return visit(walk, &status, FTW_DNR, &place);
    if (!(walk->flags & FTW_DEPTH) && (result = visit(walk, &status, FTW_D, &place)))
        return result;
    result = walk_entries(walk, level);
    if (!result && (walk->flags & FTW_DEPTH))
        result = visit(walk, &status, FTW_DP, &place);
    return result;
}

static int begin(struct walk *walk, const char *path)
{
    size_t length = strlen(path);
    const char *slash = strrchr(path, '/');

    if (length == 0 || length >= sizeof walk->path) {
        errno = length ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    memcpy(walk->path, path, length + 1);
    return walk_one(walk, slash && slash[1] ? (int)(slash + 1 - path) : 0, 0);
}

int nftw(const char *path, full_visitor *visitor, int most_open, int flags)
{
    struct walk walk = { .full = visitor, .flags = flags };

    (void)most_open;
    if (flags & FTW_CHDIR) {
        errno = ENOTSUP;
        return -1;
    }
    return begin(&walk, path);
}

int ftw(const char *path, plain_visitor *visitor, int most_open)
{
    struct walk walk = { .plain = visitor };

    (void)most_open;
    return begin(&walk, path);
}
