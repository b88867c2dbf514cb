/*
 * dom0's side of a process channel under libFuzzer, which plays both who shares memory with it and who sends it frames: ring
 * contents and indexes that change between reads, and any bytes in any pieces. What it passes on are whole frames of known kinds.
 */
#include "drivers/process_ring.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define RING 4096

static const uint8_t *at, *end;
static struct outbox outbox;
static struct inbox inbox;
static struct input input;
static struct stream stream;

static uint32_t choose(unsigned count)
{
    uint32_t value = 0;

    for (; count && at < end; count--)
        value = value << 8 | *at++;
    return value;
}

static bool handle(void *unused, enum frame_kind kind, const uint8_t *data, uint32_t count)
{
    (void)unused;
    if (count > FRAME_MAX)
        abort();
    if (kind == FRAME_STREAM_INPUT)
        return input_add(&stream.from_lwd, data, count);
    if (kind == FRAME_STREAM_ROOM)
        return stream_add_credit(&stream, data, count);
    return kind != FRAME_INPUT || input_add(&input, data, count);
}

static void check_outbox(void)
{
    enum frame_kind kind;
    const uint8_t *data;
    uint32_t count;

    while (outbox_take(&outbox, &kind, &data, &count))
        if ((kind == FRAME_STREAM_ENDS) != (count == 0) || count > PROCESS_RECORD_MAX ||
            (kind != FRAME_STDOUT && kind != FRAME_STDERR && kind != FRAME_STREAM && kind != FRAME_STREAM_ENDS))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct process_side domain = { 0, 0 }, dom0 = { 0, 0 };
    char *shared = malloc(RING);
    struct process_ring output = { shared, RING, 0, &dom0, &domain }, in = { shared, RING, 0, &dom0, &domain };
    bool tell;
    uint8_t *to;

    memset(shared, 0, RING);
    memset(&outbox, 0, sizeof outbox.begin * 3);
    memset(&inbox, 0, sizeof inbox.filled);
    memset(&input, 0, offsetof(struct input, bytes));
    memset(&stream, 0, offsetof(struct stream, from_lwd) + offsetof(struct input, bytes));
    stream_open(&stream, &output, &in);
    for (at = data, end = data + size; at < end;) {
        switch (choose(1) % 8) {
        case 0:
            domain.index = choose(1) % 2 ? choose(4) : output.index + choose(2);
            break;
        case 1: {
            uint32_t value = choose(4);

            memcpy(shared + choose(2) % (RING - 3), &value, sizeof value);
            break;
        }
        case 2: {
            long taken = 0;

            if ((to = outbox_place(&outbox, FRAME_HEADER + PROCESS_RECORD_MAX)) != NULL)
                taken = process_ring_take_record(&output, to, FRAME_HEADER + PROCESS_RECORD_MAX, &tell);
            if (taken > 0)
                outbox_add(&outbox, (size_t)taken);
            break;
        }
        case 3: {
            size_t wanted = choose(1), room = inbox_room(&inbox, &to), left = (size_t)(end - at);
            size_t count = MIN(left, MIN(room, wanted));

            memcpy(to, at, count);
            at += count;
            if (!inbox_filled(&inbox, count, handle, NULL))
                goto out;
            break;
        }
        case 4:
            input_open(&input);
            input_take_credit(&input);
            break;
        case 5:
            input_move(&input, &in);
            break;
        case 6: {
            uint32_t how = choose(1);

            stream_take(&stream, &outbox, how & 1 ? OUTBOX_SIZE : OUTBOX_USUAL, how & 2, how & 4, &tell);
            break;
        }
        default:
            input_take_credit(&stream.from_lwd);
            input_move(&stream.from_lwd, &stream.input);
        }
    }
out:
    check_outbox();
    free(shared);
    return 0;
}
