/*
 * What applications ask for: ranges entered into the book and struck out, their pages protected, freed, and fetched early.
 */
#include "mm/region.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/table.h"

/* --- pages of a range --- */

/* Does anything have to change in its page table for the pages to be gone? Not if they are bare. */
static bool has_any(uintptr_t va, size_t count)
{
    const pte_t *slot = table_find_slot(va);

    if (!slot || !*slot)
        return false;
    if (table_is_block(*slot))
        return true;
    const pte_t *entries = entry_table(*slot) + table_index(va, 1);

    for (size_t i = 0; i < count; i++)
        if (entries[i])
            return true;
    return false;
}

/* The pages of the range before its first whole block, and behind its last. */
static size_t head_pages(uintptr_t at, size_t count)
{
    return MIN(count, (BLOCK_SIZE - at % BLOCK_SIZE) / PAGE_SIZE % BLOCK_PAGES);
}

static size_t tail_pages(uintptr_t at, size_t count)
{
    return (count - head_pages(at, count)) % BLOCK_PAGES;
}

/* Makes the page tables at both ends the range's own, so that nothing can fail from then on. */
static int own_ends(uintptr_t at, size_t size)
{
    size_t count = size / PAGE_SIZE, head = head_pages(at, count), tail = tail_pages(at, count);
    uintptr_t tail_at = at + size - tail * PAGE_SIZE;

    if (head && has_any(at, head) && !table_own(at))
        return -ENOMEM;
    return tail && has_any(tail_at, tail) && !table_own(tail_at) ? -ENOMEM : 0;
}

static void free_part(uintptr_t va, size_t count)
{
    if (!has_any(va, count))
        return;
    if (count == BLOCK_PAGES) {
        table_put_slot(table_find_slot(va), 0);
        return;
    }
    pte_t *entries = table_own(va);

    for (size_t i = 0; i < count; i++)
        if (entries[i])
            table_put(&entries[i], 0);
}

/* One page whose table is its place's own, at once. */
static void free_one(uintptr_t page, pte_t *entry)
{
    if (*entry == 0)
        return;
    pfn_t frame = table_frame(*entry);

    platform->set_page(page, entry, 0, page_is_remembered(*entry));
    if (frame != NO_FRAME)
        frame_drop(frame);
}

/* Takes pages out of the page tables, and gives back what nobody else shows. After own_ends(). */
static void free_pages(uintptr_t at, size_t size)
{
    size_t count = size / PAGE_SIZE;
    pte_t *entry;

    if (count == 1 && table_own_quickly(at, &entry)) {
        free_one(at, entry);
        return;
    }
    for (size_t done = 0; done < count;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, count - done);

        if (table_find_slot(va))
            free_part(va, part);
        done += part;
    }
    table_finish(at, count);
}

/*
 * The empty table of a block that has no region any more is kept, one of them: what is mapped next will want it.
 */
static uintptr_t kept;

static void keep_table(uintptr_t at)
{
    uintptr_t block = ALIGN_DOWN(at, (uintptr_t)BLOCK_SIZE);

    if (block == kept || !table_find_slot(block) || !*table_find_slot(block) || !book_is_free(block, BLOCK_SIZE))
        return;
    if (kept && book_is_free(kept, BLOCK_SIZE)) {
        table_put_slot(table_find_slot(kept), 0);
        table_finish(kept, BLOCK_PAGES);
    }
    kept = block;
}

/* --- what applications ask for --- */

int region_map(uintptr_t *at, size_t size, uintptr_t alignment, unsigned access)
{
    fault_init();
    if (*at && book_is_within(*at, size) && *at % alignment == 0 && book_is_free(*at, size))
        return book_enter(*at, *at + size, access);
    *at = book_enter_gap(size, alignment, access);
    return *at ? 0 : -ENOMEM;
}

int region_map_fixed(uintptr_t at, size_t size, unsigned access)
{
    if (!book_is_within(at, size))
        return -EINVAL;
    int error = region_unmap(at, size);

    fault_init();
    return error ? error : book_enter(at, at + size, access);
}

int region_unmap(uintptr_t at, size_t size)
{
    if (!book_is_within(at, size))
        return -EINVAL;
    int error = book_split_around(at, size);

    if (!error)
        error = own_ends(at, size);
    if (error)
        return error;
    free_pages(at, size);
    book_strike(at, size);
    keep_table(at);
    if (at / BLOCK_SIZE != (at + size - 1) / BLOCK_SIZE)
        keep_table(at + size - PAGE_SIZE);
    return 0;
}

