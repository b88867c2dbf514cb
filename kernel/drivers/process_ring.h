/*
 * The memory of a process channel: what a domain shares with the program in dom0 that attends to its process
 * (dom0/process-channel), both ends use this file. Output goes as records, so that stdout and stderr stay apart and in order;
 * input goes as bytes; signals are bits that dom0 sets and the domain takes. A domain that asks for it has a stream besides, of
 * bytes both ways, in rings of its own.
 *
 * A page has the indexes and says which pages the rings are. Each side writes its own part of it only (but for the signals),
 * reads what is the other's once, and checks it. Each says when it wants to hear: an event for each line would cost more than
 * the line. Pure: also runs on the host.
 */
#ifndef LWD_DRIVERS_PROCESS_RING_H
#define LWD_DRIVERS_PROCESS_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bits.h"
#include "core/ring.h"

#define PROCESS_MAGIC 0x3144574cu           /* "LWD1" */

/* The domain publishes "REFERENCE PORT" here, in decimal. */
#define PROCESS_NODE "data/lwd/process"

/* Pages of the rings, a power of two each. */
#define PROCESS_OUTPUT_PAGES 16
#define PROCESS_INPUT_PAGES 4
#define PROCESS_STREAM_PAGES 4              /* of the stream, each way */
#define PROCESS_PAGES_MAX 64

/*
 * Records: a header of 32 bits, the kind in the highest eight and the size in the others, then so many bytes. The next begins
 * at a multiple of the header's size, so no header wraps.
 */
enum process_kind { PROCESS_STDOUT = 1, PROCESS_STDERR = 2 };
#define PROCESS_HEADER 4u
#define PROCESS_RECORD_MAX 16384u

/* What dom0 can send, as bits of `signals`: numbers are each system's own. */
enum process_signal { PROCESS_HUP, PROCESS_INT, PROCESS_TERM, PROCESS_USR1, PROCESS_USR2, PROCESS_SIGNALS };

/* The domain's part of a ring, or dom0's: how far it is, and from which index of the other's on it wants to hear. */
struct process_side {
    uint32_t index;
    uint32_t wanted;
};

/* The domain's flags. */
#define PROCESS_READS 1u                    /* it has begun to read its input */
#define PROCESS_ENDS 2u                     /* it writes nothing more, and ends when all is taken */
#define PROCESS_STREAM 4u                   /* it has a stream: the fields of its rings count */
#define PROCESS_STREAM_ENDS 8u              /* it has closed it */
/* dom0's. */
#define PROCESS_INPUT_ENDS 1u               /* nothing comes after what is in the ring */
#define PROCESS_STREAM_INPUT_ENDS 2u        /* the same of the stream's */
#define PROCESS_STREAM_GONE 4u              /* nobody takes what is written to the stream */

struct process_page {
    uint32_t magic;
    uint32_t output_pages, input_pages;
    uint32_t stream_output_pages, stream_input_pages;
    uint32_t unused[11];
    /* Written by the domain. */
    struct process_side producer, reader;   /* of output, of input */
    uint32_t domain_flags;
    struct process_side stream_producer, stream_reader;
    uint32_t unused_2[7];
    /* Written by dom0. */
    struct process_side consumer, writer;
    uint32_t attendant_flags;
    struct process_side stream_consumer, stream_writer;
    uint32_t unused_3[7];
    /* Set by dom0, cleared by the domain, in one step each. */
    uint32_t signals;
    uint32_t unused_4[15];
    /* Of the output's pages, then of the input's, then of the stream's in the same order. */
    uint32_t references[];
};

/* One of the two rings as one side sees it. */
struct process_ring {
    char *bytes;
    uint32_t size;
    uint32_t index;                         /* ours, as last published */
    struct process_side *own;               /* shared */
    const struct process_side *other;
};

/* For who writes: room in bytes, or RING_BROKEN. For who reads: bytes to read, or RING_BROKEN. */
static inline size_t process_ring_room(const struct process_ring *ring)
{
    size_t room = ring_room(ring->index, READ_ONCE(ring->other->index), ring->size);

    acquire_fence();
    return room;
}

static inline size_t process_ring_filled(const struct process_ring *ring)
{
    size_t filled = ring_filled(READ_ONCE(ring->other->index), ring->index, ring->size);

    acquire_fence();
    return filled;
}

/* Moves our index over `count` bytes that were written, or read. True: the other side wants to hear of it. */
static inline bool process_ring_advance(struct process_ring *ring, uint32_t count)
{
    ring->index += count;
    release_fence();
    WRITE_ONCE(ring->own->index, ring->index);
    full_fence();
    return ring->index - READ_ONCE(ring->other->wanted) < count;
}

/* Asks to hear when the other side's index passes `index`. Look again after it: it may have just done so. */
static inline void process_ring_want(struct process_ring *ring, uint32_t index)
{
    WRITE_ONCE(ring->own->wanted, index);
    full_fence();
}

/* What a record of so many bytes takes of the ring. */
static inline uint32_t process_record_size(uint32_t count)
{
    return ALIGN_UP(PROCESS_HEADER + count, PROCESS_HEADER);
}

static inline uint32_t *process_ring_header(const struct process_ring *ring, uint32_t index)
{
    return (uint32_t *)(void *)(ring->bytes + (index & (ring->size - 1)));
}

/* Writes a record of 1 to PROCESS_RECORD_MAX bytes, for which there is room. True: the other side wants to hear of it. */
static inline bool process_ring_put_record(struct process_ring *ring, enum process_kind kind, const void *data,
                                           uint32_t count)
{
    WRITE_ONCE(*process_ring_header(ring, ring->index), (uint32_t)kind << 24 | count);
    ring_put(ring->bytes, ring->size, ring->index + PROCESS_HEADER, data, count);
    return process_ring_advance(ring, process_record_size(count));
}

/*
 * Copies the next record, header and all, into `to` if it fits in `room`, and moves our index over it; *tell then becomes true
 * if the other side wants to hear of it. Returns its size with its header; 0 if there is none or no room for it; -1 if there is
 * something else.
 */
static inline long process_ring_take_record(struct process_ring *ring, void *to, size_t room, bool *tell)
{
    size_t filled = process_ring_filled(ring);

    if (filled == 0)
        return 0;
    if (filled == RING_BROKEN || filled < PROCESS_HEADER || ring->index % PROCESS_HEADER)
        return -1;
    uint32_t header = READ_ONCE(*process_ring_header(ring, ring->index)), kind = header >> 24, count = header & 0xffffff;

    if (kind < PROCESS_STDOUT || kind > PROCESS_STDERR || count == 0 || count > PROCESS_RECORD_MAX ||
        filled < process_record_size(count))
        return -1;
    if (room < PROCESS_HEADER + count)
        return 0;
    memcpy(to, &header, sizeof header);
    ring_get(ring->bytes, ring->size, ring->index + PROCESS_HEADER, (char *)to + PROCESS_HEADER, count);
    if (process_ring_advance(ring, process_record_size(count)))
        *tell = true;
    return PROCESS_HEADER + (long)count;
}

#endif
