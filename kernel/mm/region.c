/*
 * Regions: a sorted list of ranges, and the page faults in them.
 */
#include "mm/region.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "arch/x86_64/traps.h"
#include "core/panic.h"
#include "mm/frame.h"
#include "mm/map.h"

struct region {
    uintptr_t start, end;
    unsigned access;
    struct region *next;        /* by address; or the next unused one */
};

/* Pages that are brought in with one that is touched, at most. */
#define AHEAD_MAX 64

static struct region *regions;
static struct region *unused;
static size_t private_pages;

/* Shown, read-only, wherever nothing was written yet. Made when the first region is. */
static pfn_t zero_frame;

/* --- bookkeeping --- */

static struct region *new_region(uintptr_t start, uintptr_t end, unsigned access)
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
    *region = (struct region){ start, end, access, NULL };
    return region;
}

static void drop_region(struct region **link)
{
    struct region *region = *link;

    *link = region->next;
    region->next = unused;
    unused = region;
}

/* Where the first region that ends behind `at` is linked from. */
static struct region **first_behind(uintptr_t at)
{
    struct region **link = &regions;

    while (*link && (*link)->end <= at)
        link = &(*link)->next;
    return link;
}

static bool is_free(uintptr_t at, size_t size)
{
    struct region *next = *first_behind(at);

    return !next || next->start >= at + size;
}

static bool is_within(uintptr_t at, size_t size)
{
    return at >= REGION_BASE && at < REGION_END && size <= REGION_END - at;
}

/* The lowest gap that is large enough; 0 if there is none. */
static uintptr_t find_gap(size_t size)
{
    uintptr_t at = REGION_BASE;

    for (struct region *region = regions; region; region = region->next) {
        if (region->start - at >= size)
            return at;
        at = region->end;
    }
    return REGION_END - at >= size ? at : 0;
}

/* Makes `at` a boundary between regions. */
static int split_at(uintptr_t at)
{
    struct region *region = *first_behind(at);

    if (!region || region->start >= at)
        return 0;
    struct region *upper = new_region(at, region->end, region->access);

    if (!upper)
        return -ENOMEM;
    upper->next = region->next;
    region->next = upper;
    region->end = at;
    return 0;
}

static int split_around(uintptr_t at, size_t size)
{
    int error = split_at(at);

    return error ? error : split_at(at + size);
}

bool region_covers(uintptr_t at, size_t size)
{
    uintptr_t covered = at;

    for (struct region *region = *first_behind(at); region && region->start <= covered; region = region->next) {
        covered = region->end;
        if (covered >= at + size)
            return true;
    }
    return false;
}

unsigned region_access_at(uintptr_t at)
{
    const struct region *region = *first_behind(at);

    return region && region->start <= at ? region->access : 0;
}

/* --- pages --- */

static enum page_access page_access(unsigned access)
{
    return (access & REGION_WRITE ? PAGE_WRITE : 0) | (access & REGION_EXECUTE ? PAGE_EXECUTE : 0);
}

static int own_page(uintptr_t page, enum page_access access)
{
    pfn_t frame = frame_alloc();

    if (frame == NO_FRAME && map_give_up_spare())
        frame = frame_alloc();
    if (frame == NO_FRAME)
        return -ENOMEM;
    page_zero(frame_address(frame));
    int error = platform->replace(page, frame, access);

    if (error)
        frame_free(frame);
    else
        private_pages++;
    return error;
}

/*
 * A program that goes through fresh memory in order is met with more and more pages at a time: what is given ahead is
 * never more than what it has touched. Faults anywhere else bring in the one page.
 */
static size_t pages_ahead(uintptr_t page)
{
    static uintptr_t expected;
    static size_t ahead;

    ahead = page == expected ? MIN(2 * ahead, AHEAD_MAX) : 1;
    expected = page + ahead * PAGE_SIZE;
    return ahead;
}

/* Shows zeroes, or pages of their own if they are to be written, from a page on that shows nothing. */
static int meet(const struct region *region, uintptr_t page, bool write)
{
    size_t count = pages_ahead(page);

    if (count > 1)
        count = platform->count_bare(page, MIN(count, MIN((region->end - page) / PAGE_SIZE, frame_count_free() / 4 + 1)));
    if (count == 1)
        return write ? own_page(page, page_access(region->access))
                     : platform->replace(page, zero_frame, page_access(region->access & ~REGION_WRITE));
    if (!write)
        return map_same(page, count, zero_frame, page_access(region->access & ~REGION_WRITE));
    int error = map_zeroes(page, count, page_access(region->access));

    if (error)
        return own_page(page, page_access(region->access));
    private_pages += count;
    return 0;
}

/* Takes pages out of the page tables, and frees those that were somebody's own. */
static void free_pages(uintptr_t at, size_t size)
{
    static pfn_t frames[BLOCK_PAGES];
    size_t count = size / PAGE_SIZE;

    for (size_t done = 0; done < count;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = MIN(count - done, BLOCK_PAGES - va / PAGE_SIZE % BLOCK_PAGES);

        platform->unmap(va, part, frames);
        for (size_t i = 0; i < part; i++)
            if (frames[i] != NO_FRAME && frames[i] != zero_frame) {
                frame_free(frames[i]);
                private_pages--;
            }
        done += part;
    }
}

