/*
 * The queue of a block device: requests wait in order, are cut into the pieces that the ring can carry, and are done when
 * all of their pieces are. Nothing here blocks.
 */
#include <errno.h>
#include <string.h>

#include "core/log.h"
#include "drivers/blkfront.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

#define DIRECT_SEGMENTS BLKIF_MAX_SEGMENTS_PER_REQUEST

void blk_queue_init(struct block_device *device)
{
    list_init(&device->waiting);
    wait_queue_init(&device->idle);
    blk_pool_init(&device->pool, device->front.backend_domain);
}

/* --- the memory of a piece --- */

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
    bool to_memory = piece->request->operation == BLOCK_READ;

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
        if (piece->request->operation == BLOCK_WRITE)
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

/* --- starting --- */

/* Finds memory for as much of the request as one piece can carry. */
static void fill(struct block_device *device, struct blk_piece *piece, union blk_entry *entry)
{
    size_t left = piece->request->size - piece->request->started;
    size_t pages = DIV_ROUND_UP((uintptr_t)piece->address % PAGE_SIZE + left, (size_t)PAGE_SIZE);
    unsigned most = DIRECT_SEGMENTS;

    piece->is_indirect = pages > DIRECT_SEGMENTS && device->max_segments > most && ensure_table(device, piece);
    if (piece->is_indirect)
        most = device->max_segments;
    struct blkif_request_segment *segments = piece->is_indirect ? piece->table : entry->direct.seg;

    /* Where the backend cannot keep grants. Aligned to the device's sectors, so that each segment, and a piece wherever it stops, is whole sectors. */
    if (!device->is_persistent && ((uintptr_t)piece->address & (device->facts.sector_size - 1)) == 0)
        fill_from_frames(device, piece, segments, most, left);
    if (piece->segments == 0)
        fill_from_pool(device, piece, segments, most, left);
}

static uint8_t describe_transfer(const struct blk_piece *piece, union blk_entry *entry)
{
    uint8_t operation = piece->request->operation == BLOCK_READ ? BLKIF_OP_READ : BLKIF_OP_WRITE;
    uint64_t sector = (piece->request->offset + piece->request->started) / BLK_SECTOR;

    if (piece->is_indirect) {
        entry->indirect.operation = BLKIF_OP_INDIRECT;
        entry->indirect.indirect_op = operation;
        entry->indirect.nr_segments = (uint16_t)piece->segments;
        entry->indirect.sector_number = sector;
        entry->indirect.indirect_grefs[0] = piece->table_reference;
    } else {
        entry->direct.operation = operation;
        entry->direct.nr_segments = (uint8_t)piece->segments;
        entry->direct.sector_number = sector;
    }
    return operation;
}

static uint8_t describe_discard(const struct blk_piece *piece, union blk_entry *entry)
{
    entry->discard.operation = BLKIF_OP_DISCARD;
    entry->discard.sector_number = piece->request->offset / BLK_SECTOR;
    entry->discard.nr_sectors = piece->request->size / BLK_SECTOR;
    return BLKIF_OP_DISCARD;
}

static uint8_t describe_flush(union blk_entry *entry)
{
    entry->direct.operation = BLKIF_OP_FLUSH_DISKCACHE;
    return BLKIF_OP_FLUSH_DISKCACHE;
}

/* Puts the next piece of a request on the ring. 1, 0 if it has to wait for one that is there, or a negative errno. */
static int start_piece(struct block_device *device, struct block_request *request)
{
    int slot = blk_ring_free_slot(&device->ring);
    bool has_data = request->operation == BLOCK_READ || request->operation == BLOCK_WRITE;
    union blk_entry entry = { .direct = { .operation = 0 } };
    uint8_t operation;

    if (slot < 0)
        return 0;
    struct blk_piece *piece = &device->pieces[slot];

    piece->request = request;
    piece->address = has_data ? (char *)request->buffer + request->started : NULL;
    piece->bytes = piece->segments = 0;
    piece->pages = NULL;
    if (has_data) {
        fill(device, piece, &entry);
        if (piece->bytes == 0)
            return device->ring.produced != device->ring.consumed ? 0 : -ENOMEM;
        operation = describe_transfer(piece, &entry);
    } else {
        operation = request->operation == BLOCK_DISCARD ? describe_discard(piece, &entry) : describe_flush(&entry);
    }
    blk_ring_put(&device->ring, (unsigned)slot, &entry, operation);
    request->started += has_data ? piece->bytes : request->size;
    request->running++;
    return 1;
}

