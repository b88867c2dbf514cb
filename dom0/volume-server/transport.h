/*
 * Messages on one pair of byte rings (xen/io/9pfs.h), seen from the server: what comes in on the client's "out" ring is
 * answered on its "in" ring. Knows neither grants nor events. What a client puts there is copied once and then checked.
 */
#ifndef LWD_VOLUME_SERVER_TRANSPORT_H
#define LWD_VOLUME_SERVER_TRANSPORT_H

#include "drivers/p9_channel.h"
#include "session.h"

struct transport {
    struct p9_indexes *indexes; /* shared */
    char *in, *out;             /* shared; `in` is for our answers */
    size_t size;                /* of each ring: a power of two */
    uint32_t in_prod, out_cons; /* ours */
    uint8_t request[REQUEST_MAX], answer[ANSWER_MAX];
};

/*
 * Serves what requests there are, as far as there is room for the answers. Calls told(context) when the client should look:
 * after a large answer, and at the end. Returns how many were served, or -EPROTO: the client breaks the protocol.
 */
int transport_serve(struct transport *transport, struct session *session, void (*told)(void *context), void *context);

#endif
