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
size_t pvh_count_bare(uintptr_t va, size_t count);
int pvh_replace(uintptr_t va, pfn_t frame, enum page_access access);
void pvh_protect(uintptr_t va, size_t count, bool accessible, enum page_access access, pfn_t never_writable);
pfn_t pvh_lookup(uintptr_t va, enum page_access access);

/* Tells the processor of the exception handlers, and Xen of the event callback. */
void pvh_traps_init(void);

/* Sleeps until an event is pending; entry.S. */
void pvh_sleep(void);

/* The page that Xen shares with the domain, in the place of frame 0, whose own memory is given up for it. */
void pvh_map_shared_info(void);

#endif
