/*
 * drivers/blk_ring: slots and responses in any order, and the lies that a block backend could tell.
 */
#include "drivers/blk_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "verdict.h"

#define PAGE 4096

struct device {
    struct blk_ring ring;
    size_t bytes;
    uint32_t served;            /* requests that the backend has taken */
};

static struct device *new_device(unsigned pages)
{
    struct device *device = exact_copy(NULL, sizeof *device);
    void *memory = exact_copy(NULL, pages * PAGE);

    memset(memory, 0, pages * PAGE);
    blk_ring_init(&device->ring, memory, pages * PAGE);
    device->served = 0;
    return device;
}

static unsigned put(struct device *device, uint8_t operation)
{
    union blk_entry entry = { .direct = { .operation = operation } };
    int slot = blk_ring_free_slot(&device->ring);

    check(slot >= 0);
    if (operation == BLKIF_OP_INDIRECT)
        entry.indirect.indirect_op = BLKIF_OP_READ;
    blk_ring_put(&device->ring, (unsigned)slot, &entry, operation == BLKIF_OP_INDIRECT ? BLKIF_OP_READ : operation);
    return (unsigned)slot;
}

static unsigned put_and_show(struct device *device, uint8_t operation)
{
    unsigned slot = put(device, operation);

    blk_ring_publish(&device->ring);
    return slot;
}

/* Plays the backend: answers, whatever that means. */
static void answer(struct device *device, uint64_t id, uint8_t operation, int16_t status)
{
    struct blkif_sring *shared = device->ring.shared;

    shared->ring[shared->rsp_prod & (device->ring.slots - 1)].rsp =
        (struct blkif_response){ .id = id, .operation = operation, .status = status };
    shared->rsp_prod++;
}

/* The id of the next request, as the backend reads it. */
static uint64_t take_request(struct device *device)
{
    struct blkif_sring *shared = device->ring.shared;

    check(device->served != shared->req_prod);
    const union blkif_sring_entry *entry = &shared->ring[device->served++ & (device->ring.slots - 1)];
    const struct blkif_request_indirect *indirect = (const void *)entry;

    return entry->req.operation == BLKIF_OP_INDIRECT ? indirect->id : entry->req.id;
}

TEST(slots_are_what_fits)
{
    check_equal(new_device(1)->ring.slots, 32);
    check_equal(new_device(2)->ring.slots, 64);
    check_equal(new_device(4)->ring.slots, 128);
}

TEST(requests_are_answered_in_any_order)
{
    static const uint8_t operations[] = { BLKIF_OP_READ, BLKIF_OP_WRITE, BLKIF_OP_INDIRECT, BLKIF_OP_FLUSH_DISKCACHE };
    struct device *device = new_device(1u << random_below(3));
    uint64_t pending[BLK_RING_MAX_SLOTS];
    unsigned count = 0;

    for (int i = 0; i < 20000; i++) {
        if (random_below(2) && blk_ring_free_slot(&device->ring) >= 0) {
            put(device, operations[random_below(ARRAY_SIZE(operations))]);
            blk_ring_publish(&device->ring);
            pending[count++] = take_request(device);
        } else if (count) {
            unsigned which = (unsigned)random_below(count);
            uint64_t id = pending[which];
            struct blk_answer got;

            pending[which] = pending[--count];
            answer(device, id, device->ring.expected[id], BLKIF_RSP_OKAY);
            check_equal(blk_ring_take(&device->ring, &got), 1);
            check_equal(got.slot, id);
            check_equal(got.error, 0);
            check(!blk_ring_is_busy(&device->ring, got.slot));
        }
        check(count <= device->ring.slots);
        check_equal(blk_ring_free_slot(&device->ring) < 0, count == device->ring.slots);
    }
}

