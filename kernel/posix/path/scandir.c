/*
 * Whole directories, sorted.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct names {
    struct dirent **list;
    size_t count, room;
};

static int add(struct names *names, const struct dirent *entry)
{
    if (names->count == names->room) {
        size_t room = names->room ? 2 * names->room : 16;
        struct dirent **list = realloc(names->list, room * sizeof(void *));

        if (!list)
            return -1;
        names->list = list;
        names->room = room;
    }
    struct dirent *copy = malloc(sizeof *copy);

    if (!copy)
        return -1;
    *copy = *entry;
    names->list[names->count++] = copy;
    return 0;
}

static int read_all(DIR *directory, struct names *names, int (*wanted)(const struct dirent *))
{
    const struct dirent *entry;

    errno = 0;
    while ((entry = readdir(directory))) {
        if ((!wanted || wanted(entry)) && add(names, entry))
            return -1;
        errno = 0;
    }
    return errno ? -1 : 0;
}

static void forget(struct names *names)
{
    int error = errno;

    while (names->count)
        free(names->list[--names->count]);
    free(names->list);
    errno = error;
}

int scandirat(int directory, const char *path, struct dirent ***list, int (*wanted)(const struct dirent *),
              int (*compare)(const struct dirent **, const struct dirent **))
{
    int descriptor = openat(directory, path, O_RDONLY | O_DIRECTORY);
    struct names names = { .count = 0 };

    if (descriptor < 0)
        return -1;
    DIR *opened = fdopendir(descriptor);

    if (!opened) {
        close(descriptor);
        return -1;
    }
    int result = read_all(opened, &names, wanted);

    closedir(opened);
    if (result) {
        forget(&names);
        return -1;
    }
    if (compare && names.count)
        qsort(names.list, names.count, sizeof(void *), (int (*)(const void *, const void *))compare);
    *list = names.list;
    return (int)names.count;
}

int scandir(const char *path, struct dirent ***list, int (*wanted)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **))
{
    return scandirat(AT_FDCWD, path, list, wanted, compare);
}

int alphasort(const struct dirent **one, const struct dirent **other)
{
    return strcoll((*one)->d_name, (*other)->d_name);
}

int versionsort(const struct dirent **one, const struct dirent **other)
{
    return strverscmp((*one)->d_name, (*other)->d_name);
}
