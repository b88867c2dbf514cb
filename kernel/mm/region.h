/*
 * What applications map: ranges of the address space and what may be done in them. A region says what a page shall be
 * (mm/book.h); the page tables say what it is now (mm/table.h). A page that was never written is the shared page of zeroes,
 * or not there at all; the first write makes it the region's own (paper, section 4.2: project zeroes, copy on write).
 */
#ifndef LWD_MM_REGION_H
#define LWD_MM_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/platform.h"
#include "mm/book.h"

/* What a program may do in a region; none of them: the range is only reserved. */
enum region_access {
    REGION_READ = 1,
    REGION_WRITE = 2,
    REGION_EXECUTE = 4,
};

static inline enum page_access region_page_access(unsigned access)
{
    return (access & REGION_WRITE ? PAGE_WRITE : 0) | (access & REGION_EXECUTE ? PAGE_EXECUTE : 0);
}

/*
 * All addresses and sizes are multiples of the page size; sizes are not 0. Calls return 0 or a negative errno, do not
 * block, and are for thread context. Only the range of applications (REGION_BASE … REGION_END) can be named.
 */

/*
 * Reserves `size` bytes of zeroes at `*at` if that range is free, else wherever there is room that is aligned to
 * `alignment`, a power of two; sets `*at`. -ENOMEM.
 */
int region_map(uintptr_t *at, size_t size, uintptr_t alignment, unsigned access);

/* The same at exactly `at`; what was there is unmapped. -EINVAL outside of the range of applications. */
int region_map_fixed(uintptr_t at, size_t size, unsigned access);

/*
 * Takes the range out of whatever regions it touches and frees its pages. Parts that are not mapped do not matter. -ENOMEM,
 * with nothing changed: a region is split, or a part of a page table that is shared goes, and there is no frame for that.
 */
int region_unmap(uintptr_t at, size_t size);

/*
 * The same by the shortest way for what allocators do most. Maps one page to be read and written, wherever there is room,
 * with its memory if there is some: 0 if there is no frame to remember it by. Unmaps a page that is all of its region: false
 * if it is not, or something shares its table, and then nothing has changed.
 */
uintptr_t region_map_page(void);
bool region_unmap_page(uintptr_t at);

/* -ENOMEM if part of the range is not mapped, or there was no frame for a page table, and then nothing changed. */
int region_protect(uintptr_t at, size_t size, unsigned access);

/* The range's contents become zeroes again and its pages are freed. -ENOMEM as with region_protect(). */
int region_discard(uintptr_t at, size_t size);

/*
 * Gives every page of the range a frame now, so that writing cannot fail later. -ENOMEM, also where nothing may be done in
 * the range; the pages before that have theirs.
 */
int region_populate(uintptr_t at, size_t size);

/*
 * Has the range at `to` show what the one at `from` shows, which does not overlap; both are mapped. What is bare there is
 * bare here. Pages are shared until they are written. -ENOMEM, and then some are bare.
 */
int region_copy(uintptr_t to, uintptr_t from, size_t size);

/* What may be done at `at`; 0 if it is not mapped. */
unsigned region_access_at(uintptr_t at);

#endif
