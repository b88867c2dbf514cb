/*
 * lwd/memory.h: pages of the application's making, shown as wholes.
 */
#include "lwd/memory.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "hpc/memory.h"
#include "mm/frame.h"
#include "mm/region.h"
#include "mm/table.h"

/* Pages that are filled before any of them is shown. */
#define FILL_PAGES 64

/* What is permitted is still no more than what may be done in the range. */
static enum page_access page_access(uintptr_t at, unsigned access)
{
    return access & LWD_MEMORY_WRITE ? region_page_access(region_access_at(at)) : PAGE_READ;
}

static pte_t entry_for(uintptr_t at, pfn_t frame, unsigned access)
{
    pte_t entry = platform->leaf_entry(frame, page_access(at, access)) & ~PTE_DIRTY;

    return access & LWD_MEMORY_WRITE ? entry : entry | PTE_GUARDED;
}

/* Shows frames in the place of what was there, all or none, within one block. */
static int show(uintptr_t at, const pfn_t *frames, size_t count, unsigned access)
{
    struct draft draft;

    if (!draft_begin(&draft, at, count))
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        draft.entries[i] = entry_for(at + i * PAGE_SIZE, frames[i], access);
    draft_show(&draft);
    return 0;
}

/* The same with one page, and at once. */
static int show_one(uintptr_t at, pfn_t frame, unsigned access)
{
    pte_t *entry = table_own(at);

    if (!entry)
        return -ENOMEM;
    pfn_t before = *entry ? platform->entry_frame(*entry) : NO_FRAME;

    platform->set_page(at, entry, entry_for(at, frame, access), page_is_remembered(*entry));
    if (before != NO_FRAME)
        frame_drop(before);
    return 0;
}

static size_t part_of_block(uintptr_t at, size_t count)
{
    return MIN(count, (BLOCK_SIZE - at % BLOCK_SIZE) / PAGE_SIZE);
}

static int check_access(unsigned access)
{
    return access == LWD_MEMORY_NONE || (access & ~(unsigned)(LWD_MEMORY_READ | LWD_MEMORY_WRITE)) ? -EINVAL : 0;
}

static int fill_part(uintptr_t at, const char *contents, size_t count, unsigned access)
{
    pfn_t frames[FILL_PAGES];

    if (!frame_alloc_many(frames, count))
        return -ENOMEM;
    /* May fault, and even block. */
    for (size_t i = 0; i < count; i++)
        memcpy(frame_address(frames[i]), contents + i * PAGE_SIZE, PAGE_SIZE);
    int error = count == 1 ? show_one(at, frames[0], access) : show(at, frames, count, access);

    while (error && count)
        frame_free(frames[--count]);
    if (count > 1)
        table_finish(at, count);
    return error;
}

int lwd_memory_fill(void *at, const void *contents, size_t size, unsigned access)
{
    int error = check_access(access);
    size_t count = size / PAGE_SIZE;

    if (!error)
        error = memory_open(at, size);
    for (size_t done = 0; done < count && !error;) {
        uintptr_t va = (uintptr_t)at + done * PAGE_SIZE;
        size_t part = MIN(part_of_block(va, count - done), FILL_PAGES);

        error = fill_part(va, (const char *)contents + done * PAGE_SIZE, part, access);
        done += part;
    }
    return error;
}

/* --- pages without a copy --- */

void *lwd_memory_take(size_t size)
{
    size_t count = size / PAGE_SIZE;
    unsigned order = 0;

    if (!size || size % PAGE_SIZE)
        return NULL;
    while (order < BUDDY_ORDERS && 1UL << order < count)
        order++;
    pfn_t first = order < BUDDY_ORDERS ? frame_alloc_block(order) : NO_FRAME;

    if (first == NO_FRAME)
        return NULL;
    for (size_t i = count; i < 1UL << order; i++)
        frame_free(first + i);
    return frame_address(first);
}

void lwd_memory_give_back(void *pages, size_t size)
{
    for (pfn_t frame = frame_of(pages), end = frame + size / PAGE_SIZE; frame < end; frame++)
        frame_free(frame);
}

