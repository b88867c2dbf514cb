/*
 * Page tables of a PVH domain. The processor walks them through Xen's second level of translation, so that they hold
 * guest frames and change by plain stores: no hypercall.
 */
#include "arch/x86_64/pvh/table.h"

#include "arch/x86_64/memory.h"
#include "core/bits.h"

/* From so many pages on, all translations are dropped at once: cheaper than page by page. */
#define FLUSH_ALL 32

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY)

pte_t *pvh_entry_table(pte_t entry)
{
    return frame_address((entry & PTE_FRAME) >> PAGE_SHIFT);
}

static bool is_memory(pfn_t frame)
{
    return frame < boot_info.end && (frame < boot_info.hole_start || frame >= boot_info.hole_end);
}

pfn_t pvh_entry_frame(pte_t entry)
{
    pfn_t frame = (entry & PTE_FRAME) >> PAGE_SHIFT;

    /* Xen's own frames that we see (grant table, shared page, rings) are none of ours. */
    return (entry & (PTE_PRESENT | PTE_PARKED)) && is_memory(frame) ? frame : NO_FRAME;
}

pte_t pvh_leaf_entry(pfn_t frame, enum page_access access)
{
    return frame << PAGE_SHIFT | pte_flags(access);
}

pte_t pvh_table_entry(pfn_t table)
{
    return table << PAGE_SHIFT | TABLE_FLAGS;
}

pte_t *pvh_find_entry(uintptr_t va, int level)
{
    pte_t *table = pvh_top_table;

    for (int at = TOP_LEVEL; at > level; at--) {
        pte_t entry = table[table_index(va, at)];

        if (!(entry & PTE_PRESENT) || (entry & PTE_BLOCK))
            return NULL;
        table = pvh_entry_table(entry);
    }
    return &table[table_index(va, level)];
}

SELDOM pte_t *pvh_reach_entry(uintptr_t va, int to_level)
{
    for (int level = TOP_LEVEL; level > to_level; level--) {
        pte_t *entry = pvh_find_entry(va, level);

        if (*entry & PTE_PRESENT)
            continue;
        pfn_t frame = pagetable_frames.take();

        if (frame == NO_FRAME)
            return NULL;
        page_zero(frame_address(frame));
        *entry = pvh_table_entry(frame);
    }
    return pvh_find_entry(va, to_level);
}

void pvh_flush_page(uintptr_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

void pvh_flush_tlb(void)
{
    uintptr_t root;

    __asm__ volatile("mov %%cr3, %0; mov %0, %%cr3" : "=r"(root) : : "memory");
}

void pvh_flush_range(uintptr_t va, size_t count)
{
    if (count > FLUSH_ALL) {
        pvh_flush_tlb();
        return;
    }
    for (size_t i = 0; i < count; i++)
        pvh_flush_page(va + i * PAGE_SIZE);
}
