/*
 * lwd/memory.h: ranges, projections and copies.
 */
#include "lwd/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "hpc/memory.h"
#include "mm/frame.h"
#include "mm/map.h"
#include "mm/projection.h"
#include "mm/region.h"
#include "mm/superpage.h"

struct lwd_memory_pattern {
    struct pattern pattern;
};

int memory_check_range(const void *at, size_t size)
{
    uintptr_t address = (uintptr_t)at;

    if (address % PAGE_SIZE || size % PAGE_SIZE || !size || !book_is_within(address, size))
        return -EINVAL;
    return book_covers(address, size) ? 0 : -ENOMEM;
}

int memory_open(void *at, size_t size)
{
    uintptr_t start = (uintptr_t)at;
    int error = memory_check_range(at, size);

    if (!error)
        error = book_split_around(start, size);
    for (struct region *region = book_find(start); !error && region && region->start < start + size;
         region = region->next)
        if (!region->access)
            region->access = REGION_READ | REGION_WRITE;
    return error;
}

static unsigned region_access(unsigned access)
{
    return (access & LWD_MEMORY_READ ? REGION_READ : 0) | (access & LWD_MEMORY_WRITE ? REGION_READ | REGION_WRITE : 0);
}

/* --- ranges --- */

void *lwd_memory_reserve(size_t size, size_t alignment)
{
    uintptr_t at = 0;

    if (!size || size % PAGE_SIZE || alignment < PAGE_SIZE || (alignment & (alignment - 1)) ||
        size > REGION_END - REGION_BASE || alignment > REGION_BASE)
        return NULL;
    return region_map(&at, size, alignment, 0) ? NULL : (void *)at;
}

int lwd_memory_release(void *at, size_t size)
{
    int error = memory_check_range(at, size);

    return error ? -EINVAL : region_unmap((uintptr_t)at, size);
}

int lwd_memory_protect(void *at, size_t size, unsigned access)
{
    int error = memory_check_range(at, size);

    if (!error && (access & ~(unsigned)(LWD_MEMORY_READ | LWD_MEMORY_WRITE)))
        error = -EINVAL;
    return error ? error : region_protect((uintptr_t)at, size, region_access(access));
}

int lwd_memory_populate(void *at, size_t size)
{
    int error = memory_check_range(at, size);

    return error ? error : region_populate((uintptr_t)at, size);
}

int lwd_memory_discard(void *at, size_t size)
{
    int error = memory_check_range(at, size);

    return error ? error : region_discard((uintptr_t)at, size);
}

size_t lwd_memory_free(void)
{
    return frame_count_free() * PAGE_SIZE;
}

/* --- projection --- */

static void free_frames(const pfn_t *frames, unsigned count)
{
    while (count)
        frame_free(frames[--count]);
}

/* The pages are copied one by one, since where they come from may have to be fetched first. */
static unsigned copy_pages(const char *contents, pfn_t *frames, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++) {
        frames[i] = frame_alloc();
        if (frames[i] == NO_FRAME)
            return i;
        memcpy(frame_address(frames[i]), contents + (size_t)i * PAGE_SIZE, PAGE_SIZE);
    }
    return pages;
}

struct lwd_memory_pattern *lwd_memory_pattern_new(const void *contents, size_t size)
{
    if (size < PAGE_SIZE || size > BLOCK_SIZE || (size & (size - 1)))
        return NULL;
    unsigned pages = (unsigned)(size / PAGE_SIZE);
    struct lwd_memory_pattern *pattern = malloc(sizeof *pattern);
    pfn_t *frames = malloc(pages * sizeof *frames);
    unsigned copied = pattern && frames ? copy_pages(contents, frames, pages) : 0;

    if (!pattern || !frames || copied < pages || pattern_make(&pattern->pattern, frames, pages)) {
        free_frames(frames, copied);
        free(pattern);
        pattern = NULL;
    }
    free(frames);
    return pattern;
}

void lwd_memory_pattern_free(struct lwd_memory_pattern *pattern)
{
    if (!pattern)
        return;
    pattern_drop(&pattern->pattern);
    free(pattern);
}

/* A range of which everything is replaced: what was there goes first, and with it what could forbid the change. */
static int prepare(uintptr_t at, size_t size, unsigned access)
{
    int error = book_split_around(at, size);

    for (struct region *region = book_find(at); !error && region && region->start < at + size; region = region->next)
        region->access = access;
    return error;
}

static int project(uintptr_t at, size_t size, const struct pattern *pattern, unsigned access)
{
    size_t unit = (size_t)pattern->pages * PAGE_SIZE;

    if (at % unit || size % unit)
        return -EINVAL;
    int error = prepare(at, size, region_access(access));

    if (error)
        return error;
    error = projection_show(at, size, pattern);
    if (error)
        region_discard(at, size);
    return error;
}

int lwd_memory_project(void *at, size_t size, const struct lwd_memory_pattern *pattern, unsigned access)
{
    unsigned superpages = access & (LWD_MEMORY_SUPERPAGES | LWD_MEMORY_GIGABYTES), kind = access & ~superpages;
    int error = memory_check_range(at, size);

    if (!error && (kind == LWD_MEMORY_NONE || (kind & ~(unsigned)(LWD_MEMORY_READ | LWD_MEMORY_WRITE))))
        error = -EINVAL;
    if (error)
        return error;
    if (superpages) {
        if (pattern || !(access & LWD_MEMORY_WRITE))
            return -EINVAL;
        if (!platform->has_superpages(2))
            return -EOPNOTSUPP;
        error = prepare((uintptr_t)at, size, region_access(kind));
        return error ? error : superpage_populate((uintptr_t)at, size, superpages & LWD_MEMORY_GIGABYTES);
    }
    const struct pattern *shown = pattern ? &pattern->pattern : pattern_zero();

    return shown ? project((uintptr_t)at, size, shown, access) : -ENOMEM;
}

int lwd_memory_want_superpages(void *at, size_t size, bool wanted)
{
    int error = memory_check_range(at, size);

    return error ? error : superpage_want((uintptr_t)at, size, wanted);
}

/* --- copies --- */

/* What the source may do, for those regions of the target that may do nothing yet. -EACCES if that is nothing as well. */
static int lend_access(uintptr_t to, size_t size, unsigned access)
{
    for (struct region *region = book_find(to); region && region->start < to + size; region = region->next) {
        if (!region->access && !access)
            return -EACCES;
        if (!region->access)
            region->access = access;
    }
    return 0;
}

int lwd_memory_copy(void *to, const void *from, size_t size)
{
    uintptr_t target = (uintptr_t)to, source = (uintptr_t)from;
    int error = memory_check_range(to, size);

    if (!error)
        error = memory_check_range(from, size);
    if (!error && target < source + size && source < target + size)
        error = -EINVAL;
    if (!error)
        error = book_split_around(target, size);
    if (!error)
        error = lend_access(target, size, region_access_at(source));
    return error ? error : region_copy(target, source, size);
}
