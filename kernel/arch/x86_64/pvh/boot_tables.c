/*
 * Taking over the page tables that the entry made.
 */
#include "arch/x86_64/pvh/table.h"

#include "core/bits.h"
#include "core/panic.h"

/* Mapped beyond what is in use, for the first frames that the kernel takes. */
#define SPARE_PAGES 128

static pte_t page_entry(uintptr_t va)
{
    pfn_t frame = frame_of((const void *)va);

    if (frame >= boot_info.mapped_end)
        return 0;
    if (va >= (uintptr_t)image_start && va < (uintptr_t)text_end)
        return pvh_leaf_entry(frame, PAGE_EXECUTE);
    if (va >= (uintptr_t)text_end && va < (uintptr_t)rodata_end)
        return pvh_leaf_entry(frame, PAGE_READ);
    return pvh_leaf_entry(frame, PAGE_WRITE);
}

/* Shows a block with text or constants in it, or with the end of memory, page by page. */
static pte_t split_block(uintptr_t block)
{
    pfn_t frame = pagetable_frames.take();
    pte_t *table = frame_address(frame);

    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        table[i] = page_entry(block + i * PAGE_SIZE);
    return frame << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED | PTE_DIRTY;
}

static pte_t block_entry(uintptr_t block)
{
    pfn_t frame = frame_of((const void *)block);
    bool image = block + BLOCK_SIZE > (uintptr_t)image_start && block < (uintptr_t)rodata_end;

    if (frame >= boot_info.mapped_end)
        return 0;
    if (image || frame + BLOCK_PAGES > boot_info.mapped_end)
        return split_block(block);
    return pvh_leaf_entry(frame, PAGE_WRITE) | PTE_BLOCK;
}

void pvh_pagetable_init(void)
{
    pfn_t end = boot_info.hole_end ? MIN(boot_info.frames, boot_info.hole_start) : boot_info.frames;

    boot_info.mapped_end = MIN(ALIGN_UP(boot_info.used_end + SPARE_PAGES, (pfn_t)BLOCK_PAGES), end);
    panic_if(boot_info.mapped_end * PAGE_SIZE > PVH_BOOT_MEMORY, "the image or its ramdisk is too large");
    for (uintptr_t va = 0; va < DIRECT_BASE + PVH_BOOT_MEMORY; va += BLOCK_SIZE)
        pvh_low_table[table_index(va, 2)] = va < DIRECT_BASE ? 0 : block_entry(va);
    pvh_flush_tlb();
}

void *pvh_map_foreign(pfn_t frame)
{
    void *address = frame_address(frame);
    pte_t *entry = pvh_reach_entry((uintptr_t)address, 1);

    panic_if(!entry, "no memory for the page tables of Xen's rings");
    *entry = pvh_leaf_entry(frame, PAGE_WRITE);
    return address;
}
