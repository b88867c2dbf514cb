/*
 * Bounce pages, made when they are needed and kept.
 */
#include "drivers/blk_bounce.h"

#include <stddef.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/front.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

void blk_pool_init(struct blk_pool *pool, domid_t domain)
{
    pool->domain = domain;
    pool->free = NULL;
    pool->made = 0;
}

static struct blk_page *make(struct blk_pool *pool)
{
    if (pool->made >= MIN(BLK_POOL_PAGES, boot_info.frames / 16))
        return NULL;
    pfn_t frame = frame_alloc();

    if (frame == NO_FRAME)
        return NULL;
    memset(frame_address(frame), 0, PAGE_SIZE);
    int reference = gnttab_grant(pool->domain, frame, false);

    if (reference < 0) {
        frame_free(frame);
        return NULL;
    }
    struct blk_page *page = &pool->pages[pool->made++];

    page->address = frame_address(frame);
    page->reference = (grant_ref_t)reference;
    return page;
}

struct blk_page *blk_pool_take(struct blk_pool *pool)
{
    struct blk_page *page = pool->free;

    if (page)
        pool->free = page->next;
    else
        page = make(pool);
    return page;
}

void blk_pool_give(struct blk_pool *pool, struct blk_page *pages)
{
    while (pages) {
        struct blk_page *page = pages;

        pages = page->next;
        page->next = pool->free;
        pool->free = page;
    }
}

void blk_pool_destroy(struct blk_pool *pool)
{
    for (unsigned i = 0; i < pool->made; i++)
        if (front_end_grant(pool->pages[i].reference))
            frame_free(frame_of(pool->pages[i].address));
    blk_pool_init(pool, pool->domain);
}
