/*
 * Page tables of applications' regions: sharing, taking apart, giving back.
 */
#include "mm/table.h"

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/book.h"
#include "mm/frame.h"

#define ALL_PAGES SIZE_MAX
/* Level 1 is a page's entry, 2 a block's. */
#define SLOT_LEVEL 2

/* Taken out, and to be given back once nothing remembers it. */
static struct {
    pte_t slots[64];
    unsigned slot_count;
    pfn_t frames[BLOCK_PAGES];
    unsigned frame_count;
} removed;

pte_t *table_unsettled;
pte_t *(*table_unfold)(uintptr_t va, pte_t *entry);

static void settle(const pte_t *slot)
{
    if (slot != table_unsettled)
        return;
    platform->commit(0, 0);
    table_unsettled = NULL;
}

/* --- finding --- */

/* Leads from `entry`, above level 2, to a new table. */
static bool add_table(pte_t *entry)
{
    pfn_t table = frame_alloc();

    if (table == NO_FRAME)
        return false;
    page_zero(frame_address(table));
    platform->make_table(table);
    platform->set_entry(entry, platform->table_entry(table));
    platform->commit(0, 0);
    return true;
}

/* No address is of the GiB that it begins with. */
struct table_last table_last = { .gigabyte = ~0UL };

pte_t *table_walk(uintptr_t va, bool make)
{
    pte_t *table = platform->top_table();

    for (int level = TOP_LEVEL; level > SLOT_LEVEL; level--) {
        pte_t *entry = &table[table_index(va, level)];

        if (!(*entry & PTE_PRESENT) && !(make && add_table(entry)))
            return NULL;
        table = unlikely(table_is_block(*entry)) ? table_unfold(va, entry) : entry_table(*entry);
    }
    table_last = (struct table_last){ va / GIGABYTE, table };
    return &table[table_index(va, SLOT_LEVEL)];
}

pte_t *table_gigabyte_entry(uintptr_t va)
{
    pte_t top = platform->top_table()[table_index(va, TOP_LEVEL)];

    return top & PTE_PRESENT ? &entry_table(top)[table_index(va, TOP_LEVEL - 1)] : NULL;
}

size_t table_part(uintptr_t va, size_t count)
{
    uintptr_t unit = table_find_slot(va) ? BLOCK_SIZE : GIGABYTE;

    return MIN(count, (unit - va % unit) / PAGE_SIZE);
}

pte_t table_entry_at(uintptr_t va)
{
    const pte_t *slot = table_find_slot(va);

    return slot && table_is_table(*slot) ? entry_table(*slot)[table_index(va, 1)] : 0;
}

/* --- giving back --- */

static void drop_frames(const pte_t *entries)
{
    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        pfn_t frame = table_frame(entries[i]);

        if (frame != NO_FRAME)
            frame_drop(frame);
    }
}

static bool is_shared_anywhere(pfn_t first)
{
    for (pfn_t frame = first; frame < first + BLOCK_PAGES; frame++)
        if (frame_is_shared(frame))
            return true;
    return false;
}

static void drop_block(pfn_t first)
{
    if (!is_shared_anywhere(first)) {
        frame_free_block(first, BLOCK_SHIFT - PAGE_SHIFT);
        return;
    }
    for (pfn_t frame = first; frame < first + BLOCK_PAGES; frame++)
        frame_drop(frame);
}

/* Drops a reference to what a slot showed. Returns the table that has none left, already no table for the platform. */
static pfn_t drop_slot(pte_t slot)
{
    pfn_t frame = platform->entry_frame(slot);

    if (table_is_block(slot)) {
        drop_block(frame);
        return NO_FRAME;
    }
    if (frame_is_shared(frame)) {
        frame_drop(frame);
        return NO_FRAME;
    }
    drop_frames(frame_address(frame));
    platform->unmake_table(frame);
    return frame;
}

/* What is dropped in here is nowhere in the queue of `removed` any more. */
static void give_back_slots(void)
{
    pfn_t tables[ARRAY_SIZE(removed.slots)];
    unsigned count = 0;

    for (unsigned i = 0; i < removed.slot_count; i++) {
        pfn_t table = drop_slot(removed.slots[i]);

        if (table != NO_FRAME)
            tables[count++] = table;
    }
    removed.slot_count = 0;
    if (count)
        platform->commit(0, 0);
    while (count)
        frame_free(tables[--count]);
}

void table_finish(uintptr_t va, size_t count)
{
    platform->commit(va, count);
    table_unsettled = NULL;
    while (removed.frame_count)
        frame_drop(removed.frames[--removed.frame_count]);
    if (removed.slot_count)
        give_back_slots();
}

void table_put_slot(pte_t *slot, pte_t value)
{
    if (removed.slot_count == ARRAY_SIZE(removed.slots))
        table_finish(0, ALL_PAGES);
    if (*slot)
        removed.slots[removed.slot_count++] = *slot;
    platform->set_entry(slot, value);
}

void table_put(pte_t *entry, pte_t value)
{
    pfn_t frame = table_frame(*entry);

    if (removed.frame_count == ARRAY_SIZE(removed.frames))
        table_finish(0, ALL_PAGES);
    if (frame != NO_FRAME)
        removed.frames[removed.frame_count++] = frame;
    platform->set_entry(entry, value);
}

/* --- tables of one's own --- */