/* Has every block of the range a table that takes the pages, so that nothing can fail any more? */
static int own_tables(uintptr_t at, size_t count)
{
    for (size_t done = 0; done < count; done += part_of_block(at + done * PAGE_SIZE, count - done))
        if (!table_own(at + done * PAGE_SIZE))
            return -ENOMEM;
    return 0;
}

int lwd_memory_publish(void *at, void *pages, size_t size, unsigned access)
{
    uintptr_t address = (uintptr_t)pages;
    size_t count = size / PAGE_SIZE;
    int error = check_access(access);

    if (!error && (address % PAGE_SIZE || address < DIRECT_BASE || address >= FRAME_TABLE_BASE))
        error = -EINVAL;
    if (!error)
        error = memory_open(at, size);
    if (!error)
        error = own_tables((uintptr_t)at, count);
    for (size_t done = 0; done < count && !error;) {
        uintptr_t va = (uintptr_t)at + done * PAGE_SIZE;
        size_t part = part_of_block(va, count - done);
        pte_t *entries = table_own(va);

        for (size_t i = 0; i < part; i++)
            table_put(&entries[i], entry_for(va + i * PAGE_SIZE, frame_of(pages) + done + i, access));
        done += part;
    }
    if (!error)
        table_finish((uintptr_t)at, count);
    return error;
}

/* --- what handlers permit --- */

static pte_t permitted_entry(uintptr_t at, pte_t entry, unsigned access)
{
    pfn_t frame = platform->entry_frame(entry);
    pte_t dirty = entry & PTE_DIRTY;

    if (access == LWD_MEMORY_NONE)
        return platform->parked_entry(frame) | dirty | PTE_GUARDED;
    if (!(access & LWD_MEMORY_WRITE))
        return platform->leaf_entry(frame, PAGE_READ) | dirty | PTE_GUARDED;
    enum page_access allowed = frame_is_shared(frame) ? PAGE_READ : page_access(at, access);

    return (platform->leaf_entry(frame, allowed) & ~PTE_DIRTY) | dirty;
}

static int permit_part(uintptr_t at, size_t count, unsigned access)
{
    const pte_t *slot = table_find_slot(at);

    if (!slot || !*slot)
        return 0;
    pte_t *entries = table_own(at);

    if (!entries)
        return -ENOMEM;
    if (count == 1 && *entries) {
        platform->set_page(at, entries, permitted_entry(at, *entries, access), page_is_remembered(*entries));
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        if (entries[i] && platform->entry_frame(entries[i]) != NO_FRAME)
            platform->set_entry(&entries[i], permitted_entry(at + i * PAGE_SIZE, entries[i], access));
    return 0;
}

static __attribute__((noinline)) int permit_any(void *at, size_t size, unsigned access)
{
    int error = memory_check_range(at, size);
    size_t count = size / PAGE_SIZE;

    if (!error && (access & ~(unsigned)(LWD_MEMORY_READ | LWD_MEMORY_WRITE)))
        error = -EINVAL;
    if (error)
        return error;
    for (size_t done = 0; done < count && !error;) {
        uintptr_t va = (uintptr_t)at + done * PAGE_SIZE;
        size_t part = part_of_block(va, count - done);

        error = permit_part(va, part, access);
        done += part;
    }
    if (count > 1)
        table_finish((uintptr_t)at, count);
    return error;
}

/* Permits writing one page in the region of the last fault by the short way, as handlers do. False if that does not do. */
static inline bool permit_quickly(const struct region *region, uintptr_t page)
{
    pte_t *entry;

    if (!region || page % PAGE_SIZE || page - region->start >= region->end - region->start || !table_own_quickly(page, &entry))
        return false;
    pte_t before = *entry;

    if (!(before & PTE_PRESENT) || frame_is_shared(entry_own_frame(before)))
        return false;
    platform->show_page(page, entry, entry_own_frame(before), region_page_access(region->access), before & PTE_DIRTY, false);
    return true;
}

int lwd_memory_permit(void *at, size_t size, unsigned access)
{
    bool quickly = size == PAGE_SIZE && (access | LWD_MEMORY_READ) == (LWD_MEMORY_READ | LWD_MEMORY_WRITE);

    return quickly && permit_quickly(book_found, (uintptr_t)at) ? 0 : permit_any(at, size, access);
}
