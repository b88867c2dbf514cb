/*
 * Superpages: shown because they are asked for, or in the place of the first page that is written.
 */
#include "mm/superpage.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/fault.h"
#include "mm/frame.h"
#include "mm/gigabyte.h"
#include "mm/region.h"
#include "mm/table.h"

#define BLOCK_ORDER (BLOCK_SHIFT - PAGE_SHIFT)

/* In the place of what the block shows. False if memory has no such piece. */
static bool show_superpage(uintptr_t block)
{
    pte_t *slot = table_reach_slot(block);
    pfn_t first = slot ? frame_alloc_block(BLOCK_ORDER) : NO_FRAME;

    if (first == NO_FRAME)
        return false;
    for (pfn_t frame = first; frame < first + BLOCK_PAGES; frame++)
        page_zero(frame_address(frame));
    table_put_slot(slot, (platform->leaf_entry(first, PAGE_WRITE) & ~PTE_DIRTY) | PTE_BLOCK);
    return true;
}

int superpage_populate(uintptr_t at, size_t size, bool gigabytes)
{
    int error = region_discard(at, size);

    gigabytes = gigabytes && platform->has_superpages(3);
    for (size_t done = 0; done < size && !error;) {
        uintptr_t va = at + done;
        size_t part = MIN(size - done, BLOCK_SIZE - va % BLOCK_SIZE);

        if (gigabytes && va % GIGABYTE == 0 && size - done >= GIGABYTE && gigabyte_show(va))
            part = GIGABYTE;
        else if (part < BLOCK_SIZE || !show_superpage(va))
            error = region_populate(va, part);
        done += part;
    }
    table_finish(at, size / PAGE_SIZE);
    return error;
}

static bool show_at_fault(uintptr_t block)
{
    bool shown = frame_count_free() / 4 >= BLOCK_PAGES && show_superpage(block);

    if (shown)
        table_finish(block, BLOCK_PAGES);
    return shown;
}

int superpage_want(uintptr_t at, size_t size, bool wanted)
{
    int error = book_split_around(at, size);

    if (error || !platform->has_superpages(2))
        return error;
    fault_superpage = show_at_fault;
    for (struct region *region = book_find(at); region && region->start < at + size; region = region->next)
        region->superpages = wanted;
    return 0;
}
