/*
 * Memory of the application's that stays granted to a device's backend (lwd_block_allocate): transfers from and to it need
 * neither a copy nor a grant.
 */
#ifndef LWD_DRIVERS_BLK_AREA_H
#define LWD_DRIVERS_BLK_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>

#include "arch/x86_64/platform.h"

/*
 * Of the 1,056 pages that Linux's backend keeps mapped of a device; the rest is for bounce pages (blk_bounce.h) and
 * descriptors. What is beyond it maps anew for each request, which costs it more than a copy costs the domain.
 */
#define BLK_AREA_PAGES 512

struct blk_area {
    struct blk_area *next;
    char *address;
    unsigned pages;
    bool in_use;                /* else kept for the next who wants one, since the backend has it mapped */
    grant_ref_t references[];   /* one a page; 0: its grant has ended */
};

/* The area in use that has `address`, or null. */
static inline struct blk_area *blk_area_find(struct blk_area *areas, const char *address)
{
    for (struct blk_area *area = areas; area; area = area->next)
        if (address >= area->address && address < area->address + (size_t)area->pages * PAGE_SIZE && area->in_use)
            return area;
    return NULL;
}

/* A new one at the head of the list, zeroed and granted to `domain`, or null. Does not block. */
struct blk_area *blk_area_make(struct blk_area **areas, domid_t domain, unsigned pages);

/* Ends the grants as far as the backend lets go; true if of all pages. */
bool blk_area_end_grants(struct blk_area *area);

/* Takes it off the list and frees it, with the pages that are not granted any more. The others are lost. */
void blk_area_destroy(struct blk_area **areas, struct blk_area *area);

/* The backend has let go, or is not trusted any more: those in use stay memory of the application's, the others go. */
void blk_areas_abandon(struct blk_area **areas);

#endif
