/*
 * Frames to and from lwd, and what waits between it and the domain.
 */
#include "frames.h"

#include <string.h>

/* --- to lwd --- */

static uint32_t header_at(const uint8_t *bytes)
{
    uint32_t header;

    memcpy(&header, bytes, sizeof header);
    return header;
}

static void move_to_start(struct outbox *box)
{
    uint8_t *to = box->bytes;

    /* Forwards, a byte at a time or in whatever steps: what is read lies behind what is written. */
    for (size_t at = box->begin; at < box->end; at++)
        *to++ = box->bytes[at];
    box->end -= box->begin;
    box->begin = 0;
}

uint8_t *outbox_place(struct outbox *box, size_t size)
{
    if (size > OUTBOX_SIZE - outbox_filled(box))
        return NULL;
    if (size > OUTBOX_SIZE - box->end)
        move_to_start(box);
    return box->bytes + box->end;
}

void outbox_add(struct outbox *box, size_t size)
{
    box->end += size;
}

bool outbox_put(struct outbox *box, enum frame_kind kind, const void *data, uint32_t count)
{
    uint32_t header = (uint32_t)kind << 24 | count;
    uint8_t *to = outbox_place(box, FRAME_HEADER + count);

    if (!to)
        return false;
    memcpy(to, &header, sizeof header);
    if (count)
        memcpy(to + FRAME_HEADER, data, count);
    outbox_add(box, FRAME_HEADER + count);
    return true;
}

size_t outbox_next(const struct outbox *box, const uint8_t **data)
{
    *data = box->bytes + box->begin + box->sent;
    return outbox_filled(box) - box->sent;
}

static size_t first_size(const struct outbox *box)
{
    return FRAME_HEADER + (header_at(box->bytes + box->begin) & 0xffffff);
}

static void drop_first(struct outbox *box)
{
    box->begin += first_size(box);
    if (box->begin == box->end)
        box->begin = box->end = 0;
}

void outbox_gone(struct outbox *box, size_t count)
{
    box->sent += count;
    while (box->begin < box->end && box->sent >= first_size(box)) {
        box->sent -= first_size(box);
        drop_first(box);
    }
}

bool outbox_take(struct outbox *box, enum frame_kind *kind, const uint8_t **data, uint32_t *count)
{
    box->sent = 0;
    if (box->begin == box->end)
        return false;
    uint32_t header = header_at(box->bytes + box->begin);

    *kind = (enum frame_kind)(header >> 24);
    *count = header & 0xffffff;
    *data = box->bytes + box->begin + FRAME_HEADER;
    drop_first(box);
    return true;
}

/* --- from lwd --- */

size_t inbox_room(struct inbox *box, uint8_t **to)
{
    *to = box->bytes + box->filled;
    return sizeof box->bytes - box->filled;
}

bool inbox_filled(struct inbox *box, size_t count,
                  bool (*handle)(void *context, enum frame_kind kind, const uint8_t *data, uint32_t count), void *context)
{
    size_t at = 0;

    box->filled += count;
    while (box->filled - at >= FRAME_HEADER) {
        uint32_t header = header_at(box->bytes + at), size = header & 0xffffff;

        if (size > FRAME_MAX)
            return false;
        if (box->filled - at - FRAME_HEADER < size)
            break;
        if (!handle(context, (enum frame_kind)(header >> 24), box->bytes + at + FRAME_HEADER, size))
            return false;
        at += FRAME_HEADER + size;
    }
    for (size_t i = at; at && i < box->filled; i++)
        box->bytes[i - at] = box->bytes[i];
    box->filled -= at;
    return true;
}

/* --- input --- */

void input_open(struct input *input)
{
    input->owed = INPUT_SIZE;
}

bool input_add(struct input *input, const uint8_t *data, uint32_t count)
{
    if (count > input->credit || input->ended)
        return false;
    input->credit -= count;
    ring_put(input->bytes, INPUT_SIZE, input->end, data, count);
    input->end += count;
    return true;
}

int input_move(struct input *input, struct process_ring *ring)
{
    bool tell = false;

    for (;;) {
        size_t room = process_ring_room(ring);

        if (room == RING_BROKEN)
            return -1;
        size_t offset = input->begin & (INPUT_SIZE - 1);
        size_t count = MIN(MIN(room, input->end - input->begin), INPUT_SIZE - offset);

        if (count == 0)
            return tell;
        ring_put(ring->bytes, ring->size, ring->index, input->bytes + offset, count);
        input->begin += (uint32_t)count;
        input->owed += (uint32_t)count;
        if (process_ring_advance(ring, (uint32_t)count))
            tell = true;
    }
}

/* Not for each byte: a frame for a quarter of the buffer is enough to keep both sides busy. */
uint32_t input_take_credit(struct input *input)
{
    uint32_t owed = input->owed;

    if (input->ended || owed == 0 || (owed < INPUT_SIZE / 4 && input->begin != input->end))
        return 0;
    input->owed = 0;
    input->credit += owed;
    return owed;
}
