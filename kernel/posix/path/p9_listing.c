/*
 * A host directory's entries, a message at a time.
 */
#include "posix/path/p9_listing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"

/* Some two thousand entries with names as people give them. */
#define LISTING_BYTES ((size_t)64 << 10)
/* What an entry has in front of its name, and the name's length. */
#define ENTRY_OVERHEAD (P9_QID_SIZE + 8 + 1 + 2)

void p9_listing_end(struct p9_listing *listing)
{
    free(listing->bytes);
    *listing = (struct p9_listing){ .bytes = NULL };
}

/* Reads the message that begins at `position`. */
static int fill(struct p9_listing *listing, struct p9 *p9, uint32_t fid, uint64_t position)
{
    size_t room = MIN(LISTING_BYTES, p9_data_max(p9));

    listing->size = listing->at = 0;
    if (!listing->bytes)
        listing->bytes = malloc(room);
    if (!listing->bytes)
        return -ENOMEM;
    ssize_t size = p9_read_directory(p9, fid, listing->bytes, room, position);

    if (size < 0)
        return (int)size;
    listing->size = (size_t)size;
    listing->position = position;
    return 0;
}

int p9_listing_peek(struct p9_listing *listing, struct p9 *p9, uint32_t fid, uint64_t position, struct p9_entry *entry)
{
    if (listing->at >= listing->size || listing->position != position) {
        int error = fill(listing, p9, fid, position);

        if (error || listing->size == 0)
            return error;
    }
    struct p9_reader reader = p9_read_from(listing->bytes + listing->at, listing->size - listing->at);

    p9_get_entry(&reader, entry);
    return reader.bad ? -EIO : 1;
}

void p9_listing_take(struct p9_listing *listing, const struct p9_entry *entry)
{
    listing->at += ENTRY_OVERHEAD + strlen(entry->name);
    listing->position = entry->next;
}
