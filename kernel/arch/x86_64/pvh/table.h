/*
 * Page-table entries and tables of a PVH domain, which are its own: read and written as memory. Inside of pvh/ only.
 */
#ifndef LWD_PVH_TABLE_H
#define LWD_PVH_TABLE_H

#include "arch/x86_64/pte.h"
#include "arch/x86_64/pvh/pvh.h"

/* Made by the entry: the root, and the entries of the lowest 1 GiB of addresses, by blocks. */
extern pte_t pvh_top_table[TABLE_ENTRIES], pvh_low_table[TABLE_ENTRIES];

/* How much of the direct map is in pvh_low_table. */
#define PVH_BOOT_MEMORY ((1UL << 30) - DIRECT_BASE)

/* The table that a present entry points to. */
pte_t *pvh_entry_table(pte_t entry);

/* The entry for `va` in the table of `level`, or null where a table above it is missing or a block stands in its place. */
pte_t *pvh_find_entry(uintptr_t va, int level);

/* The same, with the tables above made as needed; null if there is no frame for one. */
pte_t *pvh_reach_entry(uintptr_t va, int level);

/* No translation of this page, of these, or of any, is left on this CPU. */
void pvh_flush_page(uintptr_t va);
void pvh_flush_range(uintptr_t va, size_t count);
void pvh_flush_tlb(void);

#endif