pfn_t table_new(void)
{
    pfn_t table = frame_alloc();

    if (table != NO_FRAME)
        page_zero(frame_address(table));
    return table;
}

void table_seal(pfn_t table)
{
    platform->make_table(table);
    platform->commit(0, 0);
    platform->keep_table(table, true);
}

void table_release(pfn_t table)
{
    platform->keep_table(table, false);
    removed.slots[removed.slot_count++] = platform->table_entry(table);
    give_back_slots();
}

/* Leads from the slot to a table that has been filled in; the references of its entries are its own. */
static void hook(pte_t *slot, pfn_t table)
{
    platform->make_table(table);
    platform->set_entry(slot, platform->table_entry(table));
}

/*
 * Shows the same frames, which are shared with the old table from then on. If that is to go, nobody else led to it, and a
 * frame that nobody else shows stays writable if its place may be written.
 */
static void fill_shared(pte_t *entries, pte_t slot, bool writable)
{
    const pte_t *old = entry_table(slot);
    bool may_keep = writable && !frame_is_shared(platform->entry_frame(slot));
    pte_t others = slot & PTE_OTHERS_DIRTY ? PTE_DIRTY : 0;

    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        pte_t entry = old[i];
        pfn_t frame = table_frame(entry);

        if (frame == NO_FRAME)
            continue;
        pte_t lost = may_keep && !frame_is_shared(frame) ? others : others | PTE_WRITE;

        frame_share(frame);
        entries[i] = entry & ~lost;
    }
}

/* The same 2 MiB page by page. The superpage's references become the pages'. */
static void fill_pages(pte_t *entries, pte_t slot, bool writable)
{
    pfn_t first = platform->entry_frame(slot);

    for (unsigned i = 0; i < TABLE_ENTRIES; i++) {
        pte_t entry = platform->leaf_entry(first + i, PAGE_READ) | (slot & PTE_DIRTY);

        entries[i] = frame_is_shared(first + i) || !writable ? entry : entry | PTE_WRITE;
    }
}

/* May the place that alone leads to this table write wherever the entries say so? Its regions have a say in it. */
static bool entries_are_safe(const pte_t *entries, bool writable)
{
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        if ((entries[i] & PTE_WRITE) && (!writable || frame_is_shared(entry_own_frame(entries[i]))))
            return false;
    return true;
}

static bool own_slot(pte_t *slot, uintptr_t block)
{
    pte_t before = *slot;
    bool writable = book_is_writable(block, BLOCK_SIZE);

    if (table_is_table(before) && !(before & PTE_OTHERS_DIRTY) && !frame_is_shared(platform->entry_frame(before)) &&
        entries_are_safe(entry_table(before), writable)) {
        platform->set_entry(slot, before | PTE_WRITE);
        platform->commit(0, ALL_PAGES);
        return true;
    }
    pfn_t table = table_new();

    if (table == NO_FRAME)
        return false;
    if (table_is_block(before))
        fill_pages(frame_address(table), before, writable);
    else if (before)
        fill_shared(frame_address(table), before, writable);
    hook(slot, table);
    platform->commit(0, before ? ALL_PAGES : 0);
    if (table_is_table(before)) {
        removed.slots[removed.slot_count++] = before;
        give_back_slots();
    }
    return true;
}

bool table_claim_block(pte_t *slot)
{
    if (is_shared_anywhere(platform->entry_frame(*slot)))
        return false;
    if (!(*slot & PTE_WRITE)) {
        platform->set_entry(slot, *slot | PTE_WRITE);
        platform->commit(0, ALL_PAGES);
    }
    return true;
}

pte_t *table_make_own(uintptr_t va)
{
    pte_t *slot = table_reach_slot(va);

    if (!slot)
        return NULL;
    settle(slot);
    if (!(*slot & PTE_WRITE) || table_is_block(*slot)) {
        if (removed.slot_count)
            table_finish(0, ALL_PAGES);
        if (!own_slot(slot, ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE)))
            return NULL;
    }
    return &entry_table(*slot)[table_index(va, 1)];
}

/* --- drafts --- */

/* Entries for tables that are there already. */
static pte_t scratch[TABLE_ENTRIES];

bool draft_begin(struct draft *draft, uintptr_t va, size_t count)
{
    pte_t *slot = table_reach_slot(va);

    *draft = (struct draft){ .count = count, .slot = slot };
    if (!slot)
        return false;
    settle(slot);
    if (*slot && count < TABLE_ENTRIES) {
        draft->entries = scratch;
        draft->target = table_own(va);
        return draft->target;
    }
    pfn_t table = table_new();

    if (table == NO_FRAME)
        return false;
    draft->entries = (pte_t *)frame_address(table) + table_index(va, 1);
    return true;
}

static pfn_t draft_table(const struct draft *draft)
{
    return frame_of((const void *)ALIGN_DOWN((uintptr_t)draft->entries, (uintptr_t)PAGE_SIZE));
}

void draft_show(const struct draft *draft)
{
    if (draft->target) {
        for (size_t i = 0; i < draft->count; i++)
            table_put(&draft->target[i], draft->entries[i]);
        return;
    }
    pfn_t table = draft_table(draft);

    platform->make_table(table);
    table_put_slot(draft->slot, platform->table_entry(table));
    table_unsettled = draft->slot;
}

void draft_abandon(const struct draft *draft)
{
    if (!draft->target)
        frame_free(draft_table(draft));
}
