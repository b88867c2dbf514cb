/*
 * Superpages of 1 GiB, folded from tables of 2 MiB and unfolded to them again.
 */
#include "mm/gigabyte.h"

#include "arch/x86_64/memory.h"
#include "core/panic.h"
#include "mm/frame.h"
#include "mm/table.h"

#define GIGABYTE_ORDER (30 - PAGE_SHIFT)
#define ALL_PAGES SIZE_MAX

/* A frame of them is the most that are shown so at a time: 256 GiB. */
static struct folded {
    uintptr_t gigabyte;
    pte_t *slots;
} *folded;
static unsigned folded_count;

#define FOLDED_MAX (PAGE_SIZE / sizeof(struct folded))

static bool has_room(void)
{
    pfn_t frame = folded ? NO_FRAME : frame_alloc();

    if (frame != NO_FRAME)
        folded = frame_address(frame);
    return folded && folded_count < FOLDED_MAX;
}

/* What was touched was so in all of it. Every translation goes: the processor is not to know a page in two sizes. */
static pte_t *unfold(uintptr_t va, pte_t *entry)
{
    unsigned which = 0;

    while (which < folded_count && folded[which].gigabyte != va / GIGABYTE)
        which++;
    panic_if(which == folded_count, "1 GiB at 0x%lx is shown by one entry, and nobody knows of it", va);
    pte_t *slots = folded[which].slots, touched = *entry & (PTE_ACCESSED | PTE_DIRTY);

    folded[which] = folded[--folded_count];
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        platform->set_entry(&slots[i], slots[i] | touched);
    platform->set_entry(entry, platform->table_entry(frame_of(slots)));
    platform->commit(0, ALL_PAGES);
    return slots;
}

static void fold(uintptr_t at, pte_t *slots, pfn_t first)
{
    table_unfold = unfold;
    folded[folded_count++] = (struct folded){ at / GIGABYTE, slots };
    platform->set_entry(table_gigabyte_entry(at), (platform->leaf_entry(first, PAGE_WRITE) & ~PTE_DIRTY) | PTE_BLOCK);
    platform->commit(0, ALL_PAGES);
    table_last.gigabyte = ~0UL;
}

bool gigabyte_show(uintptr_t at)
{
    pte_t *slots = has_room() ? table_reach_slot(at) : NULL;
    pfn_t first = slots ? frame_alloc_block(GIGABYTE_ORDER) : NO_FRAME;

    if (first == NO_FRAME)
        return false;
    for (pfn_t frame = first; frame < first + (1UL << GIGABYTE_ORDER); frame++)
        page_zero(frame_address(frame));
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table_put_slot(&slots[i], (platform->leaf_entry(first + i * BLOCK_PAGES, PAGE_WRITE) & ~PTE_DIRTY) | PTE_BLOCK);
    table_finish(at, ALL_PAGES);
    fold(at, slots, first);
    return true;
}
