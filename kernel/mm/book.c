/*
 * The book of regions: a list sorted by address, in frames of entries that are never given back.
 */
#include "mm/book.h"

#include <errno.h>

#include "core/bits.h"
#include "mm/frame.h"
#include "mm/region.h"

static struct region *regions;
static struct region *unused;

/* Found last, and good as long as the book does not change: faults come in the same region again and again. */
static struct region *found;

static struct region *new_region(uintptr_t start, uintptr_t end, const struct region *like)
{
    if (!unused) {
        pfn_t frame = frame_alloc();

        if (frame == NO_FRAME)
            return NULL;
        struct region *slots = frame_address(frame);

        for (size_t i = 0; i < PAGE_SIZE / sizeof *slots; i++) {
            slots[i].next = unused;
            unused = &slots[i];
        }
    }
    struct region *region = unused;

    unused = region->next;
    *region = *like;
    region->start = start;
    region->end = end;
    found = NULL;
    return region;
}

/* Where the first region that ends behind `at` is linked from. */
static struct region **link_behind(uintptr_t at)
{
    struct region **link = &regions;

    while (*link && (*link)->end <= at)
        link = &(*link)->next;
    return link;
}

struct region *book_first_behind(uintptr_t at)
{
    return *link_behind(at);
}

struct region *book_find(uintptr_t at)
{
    if (found && at >= found->start && at < found->end)
        return found;
    struct region *region = *link_behind(at);

    if (!region || region->start > at)
        return NULL;
    found = region;
    return region;
}

int book_enter(uintptr_t start, uintptr_t end, unsigned access)
{
    struct region *region = new_region(start, end, &(struct region){ .access = access });

    if (!region)
        return -ENOMEM;
    struct region **link = link_behind(start);

    region->next = *link;
    *link = region;
    return 0;
}

/* Makes `at` a boundary between regions. */
static int split_at(uintptr_t at)
{
    struct region *region = book_find(at);

    if (!region || region->start == at)
        return 0;
    struct region *upper = new_region(at, region->end, region);

    if (!upper)
        return -ENOMEM;
    region->next = upper;
    region->end = at;
    return 0;
}

int book_split_around(uintptr_t at, size_t size)
{
    int error = split_at(at);

    return error ? error : split_at(at + size);
}

void book_strike(uintptr_t at, size_t size)
{
    struct region **link = link_behind(at);

    found = NULL;
    while (*link && (*link)->start < at + size) {
        struct region *region = *link;

        *link = region->next;
        region->next = unused;
        unused = region;
    }
}

bool book_is_within(uintptr_t at, size_t size)
{
    return at >= REGION_BASE && at < REGION_END && size <= REGION_END - at;
}

bool book_is_free(uintptr_t at, size_t size)
{
    const struct region *next = *link_behind(at);

    return !next || next->start >= at + size;
}

static bool covers(uintptr_t at, size_t size, unsigned access)
{
    uintptr_t covered = at;

    for (struct region *region = book_find(at); region && region->start <= covered; region = region->next) {
        if ((region->access & access) != access)
            return false;
        covered = region->end;
        if (covered >= at + size)
            return true;
    }
    return false;
}

bool book_covers(uintptr_t at, size_t size)
{
    return book_is_within(at, size) && covers(at, size, 0);
}

bool book_is_writable(uintptr_t at, size_t size)
{
    return covers(at, size, REGION_WRITE);
}

uintptr_t book_find_gap(size_t size, uintptr_t alignment)
{
    uintptr_t at = ALIGN_UP((uintptr_t)REGION_BASE, alignment);

    for (const struct region *region = regions; region; region = region->next) {
        if (region->start >= at && region->start - at >= size)
            return at;
        at = ALIGN_UP(region->end, alignment);
    }
    return at < REGION_END && REGION_END - at >= size ? at : 0;
}