static bool is_allowed(const struct region *region, uint64_t error)
{
    if (error & FAULT_FETCH)
        return region->access & REGION_EXECUTE;
    return region->access & (error & FAULT_WRITE ? REGION_WRITE : REGION_READ);
}

/*
 * A page that is not there yet, or that shows the zeroes and is written to. Runs on the stack of what faulted, with its
 * vector registers in use: nothing here touches them.
 */
static bool resolve_fault(uintptr_t address, uint64_t error, struct trap_frame *frame)
{
    struct region *region = *first_behind(address);
    uintptr_t page = ALIGN_DOWN(address, (uintptr_t)PAGE_SIZE);

    (void)frame;
    if (!region || region->start > address || !is_allowed(region, error))
        return false;
    pfn_t shown = platform->lookup(page, PAGE_READ);
    bool write = error & FAULT_WRITE;

    if (shown != NO_FRAME && !(write && shown == zero_frame))
        return false;
    if ((shown == NO_FRAME ? meet(region, page, write) : own_page(page, page_access(region->access))) == 0)
        return true;
    if (!write)
        return false;
    crash_begin(CRASH_BUS, "out of memory: no frame is left for the page at 0x%lx, which was mapped but never written",
                page);
    crash_print_address(frame->rip);
    crash_end(frame->rbp);
}

static int prepare(void)
{
    if (zero_frame != NO_FRAME)
        return 0;
    zero_frame = frame_alloc();
    if (zero_frame == NO_FRAME)
        return -ENOMEM;
    page_zero(frame_address(zero_frame));
    trap_page_fault = resolve_fault;
    return 0;
}

/* --- what applications ask for --- */

static int insert(uintptr_t at, size_t size, unsigned access)
{
    struct region *region = new_region(at, at + size, access);

    if (!region)
        return -ENOMEM;
    struct region **link = first_behind(at);

    region->next = *link;
    *link = region;
    return 0;
}

int region_map(uintptr_t *at, size_t size, unsigned access)
{
    int error = prepare();

    if (error)
        return error;
    if (!is_within(*at, size) || !is_free(*at, size))
        *at = find_gap(size);
    return *at ? insert(*at, size, access) : -ENOMEM;
}

int region_map_fixed(uintptr_t at, size_t size, unsigned access)
{
    if (!is_within(at, size))
        return -EINVAL;
    int error = prepare();

    if (!error)
        error = region_unmap(at, size);
    return error ? error : insert(at, size, access);
}

int region_unmap(uintptr_t at, size_t size)
{
    if (!is_within(at, size))
        return -EINVAL;
    int error = split_around(at, size);

    if (error)
        return error;
    struct region **link = first_behind(at);

    while (*link && (*link)->start < at + size) {
        free_pages((*link)->start, (*link)->end - (*link)->start);
        drop_region(link);
    }
    return 0;
}

int region_protect(uintptr_t at, size_t size, unsigned access)
{
    if (!region_covers(at, size))
        return -ENOMEM;
    int error = split_around(at, size);

    if (error)
        return error;
    for (struct region *region = *first_behind(at); region && region->start < at + size; region = region->next)
        region->access = access;
    platform->protect(at, size / PAGE_SIZE, access != 0, page_access(access), zero_frame);
    return 0;
}

int region_discard(uintptr_t at, size_t size)
{
    if (!region_covers(at, size))
        return -ENOMEM;
    free_pages(at, size);
    return 0;
}

/* Gives at most `most` pages from `page` on their frames, as many as go in one step; returns how many, or -ENOMEM. */
static long populate_some(const struct region *region, uintptr_t page, size_t most)
{
    pfn_t shown = platform->lookup(page, PAGE_READ);

    if (shown != NO_FRAME && shown != zero_frame)
        return 1;
    most = MIN(most, (region->end - page) / PAGE_SIZE);
    size_t bare = shown == NO_FRAME && most > 1 ? platform->count_bare(page, most) : 1;

    if (bare > 1 && map_zeroes(page, bare, page_access(region->access)) == 0) {
        private_pages += bare;
        return (long)bare;
    }
    return own_page(page, page_access(region->access)) ? -ENOMEM : 1;
}

int region_populate(uintptr_t at, size_t size)
{
    for (uintptr_t page = at; page < at + size;) {
        const struct region *region = *first_behind(page);

        if (!region || region->start > page || !region->access)
            return -ENOMEM;
        long done = populate_some(region, page, (at + size - page) / PAGE_SIZE);

        if (done < 0)
            return (int)done;
        page += (size_t)done * PAGE_SIZE;
    }
    return 0;
}

int region_move(uintptr_t from, uintptr_t to, size_t size)
{
    struct region *target = *first_behind(to);

    /* Tables first, so that nothing can fail half-way: each page of the target shows zeroes for now. */
    for (size_t done = 0; done < size; done += PAGE_SIZE)
        if (platform->replace(to + done, zero_frame, PAGE_READ)) {
            free_pages(to, size);
            return -ENOMEM;
        }
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        pfn_t frame;

        platform->unmap(from + done, 1, &frame);
        if (frame != NO_FRAME && frame != zero_frame)
            panic_if(platform->replace(to + done, frame, page_access(target->access)), "a page table has gone");
    }
    return 0;
}

size_t region_private_pages(void)
{
    return private_pages;
}
