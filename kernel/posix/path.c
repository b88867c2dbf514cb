/*
 * Making a path canonical, component by component.
 */
#include "posix/path.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_component(const char *at, size_t length, const char *component)
{
    return length == strlen(component) && memcmp(at, component, length) == 0;
}

/* Takes the last component off `out`. */
static size_t parent(const char *out, size_t length)
{
    while (length > 0 && out[length - 1] != '/')
        length--;
    return length ? length - 1 : 0;
}

int path_normalise(const char *path, char *out, size_t size)
{
    size_t used = 0;

    if (*path == '\0')
        return -ENOENT;
    while (*path) {
        size_t length = strcspn(path, "/");

        if (is_component(path, length, "..")) {
            used = parent(out, used);
        } else if (length && !is_component(path, length, ".")) {
            bool separate = used > 0;

            if (used + separate + length >= size)
                return -ENAMETOOLONG;
            if (separate)
                out[used++] = '/';
            memcpy(out + used, path, length);
            used += length;
        }
        path += length;
        path += *path == '/';
    }
    out[used] = '\0';
    return 0;
}
