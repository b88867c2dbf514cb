/*
 * drivers/blk_ring under libFuzzer, which plays a block backend that lies. The input is a list of steps: requests of the
 * frontend's, and whatever the backend writes anywhere into the ring, until the frontend catches it.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/blk_ring.h"

#define PAGE 4096

enum step { PUT, PUBLISH, ANSWER, SCRIBBLE, MOVE_PRODUCER, SET_EVENT, LOOK, STEPS };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at, *end;
};

static uint64_t take(struct input *input, size_t count)
{
    uint64_t value = 0;

    for (; count && input->at < input->end; count--)
        value = value << 8 | *input->at++;
    return value;
}

static void put(struct blk_ring *ring, struct input *input)
{
    union blk_entry entry;
    int slot = blk_ring_free_slot(ring);

    memset(&entry, 0, sizeof entry);
    if (slot < 0)
        return;
    if ((unsigned)slot >= ring->slots || blk_ring_is_busy(ring, (unsigned)slot))
        abort();
    entry.direct.operation = (uint8_t)(take(input, 1) % 7);
    blk_ring_put(ring, (unsigned)slot, &entry, entry.direct.operation);
}

static void answer(struct blk_ring *ring, struct input *input)
{
    struct blkif_response response = {
        .id = take(input, 1) & 0x80 ? take(input, 8) : take(input, 1),
        .operation = (uint8_t)take(input, 1),
        .status = (int16_t)take(input, 2),
    };

    ring->shared->ring[ring->shared->rsp_prod++ & (ring->slots - 1)].rsp = response;
}

/* Every request is over once, and in a slot that was busy. */
static int look(struct blk_ring *ring)
{
    struct blk_answer got;
    int result;

    do {
        bool busy[BLK_RING_MAX_SLOTS];

        for (unsigned slot = 0; slot < ring->slots; slot++)
            busy[slot] = blk_ring_is_busy(ring, slot);
        while ((result = blk_ring_take(ring, &got)) > 0) {
            if (got.slot >= ring->slots || !busy[got.slot] || got.error > 0)
                abort();
            busy[got.slot] = false;
        }
    } while (result == 0 && !blk_ring_rest(ring));
    return result;
}

static int step(struct blk_ring *ring, struct input *input, size_t bytes)
{
    switch (take(input, 1) % STEPS) {
    case PUT:
        put(ring, input);
        break;
    case PUBLISH:
        blk_ring_publish(ring);
        break;
    case ANSWER:
        answer(ring, input);
        break;
    case SCRIBBLE:
        ((uint8_t *)ring->shared)[take(input, 2) % bytes] = (uint8_t)take(input, 1);
        break;
    case MOVE_PRODUCER:
        ring->shared->rsp_prod += (uint32_t)take(input, 4);
        break;
    case SET_EVENT:
        ring->shared->req_event = (uint32_t)take(input, 4);
        break;
    case LOOK:
        return look(ring);
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = { data, data + size };
    size_t bytes = (size_t)PAGE << take(&input, 1) % (BLK_RING_MAX_ORDER + 1);
    void *memory = calloc(1, bytes);
    struct blk_ring *ring = malloc(sizeof *ring);
    int result = 0;

    if (!memory || !ring)
        return -1;
    blk_ring_init(ring, memory, bytes);
    while (input.at < input.end && result >= 0)
        result = step(ring, &input, bytes);
    free(ring);
    free(memory);
    return 0;
}
