/*
 * Requests and answers on a pair of byte rings that a 9P server shares (xen/io/9pfs.h). Several requests are on their
 * way at a time, told apart by their tags. Pure: also runs on the host, where a fuzzer plays the server.
 *
 * An answer's data goes from the ring to where it was asked for in one copy. The server may lie in anything: what an
 * answer says is copied out once and checked; the first lie ends the channel, and every request with -EIO.
 */
#ifndef LWD_DRIVERS_P9_CHANNEL_H
#define LWD_DRIVERS_P9_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/p9_codec.h"

/* Most requests that are on their way at a time. */
#define P9_CHANNEL_TAGS 16
/* Fields of an answer, data aside: the longest is that of a walk, stats aside, which are data. */
#define P9_FIELDS_MAX 256

/* Index pairs as the ring's page has them: free-running, each side writes one of each pair. */
struct p9_indexes {
    uint32_t in_cons, in_prod;
    uint8_t pad1[56];
    uint32_t out_cons, out_prod;
};

/* One request; the caller's, and to be left alone from p9_channel_send() until `done`. */
struct p9_request {
    uint8_t type;               /* p9_type */
    bool done;
    uint16_t tag;
    /* 0, the server's error, or -EIO: the channel is broken. */
    int result;
    /* What follows the header in the answer: `fields_wanted` bytes of fields … */
    uint8_t fields[P9_FIELDS_MAX];
    size_t fields_wanted, fields_size;
    /* … and all behind them, up to `data_room` bytes. */
    void *data;
    size_t data_room, data_size;
};

struct p9_channel {
    struct p9_indexes *indexes; /* shared */
    char *in, *out;             /* shared */
    size_t size;                /* of each ring: a power of two */
    size_t message_max;         /* at most `size` */
    uint32_t in_cons, out_prod; /* ours: the shared ones are only for the server to read */
    size_t awaited;             /* bytes that the answers to what is on its way can have together */
    bool broken;
    struct p9_request *requests[P9_CHANNEL_TAGS];
};

/*
 * Is there a tag, and room for this request as a message of `size` bytes, and for its answer with all others that are to
 * come? So a server never has to wait for room in the middle of an answer. True if the channel is broken: sending then
 * fails.
 */
bool p9_channel_ready(const struct p9_channel *channel, const struct p9_request *request, size_t size);

/*
 * Puts a request on the ring, for which there is room: a message of which the first `head_size` bytes are at `head`
 * (made by p9_writer; its tag is filled in) and the rest at `data`. The caller then tells the server.
 * Returns 0, or -EIO: the channel is broken.
 */
int p9_channel_send(struct p9_channel *channel, struct p9_request *request, void *head, size_t head_size,
                    const void *data, size_t data_size);

/*
 * Takes all whole answers off the ring and completes their requests. Returns how many; -EPROTO at the server's first
 * lie, which breaks the channel.
 */
int p9_channel_receive(struct p9_channel *channel);

/* After p9_channel_receive(): how many bytes of an answer are there that is not whole. */
uint32_t p9_channel_part(const struct p9_channel *channel);

/* Ends the channel: all requests on their way are done, with -EIO. */
void p9_channel_break(struct p9_channel *channel);

#endif
