/*
 * What the files of the PVH platform share.
 */
#ifndef LWD_PVH_H
#define LWD_PVH_H

#include <stdint.h>

#include "arch/x86_64/platform.h"

extern const struct platform pvh_platform;

/*
 * Takes over the tables that the entry made, which show the first PVH_BOOT_MEMORY bytes, be they memory or not; shows what
 * is memory and nothing else, and fills in boot_info.mapped_end. Text becomes read-only, all else not executable.
 */
void pvh_pagetable_init(void);

/* Shows one page at its place in the direct map that is no memory of ours: a ring that Xen made. Panics if it cannot. */
void *pvh_map_foreign(pfn_t frame);

/* The page-table operations of struct platform. */
int pvh_map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access);
void pvh_unmap(uintptr_t va, size_t count, pfn_t *frames);
pfn_t pvh_lookup(uintptr_t va, enum page_access access);

/* Those by the entry. */
pte_t *pvh_get_top_table(void);
pfn_t pvh_entry_frame(pte_t entry);
pte_t pvh_leaf_entry(pfn_t frame, enum page_access access);
pte_t pvh_table_entry(pfn_t table);
pte_t pvh_parked_entry(pfn_t frame);
void pvh_show_frames(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access);
void pvh_set_entry(pte_t *entry, pte_t value);
size_t pvh_clear_bits(pte_t *entries, const uint64_t *which, size_t words, pte_t bits);
void pvh_change_kind(pfn_t frame);
void pvh_keep_table(pfn_t table, bool keep);
void pvh_commit(uintptr_t va, size_t count);
void pvh_set_page(uintptr_t va, pte_t *entry, pte_t value, bool forget);
void pvh_show_page(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget);

/* The changes of the domain's size, likewise. */
size_t pvh_give_back(pfn_t first, size_t count, bool shown);
size_t pvh_take_back(pfn_t first, size_t count, bool shown);
pfn_t pvh_most_frames(void);

/*
 * Lets go of the frames that the builder promised and has no memory for: those beyond boot_info.frames, which it lowers to
 * what there is. None unless the domain is to begin with less memory than it may have.
 */
void pvh_refuse_promises(void);

/* Tells the processor of the exception handlers, and Xen of the event callback. */
void pvh_traps_init(void);

/* Sleeps until an event is pending, or until what the operation says; returns at once if one is. entry.S. */
void pvh_halt(void);
struct sched_poll;
void pvh_poll(struct sched_poll *until);

/* The page that Xen shares with the domain, in the place of frame 0, whose own memory is given up for it. */
void pvh_map_shared_info(void);

#endif
