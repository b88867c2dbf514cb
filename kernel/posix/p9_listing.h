/*
 * A host directory's entries: a 9P server gives them as a stream, which can be read on and begun again and nothing else.
 */
#ifndef LWD_POSIX_P9_LISTING_H
#define LWD_POSIX_P9_LISTING_H

#include "drivers/p9.h"

/* Zero at the start. */
struct p9_listing {
    uint8_t *bytes;             /* one message's worth of entries */
    size_t size, at;
    size_t claimed;             /* by the entries before `at` (p9_get_entry) */
    uint64_t offset;            /* in the stream, behind `bytes` */
    off_t index;                /* of the next entry */
};

/*
 * Goes to the entry with number `index` and reads it, without going on to the next. Blocks. Returns 1, 0 if there are
 * not so many, or a negative errno: -EOVERFLOW if the directory has more entries than fit into one message, since
 * xen-9pfsd then loses some.
 */
int p9_listing_peek(struct p9_listing *listing, struct p9 *p9, uint32_t fid, off_t index, struct p9_stat *entry);

/* Frees what it holds. */
void p9_listing_end(struct p9_listing *listing);

#endif
