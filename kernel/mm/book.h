/*
 * The book of regions: which ranges of the applications' part of the address space are in use, and what may be done in
 * each. Pure bookkeeping; what pages show is in the page tables (mm/table.h).
 */
#ifndef LWD_MM_BOOK_H
#define LWD_MM_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bits.h"

/* Who is asked about faults: lwd/memory.h. */
struct region_handler {
    int (*function)(void *argument, void *page, unsigned access);
    void *argument;
};

struct region {
    uintptr_t start, end;
    unsigned access;            /* enum region_access (mm/region.h) */
    bool superpages;            /* wanted with the first write (mm/superpage.h) */
    struct region_handler handler;
    struct region *next;        /* by address; or the next unused one */
};

/* Found last, and good as long as the book does not change: faults come in the same region again and again. */
extern struct region *book_found;

struct region *book_search(uintptr_t at);

/* The region at `at`; null if there is none. */
static inline struct region *book_find(uintptr_t at)
{
    struct region *found = book_found;

    return likely(found && at >= found->start && at < found->end) ? found : book_search(at);
}

/* The first region that ends behind `at`, and those after it by `next`. */
struct region *book_first_behind(uintptr_t at);

/* Enters a range that is free. -ENOMEM if there is no frame for its entry. */
int book_enter(uintptr_t start, uintptr_t end, unsigned access);

/* Makes both ends of a range boundaries between regions. -ENOMEM. */
int book_split_around(uintptr_t at, size_t size);

/* Strikes out all regions in a range whose ends are boundaries. */
void book_strike(uintptr_t at, size_t size);

/* The same if there is one region that is exactly this range; else false. */
bool book_strike_exactly(uintptr_t at, size_t size);

/*
 * Enters the lowest gap of `size` bytes that is aligned to `alignment`, a power of two. Returns where it is; 0 if there is
 * none, or no frame for its entry.
 */
uintptr_t book_enter_gap(size_t size, uintptr_t alignment, unsigned access);

bool book_is_free(uintptr_t at, size_t size);

/* Is every page of the range in a region? */
bool book_covers(uintptr_t at, size_t size);

/* Is every page of the range in a region that may be written? */
bool book_is_writable(uintptr_t at, size_t size);

/* Inside of what applications can map, whatever the numbers? */
bool book_is_within(uintptr_t at, size_t size);

#endif
