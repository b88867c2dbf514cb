/*
 * A host directory's entries, a message at a time.
 */
#include "posix/p9_listing.h"

#include <errno.h>
#include <stdlib.h>

#include "core/log.h"

/*
 * The longest entry. xen-9pfsd of Xen 4.20 drops the entry that did not fit any more when it has filled a message: where
 * less room than this is left, one may be missing.
 */
#define ENTRY_MAX (73 + P9_NAME_MAX)

void p9_listing_end(struct p9_listing *listing)
{
    free(listing->bytes);
    *listing = (struct p9_listing){ .bytes = NULL };
}

/* Reads the next message. Returns 1, 0 at the end, or a negative errno. */
static int fill(struct p9_listing *listing, struct p9 *p9, uint32_t fid)
{
    size_t room = p9_data_max(p9);

    if (!listing->bytes)
        listing->bytes = malloc(room);
    if (!listing->bytes)
        return -ENOMEM;
    ssize_t size = p9_read_directory(p9, fid, listing->bytes, room, listing->offset);

    if (size < 0)
        return (int)size;
    if ((size_t)size > room - ENTRY_MAX) {
        log_line("a host directory has more entries than fit into %zu bytes: it cannot be listed", room);
        return -EOVERFLOW;
    }
    listing->offset += (uint64_t)size;
    listing->size = (size_t)size;
    listing->at = listing->claimed = 0;
    return size > 0;
}

static void rewind_listing(struct p9_listing *listing)
{
    listing->index = 0;
    listing->offset = listing->size = listing->at = listing->claimed = 0;
}

int p9_listing_peek(struct p9_listing *listing, struct p9 *p9, uint32_t fid, off_t index, struct p9_stat *entry)
{
    if (index < listing->index)
        rewind_listing(listing);
    for (;;) {
        if (listing->claimed >= listing->size) {
            int more = fill(listing, p9, fid);

            if (more <= 0)
                return more;
        }
        struct p9_reader reader = p9_read_from(listing->bytes + listing->at, listing->size - listing->at);
        size_t claimed = p9_get_entry(&reader, entry);

        if (reader.bad)
            return -EIO;
        if (listing->index == index)
            return 1;
        listing->index++;
        listing->at = (size_t)(reader.at - listing->bytes);
        listing->claimed += claimed;
    }
}
