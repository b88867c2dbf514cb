/*
 * The read-only root, for the kernel itself: its files lie in memory.
 */
#ifndef LWD_POSIX_PATH_ROOT_H
#define LWD_POSIX_PATH_ROOT_H

#include <stddef.h>

/* Where a file of the root is (normalised path). Returns 0 or a negative errno. */
int root_content(const char *path, const void **data, size_t *size);

#endif
