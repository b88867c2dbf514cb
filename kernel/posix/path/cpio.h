/*
 * Reading a cpio archive of the "newc" format in memory, entry by entry. Pure: also runs on the host under a fuzzer.
 */
#ifndef LWD_POSIX_PATH_CPIO_H
#define LWD_POSIX_PATH_CPIO_H

#include <stddef.h>
#include <stdint.h>

struct cpio_reader {
    const char *at, *end;
};

/* Points into the archive. `name` is NUL-terminated and has no leading "/" or "./". */
struct cpio_entry {
    const char *name;
    const void *data;
    size_t size;
    uint32_t mode, inode, links, modified;
};

static inline struct cpio_reader cpio_open(const void *archive, size_t size)
{
    return (struct cpio_reader){ archive, (const char *)archive + size };
}

/*
 * Gives the next entry. Archives that follow one another, with zeroes between, read as one. Returns 1; 0 at the end;
 * -EINVAL where the archive is cut off or malformed.
 */
int cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

#endif