int region_discard(uintptr_t at, size_t size)
{
    if (!book_covers(at, size) || own_ends(at, size))
        return -ENOMEM;
    free_pages(at, size);
    return 0;
}

/* --- protection --- */

static pte_t protected_entry(pte_t entry, unsigned access)
{
    pfn_t frame = platform->entry_frame(entry);
    enum page_access allowed = region_page_access(access);
    pte_t kept = entry & (PTE_DIRTY | PTE_GUARDED);

    if (access == 0 || (kept & PTE_GUARDED && !(entry & PTE_PRESENT)))
        return platform->parked_entry(frame) | kept;
    if (frame_is_shared(frame) || (kept & PTE_GUARDED))
        allowed &= ~PAGE_WRITE;
    return (platform->leaf_entry(frame, allowed) & ~PTE_DIRTY) | kept;
}

/* Pages of one block. Where only writing is in question, a whole block is one change, and faults find out the rest. */
static int protect_part(uintptr_t va, size_t count, unsigned access, bool by_block)
{
    if (!has_any(va, count))
        return 0;
    if (by_block && count == BLOCK_PAGES) {
        pte_t *slot = table_find_slot(va);

        if (!(access & REGION_WRITE))
            platform->set_entry(slot, *slot & ~PTE_WRITE);
        return 0;
    }
    pte_t *entries = table_own(va);

    if (!entries)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        if (entries[i] && platform->entry_frame(entries[i]) != NO_FRAME)
            platform->set_entry(&entries[i], protected_entry(entries[i], access));
    return 0;
}

static int protect_pages(uintptr_t at, size_t size, unsigned access, bool by_block)
{
    size_t count = size / PAGE_SIZE;
    int error = 0;

    for (size_t done = 0; done < count && !error;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, count - done);

        if (table_find_slot(va))
            error = protect_part(va, part, access, by_block);
        done += part;
    }
    table_finish(at, count);
    return error;
}

/* It may end in the middle, without a frame for a page table: then all becomes what it was, up to there. */
int region_protect(uintptr_t at, size_t size, unsigned access)
{
    if (!book_covers(at, size))
        return -ENOMEM;
    if (book_split_around(at, size))
        return -ENOMEM;
    bool by_block = (access & (REGION_READ | REGION_EXECUTE)) == REGION_READ;

    for (struct region *region = book_find(at); region && region->start < at + size; region = region->next)
        by_block = by_block && (region->access & (REGION_READ | REGION_EXECUTE)) == REGION_READ;
    int error = protect_pages(at, size, access, by_block);

    for (struct region *region = book_find(at); region && region->start < at + size; region = region->next) {
        if (!error)
            region->access = access;
        else if (protect_pages(region->start, region->end - region->start, region->access, by_block))
            break;
    }
    return error;
}

unsigned region_access_at(uintptr_t at)
{
    const struct region *region = book_find(at);

    return region ? region->access : 0;
}

int region_populate(uintptr_t at, size_t size)
{
    for (uintptr_t page = at; page < at + size;) {
        const struct region *region = book_find(page);

        if (!region || !region->access)
            return -ENOMEM;
        size_t left = (MIN(at + size, region->end) - page) / PAGE_SIZE;
        bool is_block = page % BLOCK_SIZE == 0 && left >= BLOCK_PAGES && fault_own_block(region, page);
        long done = is_block ? BLOCK_PAGES : fault_own(region, page, left, false);

        if (done < 0)
            return (int)done;
        page += (size_t)done * PAGE_SIZE;
    }
    return 0;
}

/* --- single pages --- */

uintptr_t region_map_page(void)
{
    fault_init();
    uintptr_t at = book_enter_gap(PAGE_SIZE, PAGE_SIZE, REGION_READ | REGION_WRITE);
    pte_t *entry;
    pfn_t frame = at && table_own_quickly(at, &entry) && *entry == 0 ? frame_alloc() : NO_FRAME;

    if (likely(frame != NO_FRAME)) {
        page_zero(frame_address(frame));
        platform->show_page(at, entry, frame, PAGE_WRITE, 0, false);
    } else if (at) {
        /* If there is not enough memory now, there may be when it is written. */
        region_populate(at, PAGE_SIZE);
    }
    return at;
}

bool region_unmap_page(uintptr_t at)
{
    pte_t *entry;

    if (!table_own_quickly(at, &entry) || !book_strike_exactly(at, PAGE_SIZE))
        return false;
    free_one(at, entry);
    if (unlikely(at - kept >= BLOCK_SIZE))
        keep_table(at);
    return true;
}
