/*
 * Mapping, unmapping and changing pages: the page-table operations of platform.h.
 */
#include "arch/x86_64/pvh/table.h"

#include <errno.h>

#include "core/bits.h"
#include "core/panic.h"

/* Can one entry of level 2 show these frames? */
static bool make_a_block(uintptr_t va, const pfn_t *frames, size_t count)
{
    if (va % BLOCK_SIZE || frames[0] % BLOCK_PAGES || count < BLOCK_PAGES)
        return false;
    for (size_t i = 1; i < BLOCK_PAGES; i++)
        if (frames[i] != frames[0] + i)
            return false;
    return true;
}

static size_t pages_left_in_table(uintptr_t va, size_t count)
{
    return MIN(count, TABLE_ENTRIES - table_index(va, 1));
}

/* Maps up to `count` pages that one table holds. Returns how many, 0 if there is no frame for a table. */
static size_t map_within_table(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access)
{
    if (make_a_block(va, frames, count)) {
        pte_t *slot = pvh_reach_entry(va, 2);

        if (slot)
            *slot = pvh_leaf_entry(frames[0], access) | PTE_BLOCK;
        return slot ? BLOCK_PAGES : 0;
    }
    pte_t *entry = pvh_reach_entry(va, 1);
    size_t part = entry ? pages_left_in_table(va, count) : 0;

    for (size_t i = 0; i < part; i++)
        entry[i] = pvh_leaf_entry(frames[i], access);
    return part;
}

/* Nothing was there before, and the processor remembers no absence: there is nothing to flush. */
int pvh_map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access)
{
    for (size_t done = 0; done < count;) {
        size_t part = map_within_table(va + done * PAGE_SIZE, frames + done, count - done, access);

        if (!part) {
            pvh_unmap(va, done, NULL);
            return -ENOMEM;
        }
        done += part;
    }
    return 0;
}

/*
 * Shows a superpage page by page, of which the part from `va` on is to go, or all. The first page that goes becomes the table, so
 * that this needs no frame; it is not there any more, and is given back with the table.
 */
static SELDOM void split_block(uintptr_t va, pte_t *slot)
{
    pfn_t first = pvh_entry_frame(*slot), table = first + table_index(va, 1);
    pte_t flags = *slot & ~(PTE_FRAME | PTE_BLOCK), *entries = frame_address(table);

    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        entries[i] = (first + i) << PAGE_SHIFT | flags;
    entries[table_index(va, 1)] = 0;
    *slot = pvh_table_entry(table);
    pvh_flush_tlb();
}

/* Empties the entries. */
static void unmap_within_table(uintptr_t va, size_t count, pfn_t *frames)
{
    pte_t *entry = pvh_find_entry(va, 1);

    for (size_t i = 0; i < count; i++) {
        if (frames)
            frames[i] = entry ? pvh_entry_frame(entry[i]) : NO_FRAME;
        if (entry)
            entry[i] = 0;
    }
}

static void free_empty_table(uintptr_t va)
{
    pte_t *slot = pvh_find_entry(va, 2);

    if (!slot || !(*slot & PTE_PRESENT))
        return;
    pfn_t table = (*slot & PTE_FRAME) >> PAGE_SHIFT;

    *slot = 0;
    /* The processor may remember the way to the table as well. */
    pvh_flush_tlb();
    pagetable_frames.give(table);
}

void pvh_unmap(uintptr_t va, size_t count, pfn_t *frames)
{
    for (size_t done = 0; done < count;) {
        uintptr_t at = va + done * PAGE_SIZE;
        size_t part = pages_left_in_table(at, count - done);
        pte_t *slot = pvh_find_entry(at, 2);

        /* Who does not want the frames has them already, and takes back all that was mapped. */
        if (slot && (*slot & PTE_PRESENT) && (*slot & PTE_BLOCK)) {
            if (frames)
                split_block(at, slot);
            else
                *slot = 0;
        }
        unmap_within_table(at, part, frames ? frames + done : NULL);
        if (part == TABLE_ENTRIES)
            free_empty_table(at);
        done += part;
    }
    pvh_flush_range(va, count);
}

pfn_t pvh_lookup(uintptr_t va, enum page_access access)
{
    const pte_t *table = pvh_top_table;
    pte_t allowed = PTE_WRITE;

    for (int level = TOP_LEVEL;; level--) {
        pte_t entry = table[table_index(va, level)];

        if (!(entry & PTE_PRESENT))
            return NO_FRAME;
        allowed &= entry;
        if (level > 1 && !(entry & PTE_BLOCK)) {
            table = pvh_entry_table(entry);
            continue;
        }
        pfn_t first = pvh_entry_frame(entry), inside = (1UL << 9 * (level - 1)) - 1;

        return first == NO_FRAME || ((access & PAGE_WRITE) && !allowed) ? NO_FRAME : first + (va >> PAGE_SHIFT & inside);
    }
}
