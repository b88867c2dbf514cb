/*
 * Mapping, unmapping and changing pages: the page-table operations of platform.h.
 */
#include "arch/x86_64/pv/table.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"

/* Maps `count` pages that one lowest-level table holds. */
static int map_within_table(struct batch *batch, uintptr_t va, const pfn_t *frames, size_t count,
                            enum page_access access)
{
    pte_t *slot = pv_reach_entry(batch, va, 2);
    unsigned first = table_index(va, 1);

    if (!slot)
        return -ENOMEM;
    if (*slot & PTE_PRESENT) {
        pte_t *table = pv_entry_table(*slot);

        for (size_t i = 0; i < count; i++)
            batch_add(batch, &table[first + i], pv_leaf_entry(guest_to_machine[frames[i]], access));
        return 0;
    }
    pfn_t frame = pagetable_frames.take();

    if (frame == NO_FRAME)
        return -ENOMEM;
    pte_t *table = frame_address(frame);

    page_zero(table);
    for (size_t i = 0; i < count; i++)
        table[first + i] = pv_leaf_entry(guest_to_machine[frames[i]], access);
    hook_table(batch, slot, frame);
    return 0;
}

static size_t pages_left_in_table(uintptr_t va, size_t count)
{
    return MIN(count, TABLE_ENTRIES - table_index(va, 1));
}

int pv_map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access)
{
    BATCH(batch);

    for (size_t done = 0; done < count;) {
        uintptr_t at = va + done * PAGE_SIZE;
        size_t part = pages_left_in_table(at, count - done);
        int error = map_within_table(&batch, at, frames + done, part, access);

        if (error) {
            batch_flush(&batch);
            platform->unmap(va, done, NULL);
            return error;
        }
        done += part;
    }
    batch_flush(&batch);
    return 0;
}

/* Takes a whole table out, which is cheaper than emptying it, and gives its frame back. */
static void unmap_table(pte_t *slot, pfn_t *frames)
{
    BATCH(batch);
    const pte_t *table = pv_entry_table(*slot);

    for (size_t i = 0; frames && i < TABLE_ENTRIES; i++)
        frames[i] = pv_entry_frame(table[i]);
    pfn_t table_frame = unhook_table(&batch, slot);

    batch_flush(&batch);
    pv_flush_tlb();
    pagetable_frames.give(table_frame);
}

static void unmap_entries(struct batch *batch, pte_t *entries, size_t count, pfn_t *frames)
{
    for (size_t i = 0; i < count; i++) {
        if (frames)
            frames[i] = pv_entry_frame(entries[i]);
        if (entries[i])
            batch_add(batch, &entries[i], 0);
    }
}

static void unmap_page(uintptr_t va, pfn_t *frame)
{
    pte_t *entry = pv_find_page(va);

    if (frame)
        *frame = entry ? pv_entry_frame(*entry) : NO_FRAME;
    if (entry && *entry)
        pv_set_page(va, entry, 0, true);
}

void pv_unmap(uintptr_t va, size_t count, pfn_t *frames)
{
    BATCH(batch);

    if (count == 1) {
        unmap_page(va, frames);
        return;
    }
    for (size_t done = 0; done < count;) {
        uintptr_t at = va + done * PAGE_SIZE;
        size_t part = pages_left_in_table(at, count - done);
        pfn_t *out = frames ? frames + done : NULL;
        pte_t *slot = pv_find_entry(at, 2);

        if (!slot || !(*slot & PTE_PRESENT)) {
            for (size_t i = 0; out && i < part; i++)
                out[i] = NO_FRAME;
        } else if (part == TABLE_ENTRIES) {
            unmap_table(slot, out);
        } else {
            unmap_entries(&batch, pv_entry_table(*slot) + table_index(at, 1), part, out);
        }
        done += part;
    }
    batch_flush(&batch);
    pv_flush_tlb();
}

pfn_t pv_lookup(uintptr_t va, enum page_access access)
{
    const pte_t *block = pv_find_entry(va, 2);

    if (!block || !(*block & PTE_PRESENT))
        return NO_FRAME;
    pte_t entry = pv_entry_table(*block)[table_index(va, 1)];

    if (!(entry & PTE_PRESENT) || ((access & PAGE_WRITE) && !(*block & entry & PTE_WRITE)))
        return NO_FRAME;
    return pv_entry_frame(entry);
}
