/*
 * Making a path canonical, component by component.
 */
#include "posix/path/path.h"

#include <errno.h>
#include <stdbool.h>

static bool ends_component(char c)
{
    return c == '/' || c == '\0';
}

/* How many dots the component at `at` consists of, if it means something by them; else 0. */
static size_t meaning_dots(const char *at)
{
    if (at[0] != '.')
        return 0;
    if (ends_component(at[1]))
        return 1;
    return at[1] == '.' && ends_component(at[2]) ? 2 : 0;
}

/* Takes the last component off `out`. */
static size_t parent(const char *out, size_t length)
{
    while (length > 0 && out[length - 1] != '/')
        length--;
    return length ? length - 1 : 0;
}

bool path_is_normal(const char *path, size_t size)
{
    for (const char *at = path;; at++) {
        /* At the start of a component, which may not be empty. */
        if (*at == '/' || *at == '\0' || meaning_dots(at))
            return false;
        while (!ends_component(*at))
            at++;
        if (*at == '\0')
            return (size_t)(at - path) < size;
    }
}

/* Appends the component at *path, which it moves behind that. False if it does not fit. */
static bool append(const char **path, char *out, size_t size, size_t *used)
{
    const char *at = *path;
    size_t length = *used;

    if (length > 0 && length + 1 < size)
        out[length++] = '/';
    for (; !ends_component(*at); at++) {
        if (length + 1 >= size)
            return false;
        out[length++] = *at;
    }
    *path = at;
    *used = length;
    return true;
}

/* Byte by byte: paths are short, and every open() comes this way. */
int path_normalise(const char *path, char *out, size_t size)
{
    size_t used = 0;

    if (*path == '\0')
        return -ENOENT;
    while (*path) {
        size_t dots = meaning_dots(path);

        if (*path == '/') {
            path++;
        } else if (dots) {
            used = dots == 2 ? parent(out, used) : used;
            path += dots;
        } else if (!append(&path, out, size, &used)) {
            return -ENAMETOOLONG;
        }
    }
    out[used] = '\0';
    return 0;
}
