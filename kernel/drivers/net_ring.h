/*
 * The two rings of a network card (xen/io/netif.h), without any waiting, events or memory management: which slots hold
 * what, and whether what the backend says can be true. Pure: also runs on the host, under a fuzzer that plays a lying
 * backend.
 *
 * Both rings are one page: the protocol knows no larger ones. What the backend writes is read once and checked; a ring
 * whose backend lied is broken and does nothing any more.
 */
#ifndef LWD_DRIVERS_NET_RING_H
#define LWD_DRIVERS_NET_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/netif.h>

#define NET_RING_SLOTS 256
#define NET_RING_PAGE 4096
/* Slots that one packet takes at the most, in either direction: 64 KiB in pages, and one for what GSO says. */
#define NET_CHAIN_MAX (XEN_NETIF_NR_SLOTS_MIN + 1)

/* --- transmit: buffers are numbered, and each is in use from net_transmit_put() until it comes back --- */

struct net_transmit_ring {
    netif_tx_sring_t *shared;
    uint32_t produced, published, consumed;    /* ours, free-running */
    bool broken;
    unsigned nulls;                 /* slots without a buffer that are on their way */
    bool in_flight[NET_RING_SLOTS];
};

/* One packet: its buffers in order, each from its start. */
struct net_transmit_part {
    uint16_t buffer;                /* below NET_RING_SLOTS */
    uint16_t size;
    grant_ref_t reference;
};

void net_transmit_init(struct net_transmit_ring *ring, netif_tx_sring_t *shared);

/* Slots that are free. */
unsigned net_transmit_room(const struct net_transmit_ring *ring);

/*
 * Puts a packet on the ring, which has room for `count` + 1; not yet visible to the backend. `flags` are NETTXF_* of
 * the first slot but for those that this function sets; `segment` is the payload of the segments that the backend is to
 * cut the packet into, 0 for none, of the kind `gso_type`.
 */
void net_transmit_put(struct net_transmit_ring *ring, const struct net_transmit_part *parts, unsigned count,
                      uint16_t flags, uint8_t gso_type, uint16_t segment);

/* Makes what was put visible. True if the backend wants to be told. */
bool net_transmit_publish(struct net_transmit_ring *ring);

/*
 * Takes a buffer that the backend is done with. Returns its number, -EAGAIN if there is none (now), or -EPROTO: the
 * backend lied and the ring is broken.
 */
int net_transmit_take(struct net_transmit_ring *ring);

/* Asks for an event when half of what is on its way has been dealt with. True if that is so already. */
bool net_transmit_arm(struct net_transmit_ring *ring);

/* --- receive: slot by slot, a buffer each; the backend fills them in order --- */

struct net_receive_ring {
    netif_rx_sring_t *shared;
    uint32_t produced, published, consumed;
    bool broken;
};

struct net_received_part {
    uint16_t slot;
    uint16_t offset, size;
};

/* A packet: `slots` are all that it took, of which `count` hold data. */
struct net_received {
    unsigned count;
    struct net_received_part parts[NET_CHAIN_MAX];
    unsigned slots;
    uint16_t first_slot;
    size_t size;
    bool checksum_good;
    bool failed;                    /* the backend had it, but could not hand it over: nothing in it counts */
};

void net_receive_init(struct net_receive_ring *ring, netif_rx_sring_t *shared);

/* The slot that net_receive_post() would use next; false if none is free. */
bool net_receive_next(const struct net_receive_ring *ring, uint16_t *slot);

/* Hands the next slot's buffer to the backend; not yet visible. */
void net_receive_post(struct net_receive_ring *ring, grant_ref_t reference);

bool net_receive_publish(struct net_receive_ring *ring);

/*
 * Takes a packet. Its slots, first_slot and those after it, are free then. Returns 1; 0 if there is none; -EPROTO: the
 * backend lied, and the ring is broken.
 */
int net_receive_take(struct net_receive_ring *ring, struct net_received *packet);

/* Asks for an event at the next packet. True if there is one already. */
bool net_receive_arm(struct net_receive_ring *ring);

#endif