/* Hands the request back if it is over. */
static void settle(struct block_device *device, struct block_request *request)
{
    if (request->running || !list_empty(&request->link))
        return;
    if (--device->requests == 0)
        wait_wake_all(&device->idle);
    request->done(request);
}

static void start_waiting(struct block_device *device)
{
    while (!device->broken && !list_empty(&device->waiting)) {
        struct block_request *request = list_first(&device->waiting, struct block_request, link);
        int result = start_piece(device, request);

        if (result == 0)
            break;
        if (result < 0)
            request->error = result;
        if (result < 0 || request->started == request->size) {
            list_remove(&request->link);
            settle(device, request);
        }
    }
    if (device->ring.produced != device->ring.published && blk_ring_publish(&device->ring))
        evtchn_notify(device->port);
}

static int check(const struct block_device *device, const struct block_request *request)
{
    const struct block_facts *facts = &device->facts;

    if (device->broken)
        return -EIO;
    if ((request->offset | request->size) & (facts->sector_size - 1))
        return -EINVAL;
    if (request->offset > facts->size || request->size > facts->size - request->offset)
        return -EINVAL;
    if ((request->operation == BLOCK_WRITE || request->operation == BLOCK_DISCARD) && facts->readonly)
        return -EROFS;
    return request->operation == BLOCK_DISCARD && !facts->can_discard ? -EOPNOTSUPP : 0;
}

void block_submit(struct block_device *device, struct block_request *request)
{
    request->error = check(device, request);
    request->started = 0;
    request->running = 0;
    list_init(&request->link);
    device->requests++;
    /* Nothing to do is done at once. */
    if (request->error || (request->operation == BLOCK_FLUSH ? !device->facts.can_flush : request->size == 0)) {
        settle(device, request);
        return;
    }
    list_insert(&device->waiting, &request->link);
    start_waiting(device);
}

/* --- ending --- */

static void catch_backend(struct block_device *device, const char *what)
{
    log_line("%s: the backend %s: the device is given up", device->name, what);
    device->caught = true;
    blk_queue_stop(device);
    wait_wake_all(&device->idle);
    front_give_up(&device->front);
}

static void finish_piece(struct block_device *device, struct blk_piece *piece, int error)
{
    struct block_request *request = piece->request;

    if (piece->pages) {
        if (request->operation == BLOCK_READ && !error)
            copy_out(piece);
        blk_pool_give(&device->pool, piece->pages);
    } else if (!end_grants(piece)) {
        error = -EIO;
        if (!device->caught)
            catch_backend(device, "keeps memory of a request that it has answered");
    }
    request->running--;
    if (error) {
        request->error = error;
        list_remove(&request->link);
    }
    settle(device, request);
}

void blk_queue_event(void *argument)
{
    struct block_device *device = argument;
    struct blk_answer answer;
    int result = 0;

    do {
        while (!device->caught && (result = blk_ring_take(&device->ring, &answer)) > 0)
            finish_piece(device, &device->pieces[answer.slot], answer.error);
        if (result < 0)
            catch_backend(device, "gives answers that cannot be true");
    } while (!device->caught && !blk_ring_rest(&device->ring));
    start_waiting(device);
}

void blk_queue_stop(struct block_device *device)
{
    device->broken = true;
    while (!list_empty(&device->waiting)) {
        struct block_request *request = list_first(&device->waiting, struct block_request, link);

        request->error = -EIO;
        list_remove(&request->link);
        settle(device, request);
    }
}

void blk_queue_abandon(struct block_device *device)
{
    device->caught = true;
    for (unsigned slot = 0; slot < device->ring.slots; slot++) {
        struct blk_piece *piece = &device->pieces[slot];

        if (blk_ring_is_busy(&device->ring, slot)) {
            device->ring.expected[slot] = BLK_IDLE;
            finish_piece(device, piece, -EIO);
        }
        if (piece->table && front_end_grant(piece->table_reference))
            frame_free(frame_of(piece->table));
        piece->table = NULL;
    }
    blk_pool_destroy(&device->pool);
}
