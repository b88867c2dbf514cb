/*
 * Reading and writing xenstore messages. Every index and length is copied once and checked.
 */
#include <errno.h>
#include <string.h>

#include "drivers/xenstore_wire.h"

#include "core/bits.h"
#include "core/ring.h"

/* How many bytes `message` still lacks, as far as is known: the header first, then what the header says. */
static size_t missing(const struct xenstore_message *message)
{
    if (message->filled < sizeof message->header)
        return sizeof message->header - message->filled;
    return sizeof message->header + message->header.len - message->filled;
}

static char *fill_position(struct xenstore_message *message)
{
    if (message->filled < sizeof message->header)
        return (char *)&message->header + message->filled;
    return message->payload + (message->filled - sizeof message->header);
}

int xenstore_receive(struct xenstore_domain_interface *ring, struct xenstore_message *message)
{
    if (message->filled >= sizeof message->header && missing(message) == 0)
        message->filled = 0;
    for (;;) {
        size_t filled = ring_filled(READ_ONCE(ring->rsp_prod), ring->rsp_cons, sizeof ring->rsp);

        if (filled == RING_BROKEN)
            return -EPROTO;
        acquire_fence();
        size_t part = MIN(filled, missing(message));

        ring_get(ring->rsp, sizeof ring->rsp, ring->rsp_cons, fill_position(message), part);
        full_fence();
        WRITE_ONCE(ring->rsp_cons, ring->rsp_cons + (uint32_t)part);
        message->filled += (uint32_t)part;
        if (message->filled < sizeof message->header)
            return 0;
        if (message->header.len > XENSTORE_PAYLOAD_MAX)
            return -EPROTO;
        if (missing(message) == 0) {
            message->payload[message->header.len] = '\0';
            return 1;
        }
        if (part == 0)
            return 0;
    }
}

long xenstore_send(struct xenstore_domain_interface *ring, const void *data, size_t count)
{
    size_t room = ring_room(ring->req_prod, READ_ONCE(ring->req_cons), sizeof ring->req);

    if (room == RING_BROKEN)
        return -EPROTO;
    acquire_fence();
    size_t part = MIN(room, count);

    ring_put(ring->req, sizeof ring->req, ring->req_prod, data, part);
    release_fence();
    WRITE_ONCE(ring->req_prod, ring->req_prod + (uint32_t)part);
    return (long)part;
}

int xenstore_errno(const char *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(xsd_errors); i++)
        if (strcmp(text, xsd_errors[i].errstring) == 0)
            return -xsd_errors[i].errnum;
    return -EIO;
}

const char *xenstore_event_token(const struct xenstore_message *message)
{
    size_t path = strlen(message->payload) + 1;

    return path < message->header.len ? message->payload + path : NULL;
}
