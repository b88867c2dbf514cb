/*
 * The transport of 9P between domains (xen/io/9pfs.h, Xen's docs/misc/9pfs): one pair of byte rings on frames granted
 * to the server's domain. Below is the xenbus handshake (front.h), above are the requests (p9.h).
 */
#ifndef LWD_DRIVERS_P9_RING_H
#define LWD_DRIVERS_P9_RING_H

#include "drivers/front.h"
#include "drivers/p9_channel.h"

#define P9_RING_ORDER_MAX 9

struct p9_ring {
    struct p9_channel channel;
    /* Woken when answers have come or requests have been taken. */
    struct wait_queue changed;

    struct front front;
    struct front_memory page, data;
    grant_ref_t page_reference, data_references[1 << P9_RING_ORDER_MAX];
    evtchn_port_t port;
    bool unsaid;                /* requests are on the ring that the server has not been told of */
    bool given_up;              /* and the user told so */
    uint32_t part;              /* bytes of an answer that was not whole when somebody looked … */
    uint64_t part_since;        /* … and since when it has been so */
    /* When somebody who waits looked last, up to where answers had come by then, since when no other has; the user was told. */
    uint64_t looked;
    uint32_t heard;
    uint64_t silent_since;
    bool silent;
};

/*
 * Connects to the server of the device "device/9pfs/NAME". The structure is zero. The rings take up to 1/16 of
 * the memory that is free, 2 MiB at most. Blocks. Returns 0 or a negative errno, and then nothing is left.
 */
int p9_ring_connect(struct p9_ring *ring, const char *name);

/* Ends the connection: requests on their way end with -EIO. */
void p9_ring_disconnect(struct p9_ring *ring);

/*
 * Puts a request on the ring (p9_channel.h) as soon as there is room. Blocks for that, and returns -EIO if the server is
 * gone. The server is told when somebody waits, or by p9_ring_flush(). The request and `data` stay the ring's until
 * p9_ring_await() has returned.
 */
int p9_ring_send(struct p9_ring *ring, struct p9_request *request, void *head, size_t head_size, const void *data,
                 size_t data_size);

/* Tells the server of what has been put on the ring. */
void p9_ring_flush(struct p9_ring *ring);

/* Waits for the answer to a request that was sent. Returns its result. */
int p9_ring_await(struct p9_ring *ring, struct p9_request *request);

#endif
