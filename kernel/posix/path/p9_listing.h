/*
 * A host directory's entries: the server gives them as a stream, with a number behind each entry from which on it can be
 * read again, whatever is made or removed meanwhile.
 */
#ifndef LWD_POSIX_PATH_P9_LISTING_H
#define LWD_POSIX_PATH_P9_LISTING_H

#include "drivers/p9.h"

/* Zero at the start. */
struct p9_listing {
    uint8_t *bytes;             /* one message's worth of entries */
    size_t size, at;
    uint64_t position;          /* of the entry at `at`: the server's number */
};

/*
 * Goes to the entry at `position` (0: the first; else the `next` of another) and reads it, without going on to the next.
 * Blocks. Returns 1, 0 behind the last, or a negative errno.
 */
int p9_listing_peek(struct p9_listing *listing, struct p9 *p9, uint32_t fid, uint64_t position, struct p9_entry *entry);

/* Goes on behind the entry that was read. */
void p9_listing_take(struct p9_listing *listing, const struct p9_entry *entry);

/* Frees what it holds. */
void p9_listing_end(struct p9_listing *listing);

#endif
