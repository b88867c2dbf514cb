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

struct region *book_found;

/* False if there is no frame for more entries. */
static SELDOM bool make_entries(void)
{
    pfn_t frame = frame_alloc();

    if (frame == NO_FRAME)
        return false;
    struct region *slots = frame_address(frame);

    for (size_t i = 0; i < PAGE_SIZE / sizeof *slots; i++) {
        slots[i].next = unused;
        unused = &slots[i];
    }
    return true;
}

/* An entry that the caller fills in and links; null if there is no frame for it. */
static struct region *new_region(void)
{
    if (!unused && !make_entries())
        return NULL;
    struct region *region = unused;

    unused = region->next;
    book_found = NULL;
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

struct region *book_search(uintptr_t at)
{
    struct region *region = *link_behind(at);

    if (!region || region->start > at)
        return NULL;
    book_found = region;
    return region;
}

static bool enter(struct region **link, uintptr_t start, uintptr_t end, unsigned access)
{
    struct region *region = new_region();

    if (!region)
        return false;
    region->start = start;
    region->end = end;
    region->access = access;
    region->superpages = false;
    region->handler = (struct region_handler){ 0 };
    region->next = *link;
    *link = region;
    /* What is entered is used next. */
    book_found = region;
    return true;
}

int book_enter(uintptr_t start, uintptr_t end, unsigned access)
{
    return enter(link_behind(start), start, end, access) ? 0 : -ENOMEM;
}

uintptr_t book_enter_gap(size_t size, uintptr_t alignment, unsigned access)
{
    uintptr_t at = ALIGN_UP((uintptr_t)REGION_BASE, alignment);
    struct region **link = &regions;

    for (struct region *region = *link; region && (region->start < at || region->start - at < size); region = region->next) {
        at = ALIGN_UP(region->end, alignment);
        link = &region->next;
    }
    return at < REGION_END && REGION_END - at >= size && enter(link, at, at + size, access) ? at : 0;
}

/* Makes `at` a boundary between regions. */
static int split_at(uintptr_t at)
{
    struct region *region = book_find(at);

    if (!region || region->start == at)
        return 0;
    struct region *upper = new_region();

    if (!upper)
        return -ENOMEM;
    *upper = *region;
    upper->start = at;
    region->next = upper;
    region->end = at;
    return 0;
}

int book_split_around(uintptr_t at, size_t size)
{
    int error = split_at(at);

    return error ? error : split_at(at + size);
}

static void strike(struct region **link)
{
    struct region *region = *link;

    *link = region->next;
    region->next = unused;
    unused = region;
}

void book_strike(uintptr_t at, size_t size)
{
    struct region **link = link_behind(at);

    book_found = NULL;
    while (*link && (*link)->start < at + size)
        strike(link);
}

bool book_strike_exactly(uintptr_t at, size_t size)
{
    struct region **link = link_behind(at);

    if (!*link || (*link)->start != at || (*link)->end != at + size)
        return false;
    book_found = NULL;
    strike(link);
    return true;
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
