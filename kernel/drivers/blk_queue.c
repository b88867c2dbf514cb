/*
 * The queue of a block device: requests wait in order, are cut into the pieces that the ring can carry, and are done when
 * all of their pieces are. Nothing here blocks.
 */
#include <errno.h>

#include "core/log.h"
#include "drivers/blkfront.h"
#include "mm/frame.h"

void blk_queue_init(struct block_device *device)
{
    device->waiting = (struct blk_order){ .first = NULL };
    device->barrier = NULL;
    wait_queue_init(&device->idle);
    blk_pool_init(&device->pool, device->front.backend_domain);
}

/* --- starting --- */

static uint8_t describe_transfer(const struct blk_piece *piece, union blk_entry *entry)
{
    uint8_t operation = piece->request->operation == LWD_BLOCK_READ ? BLKIF_OP_READ : BLKIF_OP_WRITE;
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

/* A flush at the backend's, which a barrier is too once all before it is done. */
static uint8_t describe_flush(union blk_entry *entry)
{
    entry->direct.operation = BLKIF_OP_FLUSH_DISKCACHE;
    return BLKIF_OP_FLUSH_DISKCACHE;
}

static bool has_data(const struct lwd_block_request *request)
{
    return request->operation == LWD_BLOCK_READ || request->operation == LWD_BLOCK_WRITE;
}

static uint8_t describe(const struct blk_piece *piece, union blk_entry *entry)
{
    switch (piece->request->operation) {
    case LWD_BLOCK_READ:
    case LWD_BLOCK_WRITE:
        return describe_transfer(piece, entry);
    case LWD_BLOCK_DISCARD:
        return describe_discard(piece, entry);
    default:
        return describe_flush(entry);
    }
}

static bool is_ring_in_use(const struct block_device *device)
{
    return device->ring.produced != device->ring.consumed;
}

/* Puts the next piece of a request on the ring. 1, 0 if it has to wait for one that is there, or a negative errno. */
static int start_piece(struct block_device *device, struct lwd_block_request *request)
{
    int slot = blk_ring_free_slot(&device->ring);
    union blk_entry entry = { .direct = { .operation = 0 } };

    if (slot < 0 || (request->operation == LWD_BLOCK_BARRIER && is_ring_in_use(device)))
        return 0;
    struct blk_piece *piece = &device->pieces[slot];

    piece->request = request;
    piece->address = has_data(request) ? (char *)request->buffer + request->started : NULL;
    piece->bytes = piece->segments = 0;
    piece->pages = NULL;
    piece->has_own_grants = false;
    if (has_data(request)) {
        blk_piece_fill(device, piece, &entry);
        if (piece->bytes == 0)
            return is_ring_in_use(device) ? 0 : -ENOMEM;
    }
    uint8_t operation = describe(piece, &entry);

    blk_ring_put(&device->ring, (unsigned)slot, &entry, operation);
    request->started += has_data(request) ? piece->bytes : request->size;
    request->running++;
    if (request->operation == LWD_BLOCK_BARRIER)
        device->barrier = request;
    return 1;
}

/* Hands the request back if it is over. */
static void settle(struct block_device *device, struct lwd_block_request *request)
{
    if (request->running || request->is_waiting)
        return;
    if (--device->requests == 0)
        wait_wake_all(&device->idle);
    blk_complete(request);
}

/* The first that waits. False: nothing more can be begun now. */
static bool start_first(struct block_device *device)
{
    struct lwd_block_request *request = device->waiting.first;
    bool is_barrier = request->operation == LWD_BLOCK_BARRIER;
    int result = 1;

    if (device->barrier)
        return false;
    /* Without anything to flush a barrier is only an order. */
    if (is_barrier && !device->facts.can_flush && is_ring_in_use(device))
        return false;
    if (!is_barrier || device->facts.can_flush)
        result = start_piece(device, request);
    if (result == 0)
        return false;
    if (result < 0)
        request->error = result;
    if (result < 0 || request->started == request->size) {
        blk_order_remove(&device->waiting, request);
        settle(device, request);
    }
    return true;
}

static void start_waiting(struct block_device *device)
{
    while (!device->broken && device->waiting.first && start_first(device))
        ;
    if (device->ring.produced != device->ring.published && blk_ring_publish(&device->ring))
        evtchn_notify(device->port);
}

static bool has_range(const struct lwd_block_request *request)
{
    return has_data(request) || request->operation == LWD_BLOCK_DISCARD;
}

static int check(const struct block_device *device, const struct lwd_block_request *request)
{
    const struct lwd_block_facts *facts = &device->facts;

    if (device->broken)
        return -EIO;
    if (request->operation > LWD_BLOCK_DISCARD || (!has_range(request) && (request->offset | request->size)))
        return -EINVAL;
    if ((request->offset | request->size) & (facts->sector_size - 1))
        return -EINVAL;
    if (request->offset > facts->size || request->size > facts->size - request->offset)
        return -EINVAL;
    if ((request->operation == LWD_BLOCK_WRITE || request->operation == LWD_BLOCK_DISCARD) && facts->readonly)
        return -EROFS;
    return request->operation == LWD_BLOCK_DISCARD && !facts->can_discard ? -EOPNOTSUPP : 0;
}

/* Nothing to do is done at once. */
static bool is_empty(const struct block_device *device, const struct lwd_block_request *request)
{
    if (request->operation == LWD_BLOCK_BARRIER)
        return false;
    return request->operation == LWD_BLOCK_FLUSH ? !device->facts.can_flush : request->size == 0;
}

static void accept(struct block_device *device, struct lwd_block_request *request)
{
    blk_expect(request);
    request->error = check(device, request);
    request->started = 0;
    request->running = 0;
    request->is_waiting = false;
    device->requests++;
    if (request->error || is_empty(device, request))
        settle(device, request);
    else
        blk_order_add(&device->waiting, request);
}

void lwd_block_submit(struct block_device *device, struct lwd_block_request *const requests[], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        accept(device, requests[i]);
    /* What is submitted when others are done goes with what they made room for. */
    if (!device->is_serving)
        start_waiting(device);
}

bool lwd_block_cancel(struct block_device *device, struct lwd_block_request *request)
{
    if (!request->is_waiting || request->started || request->running)
        return false;
    blk_order_remove(&device->waiting, request);
    request->error = -ECANCELED;
    settle(device, request);
    return true;
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
    struct lwd_block_request *request = piece->request;

    if (!blk_piece_release(device, piece, !error)) {
        error = -EIO;
        if (!device->caught)
            catch_backend(device, "keeps memory of a request that it has answered");
    }
    request->running--;
    if (device->barrier == request)
        device->barrier = NULL;
    if (error) {
        request->error = error;
        if (request->is_waiting)
            blk_order_remove(&device->waiting, request);
    }
    settle(device, request);
}

void blk_queue_event(void *argument)
{
    struct block_device *device = argument;
    struct blk_answer answer;
    int result = 0;

    device->is_serving = true;
    do {
        while (!device->caught && (result = blk_ring_take(&device->ring, &answer)) > 0)
            finish_piece(device, &device->pieces[answer.slot], answer.error);
        if (result < 0)
            catch_backend(device, "gives answers that cannot be true");
    } while (!device->caught && !blk_ring_rest(&device->ring));
    device->is_serving = false;
    start_waiting(device);
}

void blk_queue_stop(struct block_device *device)
{
    device->broken = true;
    while (device->waiting.first) {
        struct lwd_block_request *request = device->waiting.first;

        request->error = -EIO;
        blk_order_remove(&device->waiting, request);
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
    blk_areas_abandon(&device->areas);
}
