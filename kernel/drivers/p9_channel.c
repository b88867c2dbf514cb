/*
 * 9P's requests and answers on shared byte rings.
 */
#include "drivers/p9_channel.h"

#include <errno.h>

#include "core/bits.h"
#include "core/ring.h"

static size_t room(const struct p9_channel *channel)
{
    size_t bytes = ring_room(channel->out_prod, READ_ONCE(channel->indexes->out_cons), channel->size);

    acquire_fence();
    return bytes;
}

static int free_tag(const struct p9_channel *channel)
{
    for (int tag = 0; tag < P9_CHANNEL_TAGS; tag++)
        if (!channel->requests[tag])
            return tag;
    return -EAGAIN;
}

/* The longest answer that a request can have: its own, or an error. */
static size_t longest_answer(const struct p9_request *request)
{
    return P9_HEADER + MAX(request->fields_wanted + request->data_room, (size_t)P9_FIELDS_MAX);
}

bool p9_channel_ready(const struct p9_channel *channel, const struct p9_request *request, size_t size)
{
    /* A consumer that cannot be true reads as room for everything; sending then finds it out. */
    return channel->broken || (room(channel) >= size && free_tag(channel) >= 0 &&
                               channel->awaited + longest_answer(request) <= channel->size);
}

void p9_channel_break(struct p9_channel *channel)
{
    channel->broken = true;
    for (int tag = 0; tag < P9_CHANNEL_TAGS; tag++) {
        struct p9_request *request = channel->requests[tag];

        channel->requests[tag] = NULL;
        if (request) {
            request->result = -EIO;
            request->done = true;
        }
    }
}

int p9_channel_send(struct p9_channel *channel, struct p9_request *request, void *head, size_t head_size,
                    const void *data, size_t data_size)
{
    int tag = free_tag(channel);

    if (!channel->broken && (room(channel) == RING_BROKEN || tag < 0))
        p9_channel_break(channel);
    if (channel->broken)
        return -EIO;
    request->tag = (uint16_t)tag;
    request->done = false;
    request->result = 0;
    request->fields_size = request->data_size = 0;
    channel->requests[tag] = request;
    channel->awaited += longest_answer(request);
    p9_set_tag(head, (uint16_t)tag);
    ring_put(channel->out, channel->size, channel->out_prod, head, head_size);
    if (data_size)
        ring_put(channel->out, channel->size, channel->out_prod + (uint32_t)head_size, data, data_size);
    channel->out_prod += (uint32_t)(head_size + data_size);
    release_fence();
    WRITE_ONCE(channel->indexes->out_prod, channel->out_prod);
    return 0;
}

/* The error that an answer of `size` bytes behind its header tells. */
static int take_error(struct p9_channel *channel, uint32_t from, size_t size)
{
    uint8_t bytes[P9_FIELDS_MAX];

    ring_get(channel->in, channel->size, from, bytes, size);
    struct p9_reader reader = p9_read_from(bytes, size);

    uint32_t number = p9_get32(&reader);

    return reader.bad || number == 0 ? -EIO : p9_errno(number);
}

/* The request that an answer with this header can be to. */
static struct p9_request *asked_for(const struct p9_channel *channel, const struct p9_header *header)
{
    struct p9_request *request = header->tag < P9_CHANNEL_TAGS ? channel->requests[header->tag] : NULL;

    if (!request || header->size < P9_HEADER)
        return NULL;
    size_t size = header->size - P9_HEADER;

    if (header->type == P9_ERROR)
        return size <= P9_FIELDS_MAX ? request : NULL;
    return header->type == request->type + 1 && size <= request->fields_wanted + request->data_room ? request : NULL;
}

/* Completes a request with the answer whose `size` bytes behind the header begin at `from`. */
static void complete(struct p9_channel *channel, struct p9_request *request, const struct p9_header *header, uint32_t from)
{
    size_t size = header->size - P9_HEADER;

    if (header->type == P9_ERROR) {
        request->result = take_error(channel, from, size);
    } else {
        size_t fields = MIN(size, request->fields_wanted);

        request->fields_size = fields;
        request->data_size = size - fields;
        ring_get(channel->in, channel->size, from, request->fields, fields);
        if (request->data_size)
            ring_get(channel->in, channel->size, from + (uint32_t)fields, request->data, request->data_size);
    }
    channel->requests[header->tag] = NULL;
    channel->awaited -= longest_answer(request);
    request->done = true;
}

/* Takes one answer. Returns 1, 0 if none is whole yet, or -EPROTO. */
static int receive_one(struct p9_channel *channel)
{
    size_t filled = ring_filled(READ_ONCE(channel->indexes->in_prod), channel->in_cons, channel->size);
    uint8_t bytes[P9_HEADER];

    acquire_fence();
    if (filled == RING_BROKEN)
        return -EPROTO;
    if (filled < P9_HEADER)
        return 0;
    ring_get(channel->in, channel->size, channel->in_cons, bytes, sizeof bytes);
    struct p9_header header = p9_get_header(bytes);

    /* Found out before all of it is there, which it may never be. */
    struct p9_request *request = asked_for(channel, &header);

    if (!request || header.size > channel->message_max)
        return -EPROTO;
    if (filled < header.size)
        return 0;
    complete(channel, request, &header, channel->in_cons + P9_HEADER);
    channel->in_cons += header.size;
    full_fence();
    WRITE_ONCE(channel->indexes->in_cons, channel->in_cons);
    return 1;
}

uint32_t p9_channel_part(const struct p9_channel *channel)
{
    return READ_ONCE(channel->indexes->in_prod) - channel->in_cons;
}

int p9_channel_receive(struct p9_channel *channel)
{
    int taken = 0, one = 0;

    while (!channel->broken && (one = receive_one(channel)) > 0)
        taken++;
    if (one < 0)
        p9_channel_break(channel);
    return one < 0 ? one : taken;
}
