/*
 * Taking over the page tables that the domain builder made.
 */
#include "arch/x86_64/pv/table.h"

#include "core/bits.h"

/* How far the builder's mapping goes: the first frame that has none. A block's last entry speaks for the block. */
static pfn_t find_mapped_end(pfn_t frames)
{
    for (pfn_t block = 0; block < frames; block += BLOCK_PAGES) {
        pte_t *slot = pv_find_entry((uintptr_t)frame_address(block), 2);

        if (!slot || !(*slot & PTE_PRESENT))
            return block;
        const pte_t *table = pv_entry_table(*slot);
        pfn_t pages = MIN(frames - block, (pfn_t)BLOCK_PAGES);

        if (table[pages - 1] & PTE_PRESENT)
            continue;
        for (pfn_t page = 0; page < pages; page++)
            if (!(table[page] & PTE_PRESENT))
                return block + page;
    }
    return frames;
}

void pv_pagetable_init(const struct start_info *start)
{
    table_init(start);
    boot_info.mapped_end = find_mapped_end(boot_info.frames);
}

void pv_map_frame_zero(uint64_t machine)
{
    BATCH(batch);

    batch_add(&batch, pv_find_entry(DIRECT_BASE, 1), machine | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE | PTE_ACCESSED);
    batch_flush(&batch);
    pv_flush_tlb();
}

static bool overlaps(uintptr_t block, const char *start, const char *end)
{
    return block + BLOCK_SIZE > (uintptr_t)start && block < (uintptr_t)end;
}

/* Protects a block with text or constants in it page by page. */
static void protect_pages(struct batch *batch, uintptr_t block)
{
    pte_t *table = pv_entry_table(*pv_find_entry(block, 2));

    for (unsigned i = 0; i < TABLE_ENTRIES && (table[i] & PTE_PRESENT); i++) {
        uintptr_t va = block + i * PAGE_SIZE;
        bool text = va >= (uintptr_t)image_start && va < (uintptr_t)text_end;
        bool constant = va >= (uintptr_t)text_end && va < (uintptr_t)rodata_end;
        pte_t entry = text || constant ? table[i] & ~PTE_WRITE : table[i];

        batch_add(batch, &table[i], text ? entry : entry | PTE_NO_EXECUTE);
    }
}

/* The builder maps everything writable and executable. Blocks without image lose execution by one bit at level 2. */
void pv_protect_image(void)
{
    BATCH(batch);
    uintptr_t end = (uintptr_t)frame_address(boot_info.mapped_end);

    for (uintptr_t block = DIRECT_BASE; block < end; block += BLOCK_SIZE) {
        pte_t *entry = pv_find_entry(block, 2);

        if (overlaps(block, image_start, rodata_end))
            protect_pages(&batch, block);
        else
            batch_add(&batch, entry, *entry | PTE_NO_EXECUTE);
    }
    batch_flush(&batch);
    pv_flush_tlb();
}
