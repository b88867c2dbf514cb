/*
 * Patterns, and where they are shown.
 */
#include "mm/projection.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/frame.h"
#include "mm/table.h"

static struct pattern zero;
pfn_t pattern_zero_frame;

int pattern_make(struct pattern *pattern, const pfn_t *frames, unsigned pages)
{
    pfn_t table = table_new();

    if (table == NO_FRAME)
        return -ENOMEM;
    pte_t *entries = frame_address(table);

    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        pfn_t frame = frames[i % pages];

        entries[i] = platform->leaf_entry(frame, PAGE_READ);
        if (i >= pages)
            frame_share(frame);
    }
    table_seal(table);
    *pattern = (struct pattern){ table, pages };
    return 0;
}

void pattern_drop(const struct pattern *pattern)
{
    table_release(pattern->table);
}

const struct pattern *pattern_zero(void)
{
    if (pattern_zero_frame != NO_FRAME)
        return &zero;
    pfn_t frame = frame_alloc();

    if (frame == NO_FRAME)
        return NULL;
    page_zero(frame_address(frame));
    if (pattern_make(&zero, &frame, 1)) {
        frame_free(frame);
        return NULL;
    }
    pattern_zero_frame = frame;
    return &zero;
}

bool pattern_is_zero_table(pte_t slot)
{
    return pattern_zero_frame != NO_FRAME && table_is_table(slot) && entry_own_frame(slot) == zero.table;
}

/* Leads from a whole block to the pattern's table. */
static int show_block(uintptr_t at, pfn_t table)
{
    pte_t *slot = table_reach_slot(at);

    if (!slot)
        return -ENOMEM;
    frame_share(table);
    table_put_slot(slot, platform->table_entry(table) & ~PTE_WRITE);
    return 0;
}

static int show_part(uintptr_t at, size_t count, pfn_t table)
{
    const pte_t *entries = (const pte_t *)frame_address(table) + table_index(at, 1);
    struct draft draft;

    if (!draft_begin(&draft, at, count))
        return -ENOMEM;
    for (size_t i = 0; i < count; i++) {
        draft.entries[i] = entries[i];
        frame_share(platform->entry_frame(entries[i]));
    }
    draft_show(&draft);
    return 0;
}

int projection_show(uintptr_t at, size_t size, const struct pattern *pattern)
{
    size_t count = size / PAGE_SIZE;
    int error = 0;

    for (size_t done = 0; done < count && !error;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = MIN(count - done, (BLOCK_SIZE - va % BLOCK_SIZE) / PAGE_SIZE);

        error = part == BLOCK_PAGES ? show_block(va, pattern->table) : show_part(va, part, pattern->table);
        done += part;
    }
    table_finish(at, count);
    return error;
}
