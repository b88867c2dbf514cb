/*
 * Page tables of applications' regions, shared between places. A lowest-level table maps a block of 2 MiB; several places
 * may lead to the same table, and several entries show the same frame:
 *
 *   - a frame has one reference for each lowest-level entry that shows or remembers it (and for who else holds it, such as
 *     a pattern); a superpage counts as 512 entries;
 *   - a table has one reference for each entry of level 2 that leads to it (and for a pattern that keeps it);
 *   - a table with several references is led to without PTE_WRITE, so that writing faults whatever its entries say;
 *   - in a table that is led to with PTE_WRITE, an entry has PTE_WRITE only if its frame has one reference.
 *
 * So a copy of whole blocks costs one entry a block, and writing undoes it step by step: table_own() gives the place a
 * table of its own, whose entries are then read-only where frames are shared; and mm/fault.c gives the page a frame.
 *
 * Changes are queued. What they took out is given back by table_finish(), once no processor knows of it any more.
 * Nothing here blocks, or touches vector registers: page faults use it.
 */
#ifndef LWD_MM_TABLE_H
#define LWD_MM_TABLE_H

#include "arch/x86_64/platform.h"

/* What one table of level 2 maps. */
#define GIGABYTE (1UL << 30)

/* Tables of level 2, once made, are never given back: the one that was looked for last, and of which GiB it is. */
extern struct table_last {
    uintptr_t gigabyte;
    pte_t *slots;
} table_last;

/* Leads to a new table, but perhaps not until what is queued is committed; null: none does. */
extern pte_t *table_unsettled;

/*
 * An entry of level 3 may show 1 GiB in the place of its table of superpages (mm/gigabyte.h). This has it lead to that table
 * again, which it returns; null as long as there was none.
 */
extern pte_t *(*table_unfold)(uintptr_t va, pte_t *entry);

/* The entry of level 3 for `va`; null where a table above it is missing. */
pte_t *table_gigabyte_entry(uintptr_t va);

pte_t *table_walk(uintptr_t va, bool make);

/* The entry of level 2 for `va`; null where a table above it is missing. It stays where it is for ever. Takes 1 GiB apart. */
static inline pte_t *table_find_slot(uintptr_t va)
{
    return likely(table_last.gigabyte == va >> 30) ? &table_last.slots[table_index(va, 2)] : table_walk(va, false);
}

/* The same, with the tables above it made. Null if there is no frame for one. */
static inline pte_t *table_reach_slot(uintptr_t va)
{
    return likely(table_last.gigabyte == va >> 30) ? &table_last.slots[table_index(va, 2)] : table_walk(va, true);
}

/* Pages from `va` on, within `count`, that are in its block, or have no table of level 2 and so nothing at all. */
size_t table_part(uintptr_t va, size_t count);

static inline bool table_is_block(pte_t slot)
{
    return (slot & (PTE_PRESENT | PTE_BLOCK)) == (PTE_PRESENT | PTE_BLOCK);
}

static inline bool table_is_table(pte_t slot)
{
    return (slot & (PTE_PRESENT | PTE_BLOCK)) == PTE_PRESENT;
}

/* The entry that shows the 1 GiB around `va` as one; null if none does. */
static inline pte_t *table_find_gigabyte(uintptr_t va)
{
    pte_t *entry = unlikely(table_unfold) ? table_gigabyte_entry(va) : NULL;

    return entry && table_is_block(*entry) ? entry : NULL;
}

/* Does the slot lead, and with PTE_WRITE, to a table that is its place's own? */
static inline bool table_is_own(const pte_t *slot)
{
    return (*slot & (PTE_PRESENT | PTE_WRITE | PTE_BLOCK)) == (PTE_PRESENT | PTE_WRITE) && slot != table_unsettled;
}

/* The frame that an entry of the lowest level shows or remembers; NO_FRAME for none. */
static inline pfn_t table_frame(pte_t entry)
{
    if (likely(entry & PTE_PRESENT))
        return entry_own_frame(entry);
    return entry ? platform->entry_frame(entry) : NO_FRAME;
}

/* What the lowest-level table says of a page: 0 if nothing. Not for blocks. */
pte_t table_entry_at(uintptr_t va);

/*
 * Finds the entry for `va` if its table is quickly found and its place's own; else false. For the short ways of faults and
 * single pages, at the start of which nothing is unsettled.
 */
static inline bool table_own_quickly(uintptr_t va, pte_t **entry)
{
    if (unlikely(table_last.gigabyte != va >> 30))
        return false;
    pte_t slot = table_last.slots[table_index(va, 2)];

    if (unlikely((slot & (PTE_PRESENT | PTE_WRITE | PTE_BLOCK)) != (PTE_PRESENT | PTE_WRITE)))
        return false;
    *entry = &entry_table(slot)[table_index(va, 1)];
    return true;
}

pte_t *table_make_own(uintptr_t va);

/*
 * The entry for `va` in a table that is this place's own, led to with PTE_WRITE. Null if there is no frame for one, and then
 * nothing has changed. What has been queued is committed where there was no such table.
 */
static inline pte_t *table_own(uintptr_t va)
{
    const pte_t *slot = table_find_slot(va);

    return likely(slot && table_is_own(slot)) ? &entry_table(*slot)[table_index(va, 1)] : table_make_own(va);
}

/* Makes the superpage that a slot shows writable as one, if nobody else shows any of it. */
bool table_claim_block(pte_t *slot);

/* Queues that a slot shows something else (0: nothing). What it showed loses its reference at table_finish(). */
void table_put_slot(pte_t *slot, pte_t value);

/* The same with an entry of a table of one's own. */
void table_put(pte_t *entry, pte_t value);

/* Commits, flushes what was known of the range, and gives back what was taken out. */
void table_finish(uintptr_t va, size_t count);

/*
 * Entries on their way into one block: `count` from `va` on are filled in by the caller (each with a reference that it
 * takes over) between draft_begin() and draft_show(), which puts them in the place of what was there. If the block has no
 * table of its own the draft becomes it, which is cheaper than changing entries. draft_begin() returns false, with nothing
 * changed, if there is no frame for a table.
 */
struct draft {
    pte_t *entries;
    size_t count;
    pte_t *slot;
    pte_t *target;              /* where the entries go one by one, if not null */
};

bool draft_begin(struct draft *draft, uintptr_t va, size_t count);
void draft_show(const struct draft *draft);

/* In place of draft_show(): the entries were not filled in, or the references are the caller's again. */
void draft_abandon(const struct draft *draft);

/* A table of 512 entries that are to be filled in, for several places; and that it is filled in. NO_FRAME. */
pfn_t table_new(void);
void table_seal(pfn_t table);

/* One reference less to a table or superpage that no slot leads to (a pattern's). */
void table_release(pfn_t table);

#endif
