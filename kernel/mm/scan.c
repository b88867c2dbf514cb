/*
 * Reading the accessed and dirty bits, which costs what reading the page tables does, and clearing them in a batch.
 */
#include "mm/scan.h"

#include "core/bits.h"
#include "lwd/memory.h"
#include "mm/frame.h"
#include "mm/table.h"

/* Entries that are looked at together: most have nothing to say. */
#define GROUP 8

struct scan {
    pte_t wanted;               /* bits of an entry, of which any counts */
    pte_t cleared;              /* of those that count */
    uint64_t *bitmap;
    size_t count;
    /* Pages of which bits have been cleared lie in [first, end). */
    uintptr_t changed_first, changed_end;
};

static void note_change(struct scan *scan, uintptr_t va, size_t pages)
{
    scan->changed_first = MIN(scan->changed_first, va);
    scan->changed_end = MAX(scan->changed_end, va + pages * PAGE_SIZE);
}

static void scan_entry(struct scan *scan, pte_t *entry, pte_t wanted, size_t index, uintptr_t va)
{
    if (scan->bitmap)
        scan->bitmap[index / 64] |= 1UL << index % 64;
    scan->count++;
    if (*entry & wanted & scan->cleared) {
        note_change(scan, va, 1);
        platform->set_entry(entry, *entry & ~scan->cleared);
    }
}

/* `count` entries of one table; the first is page `index` of the range. */
static void scan_table(struct scan *scan, pte_t *entries, pte_t wanted, size_t count, size_t index, uintptr_t va)
{
    size_t i = 0;

    for (; i + GROUP <= count; i += GROUP) {
        pte_t any = 0;

        for (size_t j = i; j < i + GROUP; j++)
            any |= entries[j];
        for (size_t j = i; (any & wanted) && j < i + GROUP; j++)
            if (entries[j] & wanted)
                scan_entry(scan, &entries[j], wanted, index + j, va + j * PAGE_SIZE);
    }
    for (; i < count; i++)
        if (entries[i] & wanted)
            scan_entry(scan, &entries[i], wanted, index + i, va + i * PAGE_SIZE);
}

/* Part of a superpage, all pages of which have been touched if any has. */
static void scan_block(struct scan *scan, pte_t *slot, size_t count, size_t index, uintptr_t va)
{
    if (!(*slot & scan->wanted))
        return;
    for (size_t i = index; scan->bitmap && i < index + count; i++)
        scan->bitmap[i / 64] |= 1UL << i % 64;
    scan->count += count;
    if (*slot & scan->wanted & scan->cleared) {
        note_change(scan, ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE), BLOCK_PAGES);
        platform->set_entry(slot, *slot & ~scan->cleared);
    }
}

static pte_t bits_of(unsigned what)
{
    return (what & LWD_MEMORY_DIRTY ? PTE_DIRTY : 0) | (what & LWD_MEMORY_ACCESSED ? PTE_ACCESSED : 0);
}

size_t scan_range(uintptr_t at, size_t size, unsigned what, uint64_t *bitmap, size_t *granularity)
{
    struct scan scan = {
        .wanted = bits_of(what) | (what & LWD_MEMORY_PRESENT ? PTE_PRESENT : 0),
        .cleared = what & LWD_MEMORY_CLEAR ? bits_of(what) : 0,
        .bitmap = bitmap,
        .changed_first = UINTPTR_MAX,
    };
    size_t pages = size / PAGE_SIZE;

    *granularity = PAGE_SIZE;
    for (size_t done = 0; done < pages;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, pages - done);
        pte_t *slot = table_find_slot(va);

        if (slot && table_is_block(*slot)) {
            scan_block(&scan, slot, part, done, va);
            *granularity = BLOCK_SIZE;
        } else if (slot && *slot) {
            /* Dirty bits in a table that is somebody else's are of no concern here. */
            pte_t wanted = *slot & PTE_OTHERS_DIRTY ? scan.wanted & ~PTE_DIRTY : scan.wanted;
            pte_t cleared = scan.cleared;

            scan.cleared &= *slot & PTE_OTHERS_DIRTY ? ~PTE_DIRTY : ~0UL;
            scan_table(&scan, table_entries(*slot) + table_index(va, 1), wanted, part, done, va);
            scan.cleared = cleared;
        }
        done += part;
    }
    if (scan.changed_end)
        table_finish(scan.changed_first, (scan.changed_end - scan.changed_first) / PAGE_SIZE);
    return scan.count;
}

static size_t count_own(uintptr_t va, size_t count, pte_t slot)
{
    pfn_t first = platform->entry_frame(slot);
    size_t own = 0;

    if (table_is_table(slot) && frame_is_shared(first))
        return 0;
    for (size_t i = 0; i < count; i++) {
        unsigned index = table_index(va, 1) + (unsigned)i;
        pte_t entry = table_is_block(slot) ? slot : ((const pte_t *)frame_address(first))[index];
        pfn_t frame = entry ? platform->entry_frame(entry) : NO_FRAME;

        if (table_is_block(slot))
            frame += index;
        own += frame != NO_FRAME && !frame_is_shared(frame);
    }
    return own;
}

size_t scan_private(uintptr_t at, size_t size)
{
    size_t pages = size / PAGE_SIZE, own = 0;

    for (size_t done = 0; done < pages;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, pages - done);
        const pte_t *slot = table_find_slot(va);

        if (slot && *slot)
            own += count_own(va, part, *slot);
        done += part;
    }
    return own;
}
