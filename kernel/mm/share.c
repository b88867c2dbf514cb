/*
 * Copying a range by sharing what it shows.
 */
#include <errno.h>

#include "core/bits.h"
#include "mm/frame.h"
#include "mm/region.h"
#include "mm/table.h"

/* Whole blocks: both places lead to the same table, or show the same superpage, and neither may write. */
static int share_block(uintptr_t to, pte_t *source)
{
    pte_t *target = source ? table_reach_slot(to) : table_find_slot(to);
    pte_t shared = source ? *source & ~PTE_WRITE : 0;

    if (!target)
        return source && *source ? -ENOMEM : 0;
    if (shared) {
        pfn_t frame = platform->entry_frame(shared);

        for (size_t i = 0; i < (table_is_block(shared) ? BLOCK_PAGES : 1); i++)
            frame_share(frame + i);
        if (*source & PTE_WRITE)
            platform->set_entry(source, shared);
    }
    table_put_slot(target, table_is_block(shared) ? shared & ~PTE_DIRTY : shared ? shared | PTE_OTHERS_DIRTY : 0);
    return 0;
}

/*
 * One page's entry for another place, whose reference it has. At the source it becomes read-only, if it might be written
 * there; a table that its place may not write to as a whole finds out when it may again (table_own()).
 */
static pte_t share_entry(const pte_t *slot, uintptr_t from)
{
    if (table_is_block(*slot)) {
        pfn_t frame = platform->entry_frame(*slot) + table_index(from, 1);

        frame_share(frame);
        return platform->leaf_entry(frame, PAGE_READ);
    }
    pte_t *entry = &entry_table(*slot)[table_index(from, 1)];
    pfn_t frame = *entry ? platform->entry_frame(*entry) : NO_FRAME;

    if (frame == NO_FRAME)
        return 0;
    frame_share(frame);
    if ((*slot & *entry & PTE_WRITE))
        platform->set_entry(entry, *entry & ~PTE_WRITE);
    return *entry & ~(PTE_WRITE | PTE_DIRTY);
}

/* Pages that are within one block at both places. */
static int share_pages(uintptr_t to, uintptr_t from, size_t count)
{
    pte_t *slot = table_find_slot(from);
    struct draft draft;

    if (!slot || !*slot)
        return region_discard(to, count * PAGE_SIZE);
    if (!draft_begin(&draft, to, count))
        return -ENOMEM;
    for (size_t i = 0; i < count; i++)
        draft.entries[i] = share_entry(slot, from + i * PAGE_SIZE);
    /* Now that some of it is shared, none of it may be written as a superpage. */
    if (table_is_block(*slot) && (*slot & PTE_WRITE))
        platform->set_entry(slot, *slot & ~PTE_WRITE);
    draft_show(&draft);
    return 0;
}

static size_t left_in_block(uintptr_t va)
{
    return (BLOCK_SIZE - va % BLOCK_SIZE) / PAGE_SIZE;
}

int region_copy(uintptr_t to, uintptr_t from, size_t size)
{
    size_t count = size / PAGE_SIZE;
    int error = 0;

    for (size_t done = 0; done < count && !error;) {
        uintptr_t source = from + done * PAGE_SIZE, target = to + done * PAGE_SIZE;
        size_t part = MIN(count - done, MIN(left_in_block(source), left_in_block(target)));

        error = part == BLOCK_PAGES ? share_block(target, table_find_slot(source)) : share_pages(target, source, part);
        done += part;
    }
    table_finish(to, count);
    /* The source lost the right to write, of which nothing may be remembered. */
    platform->commit(from, count);
    if (error)
        region_discard(to, size);
    return error;
}
