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

/* Declares an empty one. Not by an initialiser, which would write zeroes over all of it, with vector registers in a fault. */
#define BATCH(name)      \
    struct batch name;   \
                         \
    (name).count = 0

/* What Xen calls the place of an entry. */
uint64_t machine_address(const void *direct_address);

void batch_add(struct batch *batch, const pte_t *entry, pte_t value);
void batch_flush(struct batch *batch);

/* Guest to machine frames, for those below boot_info.end. */
extern unsigned long *guest_to_machine;

/* `top` is the root of the tables that the builder made. */
void table_init(const struct start_info *start);

/* The table that a present entry points to. */
pte_t *pv_entry_table(pte_t entry);

static inline pte_t pv_leaf_entry(uint64_t machine_frame, enum page_access access)
{
    return machine_frame << PAGE_SHIFT | pte_flags(access);
}

/* The entry for `va` in the table of `level`, or null where a table above it is missing. */
pte_t *pv_find_entry(uintptr_t va, int level);

/* The lowest-level table that was looked for last, and where what it maps begins; 0, where nothing is, for none. */
extern struct pv_last_table {
    uintptr_t block;
    pte_t *table;
} pv_last_table;

pte_t *pv_find_page_slowly(uintptr_t va);

/* The entry for the page at `va`, or null: pv_find_entry(va, 1), which walks down through a hundred instructions. */
static inline pte_t *pv_find_page(uintptr_t va)
{
    if (unlikely(pv_last_table.block != ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE)))
        return pv_find_page_slowly(va);
    return &pv_last_table.table[table_index(va, 1)];
}

/* The same, with the tables above made as needed; null if there is no frame for one. */
pte_t *pv_reach_entry(struct batch *batch, uintptr_t va, int level);

/* Queues that `frame`, an ordinary page until now, becomes the table that `slot` points to. */
void hook_table(struct batch *batch, pte_t *slot, pfn_t frame);

/* Queues that the table that `slot` points to becomes an ordinary page again, and returns it. */
pfn_t unhook_table(struct batch *batch, pte_t *slot);

/* No translation that has been changed is left on this CPU. */
void pv_flush_tlb(void);

/* The parts of hooking: that a frame's own mapping becomes read-only, or writable again. */
void seal_frame(struct batch *batch, pfn_t frame);
void unseal_frame(struct batch *batch, pfn_t frame);

#endif
