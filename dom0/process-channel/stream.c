/*
 * The process channel's stream, but for what is Xen's. Pure: also runs on the host.
 */
#include "stream.h"

#include <string.h>

#define CHUNK 16384u

/* No sum of credits is more: lwd's window is smaller. */
#define CREDIT_MAX (1u << 30)

void stream_open(struct stream *stream, const struct process_ring *output, const struct process_ring *input)
{
    stream->output = *output;
    stream->input = *input;
    stream->attached = true;
    input_open(&stream->from_lwd);
}

bool stream_add_credit(struct stream *stream, const uint8_t *data, uint32_t count)
{
    uint32_t more;

    if (count != sizeof more)
        return false;
    memcpy(&more, data, sizeof more);
    if (more > CREDIT_MAX - stream->credit)
        return false;
    stream->credit += more;
    return true;
}

/* Moves up to so many bytes. Returns how many; 0: there are none, or there is no room for them; -1: the ring cannot be. */
static long move(struct stream *stream, struct outbox *outbox, size_t most, bool *tell)
{
    struct process_ring *ring = &stream->output;
    size_t filled = process_ring_filled(ring);

    if (filled == RING_BROKEN)
        return -1;
    size_t count = MIN(MIN(filled, most), CHUNK);
    uint8_t *to = count ? outbox_place(outbox, FRAME_HEADER + count) : NULL;

    if (!to)
        return 0;
    uint32_t header = (uint32_t)FRAME_STREAM << 24 | (uint32_t)count;

    memcpy(to, &header, sizeof header);
    ring_get(ring->bytes, ring->size, ring->index, to + FRAME_HEADER, count);
    outbox_add(outbox, FRAME_HEADER + count);
    if (process_ring_advance(ring, (uint32_t)count))
        *tell = true;
    return (long)count;
}

bool stream_take(struct stream *stream, struct outbox *outbox, size_t limit, bool all, bool closed, bool *tell)
{
    bool wanted = false;
    long count;

    while (outbox_filled(outbox) < limit) {
        count = move(stream, outbox, all ? stream->output.size : stream->credit, tell);
        if (count < 0)
            return false;
        stream->credit -= MIN(stream->credit, (uint32_t)count);
        if (count == 0 && wanted)
            break;
        if (count == 0)
            process_ring_want(&stream->output, stream->output.index + 1);
        wanted = count == 0;
    }
    /* It was said after the last byte was there. */
    if (closed && !stream->told_end && process_ring_filled(&stream->output) == 0)
        stream->told_end = outbox_put(outbox, FRAME_STREAM_ENDS, NULL, 0);
    return true;
}
