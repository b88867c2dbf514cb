/*
 * Paths. Pure: also runs on the host.
 */
#ifndef LWD_POSIX_PATH_PATH_H
#define LWD_POSIX_PATH_PATH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes `path`, taken from the root, without leading or repeated slashes and without "." and "..", which goes up by
 * its name's text and no further than the root. The root is "". Returns 0, -ENOENT for an empty path, -ENAMETOOLONG.
 */
int path_normalise(const char *path, char *out, size_t size);

/* Would path_normalise() leave a path of less than `size` bytes, its NUL counted, as it is? */
bool path_is_normal(const char *path, size_t size);

#endif