TEST(statuses_are_errors)
{
    static const struct { int16_t status; int error; } cases[] = {
        { BLKIF_RSP_OKAY, 0 },    { BLKIF_RSP_ERROR, -EIO }, { BLKIF_RSP_EOPNOTSUPP, -EOPNOTSUPP },
        { INT16_MAX, -EIO },      { INT16_MIN, -EIO },
    };
    struct device *device = new_device(1);

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct blk_answer got;

        answer(device, put_and_show(device, BLKIF_OP_READ), BLKIF_OP_READ, cases[i].status);
        check_equal(blk_ring_take(&device->ring, &got), 1);
        check_equal(got.error, cases[i].error);
    }
}

TEST(notifies_when_asked)
{
    struct device *device = new_device(1);

    put(device, BLKIF_OP_READ);
    check(blk_ring_publish(&device->ring));
    /* The backend is awake and looks by itself, until it asks for an event with the third. */
    device->ring.shared->req_event = 3;
    put(device, BLKIF_OP_READ);
    check(!blk_ring_publish(&device->ring));
    put(device, BLKIF_OP_READ);
    put(device, BLKIF_OP_READ);
    check(blk_ring_publish(&device->ring));
    check(!blk_ring_publish(&device->ring));
}

TEST(rest_sees_what_came_meanwhile)
{
    struct device *device = new_device(1);
    unsigned slot = put(device, BLKIF_OP_READ);

    check(blk_ring_rest(&device->ring));
    answer(device, slot, BLKIF_OP_READ, BLKIF_RSP_OKAY);
    check(!blk_ring_rest(&device->ring));
}

/* --- lies --- */

static void check_caught(struct device *device)
{
    struct blk_answer got;

    check_equal(blk_ring_take(&device->ring, &got), -EPROTO);
}

TEST(ids_that_are_not_due)
{
    static const uint64_t ids[] = { 1, 31, 32, 33, 127, 128, UINT32_MAX, (uint64_t)1 << 32, UINT64_MAX };

    for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
        struct device *device = new_device(1);

        check_equal(put(device, BLKIF_OP_READ), 0);
        answer(device, ids[i], BLKIF_OP_READ, BLKIF_RSP_OKAY);
        check_caught(device);
    }
}

TEST(an_answer_given_twice)
{
    struct device *device = new_device(1);
    struct blk_answer got;

    put_and_show(device, BLKIF_OP_READ);
    put_and_show(device, BLKIF_OP_READ);
    answer(device, 1, BLKIF_OP_READ, BLKIF_RSP_OKAY);
    answer(device, 1, BLKIF_OP_READ, BLKIF_RSP_OKAY);
    check_equal(blk_ring_take(&device->ring, &got), 1);
    check_caught(device);
}

TEST(another_operation_than_asked_for)
{
    struct device *device = new_device(1);

    put_and_show(device, BLKIF_OP_INDIRECT);
    answer(device, 0, BLKIF_OP_INDIRECT, BLKIF_RSP_OKAY);
    check_caught(device);
}

TEST(indexes_that_jump)
{
    static const uint32_t jumps[] = { 2, 32, 33, 0x7fffffff, 0x80000000, 0xffffffff };

    for (size_t i = 0; i < ARRAY_SIZE(jumps); i++) {
        struct device *device = new_device(1);

        put_and_show(device, BLKIF_OP_READ);
        device->ring.shared->rsp_prod += jumps[i];
        check_caught(device);
    }
}

TEST(an_answer_to_what_was_not_shown_yet)
{
    struct device *device = new_device(1);

    answer(device, put(device, BLKIF_OP_READ), BLKIF_OP_READ, BLKIF_RSP_OKAY);
    check_caught(device);
}

TEST(what_the_backend_writes_over_the_requests_changes_nothing)
{
    struct device *device = new_device(4);
    unsigned slot = put_and_show(device, BLKIF_OP_WRITE);
    struct blk_answer got;

    random_bytes(device->ring.shared->ring, 4 * PAGE - sizeof *device->ring.shared);
    device->ring.shared->req_prod = (uint32_t)random_bits();
    answer(device, slot, BLKIF_OP_WRITE, BLKIF_RSP_OKAY);
    check_equal(blk_ring_take(&device->ring, &got), 1);
    check_equal(got.slot, slot);
}
