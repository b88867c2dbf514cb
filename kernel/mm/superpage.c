/*
 * Superpages.
 */
#include "mm/superpage.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/frame.h"
#include "mm/region.h"
#include "mm/table.h"

#define BLOCK_ORDER (BLOCK_SHIFT - PAGE_SHIFT)

/* False if memory has no such piece. */
static bool show_superpage(uintptr_t at)
{
    pte_t *slot = table_reach_slot(at);
    pfn_t first = slot ? frame_alloc_block(BLOCK_ORDER) : NO_FRAME;

    if (first == NO_FRAME)
        return false;
    for (pfn_t frame = first; frame < first + BLOCK_PAGES; frame++)
        page_zero(frame_address(frame));
    table_put_slot(slot, (platform->leaf_entry(first, PAGE_WRITE) & ~PTE_DIRTY) | PTE_BLOCK);
    return true;
}

int superpage_populate(uintptr_t at, size_t size)
{
    int error = region_discard(at, size);

    for (size_t done = 0; done < size && !error;) {
        uintptr_t va = at + done;
        size_t part = MIN(size - done, BLOCK_SIZE - va % BLOCK_SIZE);

        if (part < BLOCK_SIZE || !show_superpage(va))
            error = region_populate(va, part);
        done += part;
    }
    table_finish(at, size / PAGE_SIZE);
    return error;
}
