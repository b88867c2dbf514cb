/*
 * Bounce pages: memory between the backend and the program's buffers. Zeroed when made and granted for good, so that the
 * backend sees data of its own device only, and need map them only once.
 */
#ifndef LWD_DRIVERS_BLK_BOUNCE_H
#define LWD_DRIVERS_BLK_BOUNCE_H

#include <stdint.h>

#include <xen/xen.h>
#include <xen/grant_table.h>

/* At most 2 MiB for a device, and a sixteenth of the domain's memory. Linux's backend keeps 4 MiB mapped: blk_area.h. */
#define BLK_POOL_PAGES 512

struct blk_page {
    struct blk_page *next;      /* in the pool, or in the piece that uses it */
    char *address;
    grant_ref_t reference;
};

struct blk_pool {
    domid_t domain;
    struct blk_page *free;
    unsigned made;
    struct blk_page pages[BLK_POOL_PAGES];
};

void blk_pool_init(struct blk_pool *pool, domid_t domain);

/* A page, or null if there is no memory, or all are in use. Does not block. */
struct blk_page *blk_pool_take(struct blk_pool *pool);

/* Gives back a list of pages. */
void blk_pool_give(struct blk_pool *pool, struct blk_page *pages);

/* Ends the grants of all pages and frees them, whoever uses them. */
void blk_pool_destroy(struct blk_pool *pool);

#endif
