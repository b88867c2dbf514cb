/*
 * The block protocol's ring (xen/io/blkif.h) without any waiting or memory of its own: also runs on the host, under a
 * fuzzer that plays a lying backend. A request takes a slot, which its response frees; nothing that the backend writes is
 * read more than once, and the requests are never read back.
 */
#ifndef LWD_DRIVERS_BLK_RING_H
#define LWD_DRIVERS_BLK_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/blkif.h>

/* 2^2 pages hold 128 requests. */
#define BLK_RING_MAX_ORDER 2
#define BLK_RING_MAX_SLOTS 128

/* One entry of the ring, as a request of any kind. */
union blk_entry {
    struct blkif_request direct;
    struct blkif_request_indirect indirect;
    struct blkif_request_discard discard;
};

struct blk_ring {
    struct blkif_sring *shared;
    unsigned slots;             /* a power of two */
    uint32_t produced;          /* requests put */
    uint32_t published;         /* … and shown to the backend */
    uint32_t consumed;          /* responses taken */
    uint16_t first_free;        /* of the slots' list; `slots` ends it */
    uint16_t next_free[BLK_RING_MAX_SLOTS];
    uint8_t expected[BLK_RING_MAX_SLOTS];   /* the operation that a response has to name; BLK_IDLE: none is due */
};

#define BLK_IDLE 0xff

struct blk_answer {
    unsigned slot;
    int error;                  /* 0, or -EIO, -EOPNOTSUPP as the backend says */
};

/* Takes over `bytes` of zeroed, page-aligned memory, at most 2^BLK_RING_MAX_ORDER pages. */
void blk_ring_init(struct blk_ring *ring, void *memory, size_t bytes);

/* A free slot, which stays free until blk_ring_put(); negative if all are in use. */
int blk_ring_free_slot(const struct blk_ring *ring);

/*
 * Puts a request into that slot. Fills in its `id`; all else is the caller's. `expected` is the operation that the
 * response will name (an indirect request's own).
 */
void blk_ring_put(struct blk_ring *ring, unsigned slot, union blk_entry *entry, uint8_t expected);

/* Shows the backend what was put since the last time. True if it wants to be notified. */
bool blk_ring_publish(struct blk_ring *ring);

/*
 * Takes the next response and frees its slot. Returns 1; 0 if there is none; -EPROTO if what the backend says cannot be
 * true, and then the ring is to be used no more.
 */
int blk_ring_take(struct blk_ring *ring, struct blk_answer *answer);

/* Asks for an event with the next response. False if one came meanwhile: look again. */
bool blk_ring_rest(struct blk_ring *ring);

/* Is a response due for `slot`? */
static inline bool blk_ring_is_busy(const struct blk_ring *ring, unsigned slot)
{
    return ring->expected[slot] != BLK_IDLE;
}

#endif
