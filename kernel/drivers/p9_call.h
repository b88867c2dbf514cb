/*
 * One request of a 9P client with the room to make it in: begun, given its fields, sent, and its answer waited for.
 */
#ifndef LWD_DRIVERS_P9_CALL_H
#define LWD_DRIVERS_P9_CALL_H

#include "drivers/p9_codec.h"
#include "drivers/p9_ring.h"

/* The longest request without data: a walk of names that are together no longer than a path. */
#define P9_REQUEST_MAX 1280

struct p9_call {
    struct p9_request request;
    struct p9_writer writer;
    int error;                  /* it could not be sent */
    uint8_t message[P9_REQUEST_MAX];
};

/* `fields`: how many bytes of fields the answer has behind its header. Returns where the request's own fields go. */
struct p9_writer *p9_call_begin(struct p9_call *call, enum p9_type type, size_t fields);

/*
 * Sends the request, with `data` behind its fields. Blocks for room. A failure is also what p9_call_end() returns, so
 * that several can be sent before the first is looked at.
 */
int p9_call_send(struct p9_ring *ring, struct p9_call *call, const void *data, size_t data_size);

/* Waits for the answer. Returns its result. */
int p9_call_end(struct p9_ring *ring, struct p9_call *call);

/* Sends the request and waits for its answer. */
int p9_call(struct p9_ring *ring, struct p9_call *call);

/* The answer's fields. */
struct p9_reader p9_call_fields(const struct p9_call *call);

#endif
