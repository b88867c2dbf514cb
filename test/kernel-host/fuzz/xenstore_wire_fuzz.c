/*
 * drivers/xenstore_wire under libFuzzer, which plays a xenstored that lies. The input is a list of steps: how far to move
 * an index or where to set it, and bytes for the ring. After each the client looks at what came, until the protocol is
 * broken, after which it never looks again.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/xenstore_wire.h"

enum step { PUT, MOVE_PRODUCER, SET_PRODUCER, MOVE_CONSUMER, SET_CONSUMER, SEND, STEPS };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

struct input {
    const uint8_t *at, *end;
};

static uint32_t take(struct input *input, size_t count)
{
    uint32_t value = 0;

    for (; count && input->at < input->end; count--)
        value = value << 8 | *input->at++;
    return value;
}

static void put(struct xenstore_domain_interface *ring, struct input *input)
{
    for (uint32_t count = take(input, 1); count && input->at < input->end; count--)
        ring->rsp[ring->rsp_prod++ % XENSTORE_RING_SIZE] = (char)take(input, 1);
}

static void lie(struct xenstore_domain_interface *ring, struct input *input)
{
    static char request[2 * XENSTORE_RING_SIZE];

    switch (take(input, 1) % STEPS) {
    case PUT:
        put(ring, input);
        break;
    case MOVE_PRODUCER:
        ring->rsp_prod += take(input, 2);
        break;
    case SET_PRODUCER:
        ring->rsp_prod = take(input, 4);
        break;
    /* These belong to the client, and yet the page is writable for the other side. */
    case MOVE_CONSUMER:
        ring->rsp_cons += take(input, 2);
        break;
    case SET_CONSUMER:
        ring->req_cons = take(input, 4);
        break;
    case SEND:
        if (xenstore_send(ring, request, take(input, 2) % sizeof request) > XENSTORE_RING_SIZE)
            abort();
    }
}

static void look_at(const struct xenstore_message *message)
{
    if (message->header.len > XENSTORE_PAYLOAD_MAX || message->payload[message->header.len] != '\0')
        abort();
    const char *token = xenstore_event_token(message);

    if (token && (token <= message->payload || token >= message->payload + message->header.len + 1))
        abort();
    if (xenstore_errno(message->payload) >= 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input = { bytes, bytes + size };
    struct xenstore_domain_interface *ring = calloc(1, sizeof *ring);
    struct xenstore_message *message = calloc(1, sizeof *message);
    int result = 0;

    if (!ring || !message)
        return -1;
    ring->rsp_prod = ring->rsp_cons = ring->req_prod = ring->req_cons = take(&input, 4);
    while (input.at < input.end && result >= 0) {
        lie(ring, &input);
        while ((result = xenstore_receive(ring, message)) > 0)
            look_at(message);
    }
    free(message);
    free(ring);
    return 0;
}
