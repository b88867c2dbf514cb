/*
 * How much memory the domain has: frames are given back to Xen, and had again. Which ones is nobody's business above.
 */
#ifndef LWD_MM_RESERVATION_H
#define LWD_MM_RESERVATION_H

#include <stddef.h>

#include "arch/x86_64/platform.h"

/* Frames that have memory. */
pfn_t reservation_pages(void);

/*
 * Gives up to `count` free frames back to Xen, wiped if anything was ever in them, and leaves at least `keep` free ones.
 * Returns how many have gone: fewer if there are no more free ones. Does not block.
 */
size_t reservation_shrink(size_t count, size_t keep);

/* Takes up to `count` frames, of which there are never more than the host allows. Returns how many came. Does not block. */
size_t reservation_grow(size_t count);

#endif
