/*
 * Requests off the rings, answers onto them. A file's data goes straight between the file and the rings: Linux copies it
 * from and to the shared pages.
 */
#include "transport.h"

#include <errno.h>
#include <string.h>

#include "core/ring.h"

/* The client can copy this much while the next request is served. */
#define LARGE (64 << 10)
/* Of a write's request, what stands before its data. */
#define WRITE_FIELDS (P9_WRITE_OVERHEAD - P9_HEADER)

/* The part of a ring from `from` on as pieces of memory. */
static void pieces(char *ring, size_t size, uint32_t from, size_t count, struct linux_iovec piece[2])
{
    size_t at = from & (size - 1), first = MIN(count, size - at);

    piece[0] = (struct linux_iovec){ ring + at, first };
    piece[1] = (struct linux_iovec){ ring, count - first };
}

static void put_answer(struct transport *transport, struct exchange *exchange, uint16_t tag)
{
    size_t more = exchange->tail_size + exchange->data_filled;
    long size = p9_finish(&exchange->answer, more);

    p9_set_tag(transport->answer, tag);
    ring_put(transport->in, transport->size, transport->in_prod, transport->answer, (size_t)size);
    if (exchange->tail_size)
        ring_put(transport->in, transport->size, transport->in_prod + (uint32_t)size, exchange->tail,
                 exchange->tail_size);
    transport->in_prod += (uint32_t)((size_t)size + more);
    release_fence();
    WRITE_ONCE(transport->indexes->in_prod, transport->in_prod);
}

static void put_error(struct transport *transport, int error, uint16_t tag)
{
    struct exchange failed = { .type = P9_ERROR };

    p9_begin(&failed.answer, transport->answer, sizeof transport->answer, P9_ERROR);
    p9_put32(&failed.answer, (uint32_t)-error);
    put_answer(transport, &failed, tag);
}

/* A request's header, and its fields: copied. A write's data stays where it is. Returns how much of it is fields. */
static size_t take_fields(struct transport *transport, const struct p9_header *header)
{
    size_t body = header->size - P9_HEADER, fields = header->type == P9_WRITE ? MIN(body, WRITE_FIELDS) : body;

    if (fields > sizeof transport->request)
        return fields;
    ring_get(transport->out, transport->size, transport->out_cons + P9_HEADER, transport->request, fields);
    return fields;
}

static void serve_one(struct transport *transport, struct session *session, const struct p9_header *header, size_t fields,
                      size_t room)
{
    struct exchange exchange = { .type = header->type, .request = p9_read_from(transport->request, fields) };

    p9_begin(&exchange.answer, transport->answer, sizeof transport->answer, (enum p9_type)(header->type + 1));
    if (header->type == P9_WRITE) {
        exchange.data_size = header->size - P9_HEADER - fields;
        pieces(transport->out, transport->size, transport->out_cons + P9_HEADER + (uint32_t)fields, exchange.data_size,
               exchange.data);
    } else if (header->type == P9_READ) {
        exchange.data_size = room - P9_READ_OVERHEAD;
        pieces(transport->in, transport->size, transport->in_prod + P9_READ_OVERHEAD, exchange.data_size, exchange.data);
    }
    int error = session_serve(session, &exchange);

    if (!error && exchange.answer.overflow)
        error = -EMSGSIZE;
    if (error)
        put_error(transport, error, header->tag);
    else
        put_answer(transport, &exchange, header->tag);
}

/* Serves one request. Returns 1, 0 if none is whole or its answer has no room yet, or -EPROTO. */
static int serve_next(struct transport *transport, struct session *session)
{
    size_t filled = ring_filled(READ_ONCE(transport->indexes->out_prod), transport->out_cons, transport->size);
    uint8_t bytes[P9_HEADER];

    acquire_fence();
    if (filled == RING_BROKEN)
        return -EPROTO;
    if (filled < P9_HEADER)
        return 0;
    ring_get(transport->out, transport->size, transport->out_cons, bytes, sizeof bytes);
    struct p9_header header = p9_get_header(bytes);

    if (header.size < P9_HEADER || header.size > transport->size)
        return -EPROTO;
    if (filled < header.size)
        return 0;
    size_t fields = take_fields(transport, &header);
    bool too_long = fields > sizeof transport->request;
    size_t wanted = session_answer_room(session, header.type, p9_read_from(transport->request, too_long ? 0 : fields));
    size_t room = ring_room(transport->in_prod, READ_ONCE(transport->indexes->in_cons), transport->size);

    if (room == RING_BROKEN || wanted > transport->size)
        return -EPROTO;
    if (room < wanted)
        return 0;
    if (too_long)
        put_error(transport, -EMSGSIZE, header.tag);
    else
        serve_one(transport, session, &header, fields, wanted);
    transport->out_cons += header.size;
    full_fence();
    WRITE_ONCE(transport->indexes->out_cons, transport->out_cons);
    return 1;
}

int transport_serve(struct transport *transport, struct session *session, void (*told)(void *context), void *context)
{
    int served = 0, result;
    uint32_t told_of = transport->in_prod;

    while ((result = serve_next(transport, session)) > 0) {
        served++;
        if (transport->in_prod - told_of < LARGE)
            continue;
        told(context);
        told_of = transport->in_prod;
    }
    if (transport->in_prod != told_of)
        told(context);
    return result < 0 ? result : served;
}
