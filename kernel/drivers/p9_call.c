/*
 * 9P requests one by one.
 */
#include "drivers/p9_call.h"

struct p9_writer *p9_call_begin(struct p9_call *call, enum p9_type type, size_t fields)
{
    call->request = (struct p9_request){ .type = (uint8_t)type, .fields_wanted = fields };
    p9_begin(&call->writer, call->message, sizeof call->message, type);
    return &call->writer;
}

int p9_call_send(struct p9_ring *ring, struct p9_call *call, const void *data, size_t data_size)
{
    long size = p9_finish(&call->writer, data_size);

    call->error = size < 0 ? (int)size
                           : p9_ring_send(ring, &call->request, call->message, (size_t)size, data, data_size);
    return call->error;
}

int p9_call_end(struct p9_ring *ring, struct p9_call *call)
{
    return call->error ? call->error : p9_ring_await(ring, &call->request);
}

int p9_call(struct p9_ring *ring, struct p9_call *call)
{
    p9_call_send(ring, call, NULL, 0);
    return p9_call_end(ring, call);
}

struct p9_reader p9_call_fields(const struct p9_call *call)
{
    return p9_read_from(call->request.fields, call->request.fields_size);
}
