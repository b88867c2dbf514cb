/*
 * Requests and responses of the block protocol, and which of them are due.
 */
#include "drivers/blk_ring.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"

/* The shared part begins with the indexes; a power of two of entries follows. */
static unsigned count_slots(size_t bytes)
{
    size_t fit = (bytes - offsetof(struct blkif_sring, ring)) / sizeof(union blkif_sring_entry);
    unsigned slots = 1;

    while (2 * slots <= fit && slots < BLK_RING_MAX_SLOTS)
        slots *= 2;
    return slots;
}

void blk_ring_init(struct blk_ring *ring, void *memory, size_t bytes)
{
    *ring = (struct blk_ring){ .shared = memory, .slots = count_slots(bytes) };
    for (unsigned slot = 0; slot < ring->slots; slot++) {
        ring->next_free[slot] = (uint16_t)(slot + 1);
        ring->expected[slot] = BLK_IDLE;
    }
    WRITE_ONCE(ring->shared->req_event, 1);
    WRITE_ONCE(ring->shared->rsp_event, 1);
}

int blk_ring_free_slot(const struct blk_ring *ring)
{
    return ring->first_free < ring->slots ? ring->first_free : -EAGAIN;
}

void blk_ring_put(struct blk_ring *ring, unsigned slot, union blk_entry *entry, uint8_t expected)
{
    union blk_entry *at = (union blk_entry *)&ring->shared->ring[ring->produced & (ring->slots - 1)];

    ring->first_free = ring->next_free[slot];
    ring->expected[slot] = expected;
    /* A discard's id is where a direct request's is. */
    if (entry->direct.operation == BLKIF_OP_INDIRECT)
        entry->indirect.id = slot;
    else
        entry->direct.id = slot;
    memcpy(at, entry, sizeof *entry);
    ring->produced++;
}

bool blk_ring_publish(struct blk_ring *ring)
{
    uint32_t fresh = ring->produced - ring->published;

    release_fence();
    WRITE_ONCE(ring->shared->req_prod, ring->produced);
    ring->published = ring->produced;
    full_fence();
    return ring->produced - READ_ONCE(ring->shared->req_event) < fresh;
}

int blk_ring_take(struct blk_ring *ring, struct blk_answer *answer)
{
    uint32_t ready = READ_ONCE(ring->shared->rsp_prod) - ring->consumed;

    if (ready == 0)
        return 0;
    if (ready > ring->published - ring->consumed)
        return -EPROTO;
    acquire_fence();
    const struct blkif_response *shared = &ring->shared->ring[ring->consumed & (ring->slots - 1)].rsp;
    uint64_t id = READ_ONCE(shared->id);
    uint8_t operation = READ_ONCE(shared->operation);
    int16_t status = READ_ONCE(shared->status);

    if (id >= ring->slots || !blk_ring_is_busy(ring, (unsigned)id) || operation != ring->expected[id])
        return -EPROTO;
    ring->consumed++;
    ring->expected[id] = BLK_IDLE;
    ring->next_free[id] = ring->first_free;
    ring->first_free = (uint16_t)id;
    answer->slot = (unsigned)id;
    answer->error = status == BLKIF_RSP_OKAY ? 0 : status == BLKIF_RSP_EOPNOTSUPP ? -EOPNOTSUPP : -EIO;
    return 1;
}

bool blk_ring_rest(struct blk_ring *ring)
{
    WRITE_ONCE(ring->shared->rsp_event, ring->consumed + 1);
    full_fence();
    return READ_ONCE(ring->shared->rsp_prod) == ring->consumed;
}
