/*
 * What the files of the PV platform share.
 */
#ifndef LWD_PV_H
#define LWD_PV_H

#include <stdint.h>

#include <xen/xen.h>

#include "arch/x86_64/platform.h"
#include "arch/x86_64/pte.h"

extern const struct platform pv_platform;

/* The guest frame that machine frame `machine`, one of ours, is: Xen keeps the table, every guest may read it. */
static inline pfn_t pv_frame(uint64_t machine)
{
    return ((const unsigned long *)MACH2PHYS_VIRT_START)[machine];
}

/* Takes over the page tables that the domain builder made; fills in boot_info.mapped_end. */
void pv_pagetable_init(const struct start_info *start);

/* Shows the page at machine address `machine` in the place of guest frame 0, whose own memory is given up for it. */
void pv_map_frame_zero(uint64_t machine);

/* Text read-only, everything else not executable, for all that the builder mapped. */
void pv_protect_image(void);

/* The page-table operations of struct platform. */
int pv_map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access);
void pv_unmap(uintptr_t va, size_t count, pfn_t *frames);
pfn_t pv_lookup(uintptr_t va, enum page_access access);

/* Those by the entry. */
pte_t *pv_top_table(void);
pfn_t pv_entry_frame(pte_t entry);
pte_t pv_frame_entry(pfn_t frame, enum page_access access);
pte_t pv_table_entry(pfn_t table);
pte_t pv_parked_entry(pfn_t frame);
void pv_show_frames(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access);
void pv_set_entry(pte_t *entry, pte_t value);
size_t pv_clear_bits(pte_t *entries, const uint64_t *which, size_t words, pte_t bits);
void pv_make_table(pfn_t frame);
void pv_unmake_table(pfn_t frame);
void pv_keep_table(pfn_t table, bool keep);
void pv_commit(uintptr_t va, size_t count);
void pv_set_page(uintptr_t va, pte_t *entry, pte_t value, bool forget);
void pv_show_page(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget);

/* The changes of the domain's size, likewise. */
size_t pv_give_back(pfn_t first, size_t count, bool shown);
size_t pv_take_back(pfn_t first, size_t count, bool shown);
pfn_t pv_most_frames(void);

/* Gives Xen the table of exception handlers and the event callback. */
void pv_traps_init(void);

#endif
