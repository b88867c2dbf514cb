/*
 * The network card: Xen's netfront (xen/io/netif.h). Carries Ethernet frames between the domain and a backend that is
 * not trusted.
 *
 * Out: frames are copied into pages of the card's own, which stay granted to the backend; consecutive segments of a TCP
 * stream become one large packet there where the backend can cut it up. So no memory but that is ever seen by the
 * backend, nothing is granted and revoked for a packet, and the caller's memory is its own again at once. In: pages are
 * granted to the backend to be filled and then belong to whoever gets the packet.
 *
 * Nothing here blocks but opening; all of it may be called by event handlers.
 */
#ifndef LWD_DRIVERS_NETFRONT_H
#define LWD_DRIVERS_NETFRONT_H

#include "arch/x86_64/platform.h"
#include "drivers/front.h"
#include "drivers/net_offload.h"
#include "drivers/net_ring.h"

/* A piece of a frame to be sent. */
struct netfront_piece {
    const void *data;
    size_t size;
};

/* A received packet; its pages are the receiver's, which hands each back by netfront_return(). */
struct netfront_packet {
    unsigned count;
    struct {
        pfn_t frame;
        uint16_t offset, size;
    } parts[NET_CHAIN_MAX];
    size_t size;
    bool checksum_good;         /* of TCP or UDP: somebody has checked it, or it never left this machine */
};

struct netfront;

/* What the card's user supplies. All but `gone` run in the handlers' context. */
struct netfront_user {
    void (*received)(struct netfront *net, const struct netfront_packet *packet);
    /* After the last packet that is there for now. */
    void (*idle)(struct netfront *net);
    /* netfront_send() had no room and has some again. */
    void (*writable)(struct netfront *net);
    /* More packets are there than are taken at a time: netfront_poll() is to be called soon, from a thread. */
    void (*more)(struct netfront *net);
    /* The backend is gone, or lied: nothing will be sent or received any more. In a thread; may block. */
    void (*gone)(struct netfront *net);
};

/* A packet that is being put together in the card's pages. */
struct netfront_open_packet {
    struct net_transmit_part parts[NET_CHAIN_MAX];
    unsigned count;
    uint32_t size;
    bool is_tcp, may_grow;
    struct net_segment segment; /* its first */
};

struct netfront {
    struct front front;
    const struct netfront_user *user;
    void *context;              /* the user's */
    uint8_t address[6];
    unsigned mtu;               /* the toolstack's word, or 0 */
    bool connected;
    bool gso_v4, gso_v6, checksum_v6;   /* what the backend does */

    evtchn_port_t port;
    struct front_memory transmit_memory, receive_memory;
    grant_ref_t transmit_reference, receive_reference;

    struct net_transmit_ring transmit;
    unsigned buffers;           /* pages to send from: at most so many … */
    unsigned made;              /* … of which there are so many; in frames[], granted as references[] */
    pfn_t frames[NET_RING_SLOTS];
    grant_ref_t references[NET_RING_SLOTS];
    uint16_t free[NET_RING_SLOTS];
    unsigned free_count;
    struct netfront_open_packet open;
    bool unpublished, starved;  /* something was put but not shown; somebody waits for room */

    struct net_receive_ring receive;
    unsigned slots;             /* pages to receive into at a time */
    pfn_t receive_frames[NET_RING_SLOTS];
    grant_ref_t receive_references[NET_RING_SLOTS];
    pfn_t spare[NET_RING_SLOTS];
    unsigned spare_count;
    unsigned lent, lent_limit;  /* pages that receivers have */
};

/*
 * Connects the card `name` ("0") and starts it. The structure is zero but for `user` and `context`, and stays until
 * all its pages are back. Returns 0 or a negative errno.
 */
int netfront_open(struct netfront *net, const char *name);

/* Can segments of TCP in this version of IP be larger than a frame may be, because the backend cuts them up? */
bool netfront_cuts_up(const struct netfront *net, uint8_t version);

/*
 * Queues a frame of at most NET_PACKET_MAX bytes; what is in the pieces is copied. TCP's checksum need not be there. A
 * segment of TCP that carries more than `unit` bytes is cut into such that carry so much each; 0 leaves it whole.
 * Returns 0, -EAGAIN if there is no room (user->writable will tell), -ENETDOWN, -EMSGSIZE.
 */
int netfront_send(struct netfront *net, const struct netfront_piece *pieces, unsigned count, uint16_t unit);

/* Shows the backend what was queued. */
void netfront_flush(struct netfront *net);

/* Takes what has arrived. */
void netfront_poll(struct netfront *net);

/* Gives a page of a received packet back. */
void netfront_return(struct netfront *net, pfn_t frame);

/* --- between netfront*.c --- */

/* The backend lied: the card does nothing any more, and is taken down by a thread. `what` completes "the backend …". */
void netfront_break(struct netfront *net, const char *what);

/* Takes back the buffers that the backend is done with. */
void netfront_reap(struct netfront *net);

/* A page of zeroes to share, or NO_FRAME. */
pfn_t netfront_new_page(void);

/* Hands empty pages to the backend. */
void netfront_refill(struct netfront *net);

#endif
