/*
 * The last part of a path, and the others: POSIX's basename(), which may change the path.
 */
#include <libgen.h>
#include <string.h>

/* Takes slashes off the end, but for one that is all. */
static size_t trim(const char *path, size_t length)
{
    while (length > 1 && path[length - 1] == '/')
        length--;
    return length;
}

char *basename(char *path)
{
    static char dot[] = ".";

    if (!path || !path[0])
        return dot;
    size_t length = trim(path, strlen(path));

    path[length] = '\0';
    char *slash = strrchr(path, '/');

    return slash && slash[1] ? slash + 1 : path;
}

char *dirname(char *path)
{
    static char dot[] = ".";

    if (!path || !path[0])
        return dot;
    size_t length = trim(path, strlen(path));

    while (length > 0 && path[length - 1] != '/')
        length--;
    if (length == 0)
        return dot;
    path[trim(path, length)] = '\0';
    return path;
}
