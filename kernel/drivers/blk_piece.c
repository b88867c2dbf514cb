/*
 * The memory of a piece of a request, in one of three ways: an area that is granted for good, bounce pages that are, or
 * the caller's own frames, granted until the piece is answered. Where the backend keeps grants mapped, frames cannot be
 * ended then, and everything but areas is copied.
 */
#include <string.h>

#include "drivers/blkfront.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

#define DIRECT_SEGMENTS BLKIF_MAX_SEGMENTS_PER_REQUEST

/* The slot's page of descriptors, for the backend to read. False: large pieces have to do without. */
static bool ensure_table(struct block_device *device, struct blk_piece *piece)
{
    if (piece->table)
        return true;
    pfn_t frame = frame_alloc();

    if (frame == NO_FRAME)
        return false;
    memset(frame_address(frame), 0, PAGE_SIZE);
    /* What a backend keeps mapped it maps writable, without need. Nothing is read back from a table then. */
    int reference = gnttab_grant(device->front.backend_domain, frame, !device->is_persistent);

    if (reference < 0) {
        frame_free(frame);
        return false;
    }
    piece->table = frame_address(frame);
    piece->table_reference = (grant_ref_t)reference;
    return true;
}

static void add_segment(struct blk_piece *piece, struct blkif_request_segment *segments, grant_ref_t reference,
                        size_t from, size_t bytes)
{
    segments[piece->segments] = (struct blkif_request_segment){
        .gref = reference,
        .first_sect = (uint8_t)(from / BLK_SECTOR),
        .last_sect = (uint8_t)((from + bytes) / BLK_SECTOR - 1),
    };
    if (!piece->is_indirect)
        piece->references[piece->segments] = reference;
    piece->segments++;
    piece->bytes += bytes;
}

/* Grants the caller's own frames, up to the first that the caller itself could not access like that. */
static void fill_from_frames(struct block_device *device, struct blk_piece *piece,
                             struct blkif_request_segment *segments, unsigned most, size_t left)
{
    bool to_memory = piece->request->operation == LWD_BLOCK_READ;

    while (piece->segments < most && piece->bytes < left) {
        uintptr_t at = (uintptr_t)piece->address + piece->bytes;
        size_t from = at % PAGE_SIZE;
        pfn_t frame = platform->lookup(at, to_memory ? PAGE_WRITE : PAGE_READ);

        if (frame == NO_FRAME)
            return;
        int reference = gnttab_grant(device->front.backend_domain, frame, !to_memory);

        if (reference < 0)
            return;
        add_segment(piece, segments, (grant_ref_t)reference, from, MIN(PAGE_SIZE - from, left - piece->bytes));
    }
}

/* Memory of an area is granted already. */
static void fill_from_area(const struct blk_area *area, struct blk_piece *piece, struct blkif_request_segment *segments,
                           unsigned most, size_t left)
{
    size_t at = (size_t)(piece->address - area->address), end = (size_t)area->pages * PAGE_SIZE;

    while (piece->segments < most && piece->bytes < left && at < end) {
        size_t from = at % PAGE_SIZE, bytes = MIN(PAGE_SIZE - from, left - piece->bytes);

        add_segment(piece, segments, area->references[at / PAGE_SIZE], from, bytes);
        at += bytes;
    }
}

/* Takes bounce pages, with the data if it goes out. */
static void fill_from_pool(struct block_device *device, struct blk_piece *piece,
                           struct blkif_request_segment *segments, unsigned most, size_t left)
{
    struct blk_page **end = &piece->pages;

    while (piece->segments < most && piece->bytes < left) {
        struct blk_page *page = blk_pool_take(&device->pool);
        size_t bytes = MIN((size_t)PAGE_SIZE, left - piece->bytes);

        if (!page)
            return;
        if (piece->request->operation == LWD_BLOCK_WRITE)
            memcpy(page->address, piece->address + piece->bytes, bytes);
        page->next = NULL;
        *end = page;
        end = &page->next;
        add_segment(piece, segments, page->reference, 0, bytes);
    }
}

static void copy_out(const struct blk_piece *piece)
{
    size_t done = 0;

    for (const struct blk_page *page = piece->pages; page; page = page->next) {
        size_t bytes = MIN((size_t)PAGE_SIZE, piece->bytes - done);

        memcpy(piece->address + done, page->address, bytes);
        done += bytes;
    }
}

/* Ends the grants of the caller's frames. False if the backend keeps one. */
static bool end_grants(const struct blk_piece *piece)
{
    bool ended = true;

    for (unsigned i = 0; i < piece->segments; i++)
        ended &= front_end_grant(piece->is_indirect ? piece->table[i].gref : piece->references[i]);
    return ended;
}

void blk_piece_fill(struct block_device *device, struct blk_piece *piece, union blk_entry *entry)
{
    size_t left = piece->request->size - piece->request->started;
    size_t pages = DIV_ROUND_UP((uintptr_t)piece->address % PAGE_SIZE + left, (size_t)PAGE_SIZE);
    unsigned most = DIRECT_SEGMENTS;
    /* To the device's sectors, so that each segment, and a piece wherever it stops, is whole sectors. */
    bool is_aligned = ((uintptr_t)piece->address & (device->facts.sector_size - 1)) == 0;
    const struct blk_area *area = is_aligned ? blk_area_find(device->areas, piece->address) : NULL;

    piece->is_indirect = pages > DIRECT_SEGMENTS && device->max_segments > most && ensure_table(device, piece);
    if (piece->is_indirect)
        most = device->max_segments;
    struct blkif_request_segment *segments = piece->is_indirect ? piece->table : entry->direct.seg;

    piece->has_own_grants = !area && is_aligned && !device->is_persistent;
    if (area)
        fill_from_area(area, piece, segments, most, left);
    else if (piece->has_own_grants)
        fill_from_frames(device, piece, segments, most, left);
    if (piece->segments == 0) {
        piece->has_own_grants = false;
        fill_from_pool(device, piece, segments, most, left);
    }
}

bool blk_piece_release(struct block_device *device, struct blk_piece *piece, bool is_good)
{
    if (piece->pages) {
        if (piece->request->operation == LWD_BLOCK_READ && is_good)
            copy_out(piece);
        blk_pool_give(&device->pool, piece->pages);
        return true;
    }
    return !piece->has_own_grants || end_grants(piece);
}
