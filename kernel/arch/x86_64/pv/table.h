/*
 * Page-table entries and tables of a PV domain: reading them, and queueing changes for Xen. Inside of pv/ only.
 */
#ifndef LWD_PV_TABLE_H
#define LWD_PV_TABLE_H

#include "arch/x86_64/pv/pv.h"

/* Changes on their way to Xen, in order. */
struct batch {
    mmu_update_t updates[128];
    unsigned count;
};

void batch_add(struct batch *batch, const pte_t *entry, pte_t value);
void batch_flush(struct batch *batch);

/* Guest to machine frames, as the domain builder listed them. */
extern const unsigned long *guest_to_machine;

/* `top` is the root of the tables that the builder made. */
void table_init(const struct start_info *start);

/* The table that a present entry points to. */
pte_t *pv_entry_table(pte_t entry);

/* The frame of ours that a lowest-level entry shows or remembers; NO_FRAME if none. */
pfn_t pv_entry_frame(pte_t entry);

pte_t pv_leaf_entry(uint64_t machine_frame, enum page_access access);

/* The entry for `va` in the table of `level`, or null where a table above it is missing. */
pte_t *pv_find_entry(uintptr_t va, int level);

/* The same, with the tables above made as needed; null if there is no frame for one. */
pte_t *pv_reach_entry(struct batch *batch, uintptr_t va, int level);

/* Queues that `frame`, an ordinary page until now, becomes the table that `slot` points to. */
void hook_table(struct batch *batch, pte_t *slot, pfn_t frame);

/* Queues that the table that `slot` points to becomes an ordinary page again, and returns it. */
pfn_t unhook_table(struct batch *batch, pte_t *slot);

/* No translation that has been changed is left on this CPU. */
void pv_flush_tlb(void);

#endif
