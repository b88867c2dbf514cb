/*
 * Page-table entries and tables of a PV domain: reading them, and queueing changes for Xen. Inside of pv/ only.
 */
#ifndef LWD_PV_TABLE_H
#define LWD_PV_TABLE_H

#include "arch/x86_64/pv/pv.h"

#define PTE_PRESENT (1UL << 0)
#define PTE_WRITE (1UL << 1)
#define PTE_USER (1UL << 2)
#define PTE_ACCESSED (1UL << 5)
#define PTE_DIRTY (1UL << 6)
/* Ours: no access, but the frame is remembered, with its bits inverted, since Xen refuses (L1TF) the plain number. */
#define PTE_PARKED (1UL << 9)
#define PTE_NO_EXECUTE (1UL << 63)
#define PTE_FRAME 0x000ffffffffff000UL

#define TABLE_ENTRIES 512
#define TOP_LEVEL 4

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

unsigned table_index(uintptr_t va, int level);

/* The table that a present entry points to. */
pte_t *entry_table(pte_t entry);

/* The frame of ours that a lowest-level entry shows or remembers; NO_FRAME if none. */
pfn_t entry_frame(pte_t entry);

pte_t leaf_entry(uint64_t machine_frame, enum page_access access);

/* The entry for `va` in the table of `level`, or null where a table above it is missing. */
pte_t *find_entry(uintptr_t va, int level);

/* The same, with the tables above made as needed; null if there is no frame for one. */
pte_t *reach_entry(struct batch *batch, uintptr_t va, int level);

/* Queues that `frame`, an ordinary page until now, becomes the table that `slot` points to. */
void hook_table(struct batch *batch, pte_t *slot, pfn_t frame);

/* Queues that the table that `slot` points to becomes an ordinary page again, and returns it. */
pfn_t unhook_table(struct batch *batch, pte_t *slot);

/* No translation that has been changed is left on this CPU. */
void flush_tlb(void);

#endif
