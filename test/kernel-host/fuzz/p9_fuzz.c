/*
 * drivers/p9_channel and p9_codec under libFuzzer, which plays a server that lies. The input is a list of steps: requests
 * of all kinds, bytes for the ring, indexes moved or set, and whole answers to what is on its way. What comes back is
 * taken apart as the client does.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/p9_channel.h"

#define RING 2048
#define REQUESTS 8
#define ROOM 300

enum step { SEND, PUT, MOVE_PRODUCER, SET_PRODUCER, SET_CONSUMER, ANSWER, STEPS };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at, *end;
};

struct slot {
    struct p9_request request;
    uint8_t *data;
    bool used;
};

static uint32_t take(struct input *input, size_t count)
{
    uint32_t value = 0;

    for (; count && input->at < input->end; count--)
        value = value << 8 | *input->at++;
    return value;
}

static void put(struct p9_channel *channel, uint8_t byte)
{
    channel->in[channel->indexes->in_prod++ % RING] = (char)byte;
}

static void send(struct p9_channel *channel, struct slot *slots, struct input *input)
{
    static const uint8_t types[] = { P9_VERSION, P9_WALK, P9_READ, P9_GETATTR, P9_CLUNK, P9_WRITE };
    struct slot *slot = &slots[take(input, 1) % REQUESTS];
    uint8_t head[P9_HEADER];
    struct p9_writer writer;
    size_t size = take(input, 1);

    if (slot->used)
        return;
    slot->request = (struct p9_request){
        .type = types[take(input, 1) % ARRAY_SIZE(types)],
        .fields_wanted = take(input, 1) % (P9_FIELDS_MAX + 1),
        .data = slot->data,
        .data_room = take(input, 2) % (ROOM + 1),
    };
    if (!p9_channel_ready(channel, &slot->request, sizeof head + size))
        return;
    p9_begin(&writer, head, sizeof head, slot->request.type);
    long head_size = p9_finish(&writer, size);

    slot->used = p9_channel_send(channel, &slot->request, head, (size_t)head_size, slot->data, size) == 0;
}

/* A well-formed header for something that is on its way, and any body. */
static void answer(struct p9_channel *channel, const struct slot *slots, struct input *input)
{
    const struct p9_request *request = &slots[take(input, 1) % REQUESTS].request;
    uint32_t body = take(input, 1), size = P9_HEADER + body;

    for (int i = 0; i < 4; i++)
        put(channel, (uint8_t)(size >> 8 * i));
    put(channel, take(input, 1) % 8 ? (uint8_t)(request->type + 1) : P9_ERROR);
    put(channel, (uint8_t)request->tag);
    put(channel, (uint8_t)(request->tag >> 8));
    for (; body; body--)
        put(channel, (uint8_t)take(input, 1));
}

static void lie(struct p9_channel *channel, struct slot *slots, struct input *input)
{
    switch (take(input, 1) % STEPS) {
    case SEND:
        send(channel, slots, input);
        break;
    case PUT:
        for (uint32_t count = take(input, 1); count && input->at < input->end; count--)
            put(channel, (uint8_t)take(input, 1));
        break;
    case MOVE_PRODUCER:
        channel->indexes->in_prod += take(input, 2);
        break;
    case SET_PRODUCER:
        channel->indexes->in_prod = take(input, 4);
        break;
    case SET_CONSUMER:
        channel->indexes->out_cons = take(input, 4);
        break;
    case ANSWER:
        answer(channel, slots, input);
    }
}

static void look_at_entries(const uint8_t *bytes, size_t size)
{
    struct p9_reader reader = p9_read_from(bytes, size);
    struct p9_entry entry;

    while (reader.at < reader.end && !reader.bad) {
        const uint8_t *before = reader.at;

        p9_get_entry(&reader, &entry);
        if (reader.at < before || reader.at > bytes + size || !memchr(entry.name, '\0', sizeof entry.name))
            abort();
        if (!reader.bad && reader.at == before)
            abort();
    }
}

static void look_at_status(const uint8_t *bytes, size_t size)
{
    struct p9_reader reader = p9_read_from(bytes, size);
    struct p9_status status;
    struct p9_range range;
    struct p9_space space;

    p9_get_status(&reader, &status);
    if (reader.bad != (size < P9_STATUS_SIZE))
        abort();
    reader = p9_read_from(bytes, size);
    p9_get_range(&reader, &range);
    p9_get_space(&reader, &space);
    if (reader.at > bytes + size)
        abort();
}

static void look_at(const struct p9_request *request)
{
    struct p9_reader reader = p9_read_from(request->fields, request->fields_size);
    char text[16];

    if (request->result > 0 || request->fields_size > request->fields_wanted ||
        request->data_size > request->data_room)
        abort();
    p9_get32(&reader);
    p9_get_text(&reader, text, sizeof text);
    if (!memchr(text, '\0', sizeof text))
        abort();
    p9_get_qid(&reader);
    look_at_status(request->fields, request->fields_size);
    look_at_entries(request->data, request->data_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = { bytes, bytes + size };
    struct p9_channel channel = { .indexes = calloc(1, sizeof *channel.indexes), .in = calloc(1, RING),
                                  .out = calloc(1, RING), .size = RING, .message_max = RING / 2 };
    struct slot slots[REQUESTS] = { 0 };

    channel.in_cons = channel.out_prod = take(&input, 4);
    channel.indexes->in_cons = channel.indexes->in_prod = channel.in_cons;
    channel.indexes->out_cons = channel.indexes->out_prod = channel.out_prod;
    for (int i = 0; i < REQUESTS; i++)
        slots[i].data = calloc(1, ROOM);
    while (input.at < input.end) {
        lie(&channel, slots, &input);
        if (p9_channel_receive(&channel) < 0 && !channel.broken)
            abort();
        for (int i = 0; i < REQUESTS; i++)
            if (slots[i].used && slots[i].request.done) {
                look_at(&slots[i].request);
                slots[i].used = false;
            } else if (slots[i].used && channel.broken) {
                abort();
            }
    }
    for (int i = 0; i < REQUESTS; i++)
        free(slots[i].data);
    free(channel.indexes);
    free(channel.in);
    free(channel.out);
    return 0;
}
