/*
 * Page tables of a PVH domain by the entry: the operations of platform.h with which mm/ shares tables. They are plain
 * stores, so that nothing is queued but the flush of what the processor remembers.
 */
#include "arch/x86_64/pvh/table.h"

pte_t *pvh_get_top_table(void)
{
    return pvh_top_table;
}

void pvh_show_frames(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access)
{
    pte_t flags = pte_flags(access) & ~PTE_DIRTY;

    for (size_t i = 0; i < count; i++)
        entries[i] = frames[i] << PAGE_SHIFT | flags;
}

pte_t pvh_parked_entry(pfn_t frame)
{
    return frame << PAGE_SHIFT | PTE_PARKED;
}

void pvh_set_entry(pte_t *entry, pte_t value)
{
    *entry = value;
}

size_t pvh_clear_bits(pte_t *entries, const uint64_t *which, size_t words, pte_t bits)
{
    size_t count = 0;

    for (; words; words--, which++, entries += 64) {
        uint64_t left = *which;

        if (left == ~0UL) {
            for (unsigned i = 0; i < 64; i++)
                entries[i] &= ~bits;
            count += 64;
            continue;
        }
        for (; left; left &= left - 1, count++)
            entries[__builtin_ctzl(left)] &= ~bits;
    }
    return count;
}

/* A table is memory like any other. */
void pvh_change_kind(pfn_t frame)
{
    (void)frame;
}

void pvh_keep_table(pfn_t table, bool keep)
{
    (void)table;
    (void)keep;
}

void pvh_commit(uintptr_t va, size_t count)
{
    pvh_flush_range(va, count);
}

void pvh_set_page(uintptr_t va, pte_t *entry, pte_t value, bool forget)
{
    *entry = value;
    if (forget)
        pvh_flush_page(va);
}

void pvh_show_page(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget)
{
    pvh_set_page(va, entry, (pvh_leaf_entry(frame, access) & ~PTE_DIRTY) | more, forget);
}
