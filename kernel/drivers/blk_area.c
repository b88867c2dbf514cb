/*
 * Memory that stays granted, and how it ends.
 */
#include "drivers/blk_area.h"

#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/front.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

/* A block of frames is a power of two: what is beyond `pages` goes back at once. */
static char *take_frames(unsigned pages)
{
    unsigned order = 0;

    while (1u << order < pages)
        order++;
    pfn_t first = frame_alloc_block(order);

    if (first == NO_FRAME)
        return NULL;
    for (unsigned i = pages; i < 1u << order; i++)
        frame_free(first + i);
    return memset(frame_address(first), 0, (size_t)pages * PAGE_SIZE);
}

struct blk_area *blk_area_make(struct blk_area **areas, domid_t domain, unsigned pages)
{
    struct blk_area *area = calloc(1, sizeof *area + pages * sizeof area->references[0]);

    if (!area)
        return NULL;
    area->address = take_frames(pages);
    if (!area->address) {
        free(area);
        return NULL;
    }
    area->pages = pages;
    area->next = *areas;
    *areas = area;
    for (unsigned i = 0; i < pages; i++) {
        int reference = gnttab_grant(domain, frame_of(area->address) + i, false);

        if (reference < 0) {
            /* Nobody knows the others yet. */
            blk_area_end_grants(area);
            blk_area_destroy(areas, area);
            return NULL;
        }
        area->references[i] = (grant_ref_t)reference;
    }
    area->in_use = true;
    return area;
}

bool blk_area_end_grants(struct blk_area *area)
{
    bool all = true;

    for (unsigned i = 0; i < area->pages; i++) {
        if (area->references[i] && gnttab_end(area->references[i]) == 0)
            area->references[i] = 0;
        all &= area->references[i] == 0;
    }
    return all;
}

void blk_area_destroy(struct blk_area **areas, struct blk_area *area)
{
    struct blk_area **at = areas;

    while (*at != area)
        at = &(*at)->next;
    *at = area->next;
    for (unsigned i = 0; i < area->pages; i++)
        if (!area->references[i] || front_end_grant(area->references[i]))
            frame_free(frame_of(area->address) + i);
    free(area);
}

void blk_areas_abandon(struct blk_area **areas)
{
    for (struct blk_area *area = *areas, *next; area; area = next) {
        next = area->next;
        if (area->in_use)
            blk_area_end_grants(area);
        else
            blk_area_destroy(areas, area);
    }
}
