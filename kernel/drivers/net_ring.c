/*
 * The rings' slots and indexes.
 */
#include "drivers/net_ring.h"

#include <errno.h>

#include "core/bits.h"

#define SLOT(index) ((index) % NET_RING_SLOTS)

/* Is `event` among the indexes that were just made visible? */
static bool wants_event(uint32_t event, uint32_t before, uint32_t after)
{
    return after - event < after - before;
}

/* --- transmit --- */

void net_transmit_init(struct net_transmit_ring *ring, netif_tx_sring_t *shared)
{
    *ring = (struct net_transmit_ring){ .shared = shared };
    shared->req_prod = shared->rsp_prod = 0;
    shared->req_event = shared->rsp_event = 1;
}

unsigned net_transmit_room(const struct net_transmit_ring *ring)
{
    return NET_RING_SLOTS - (ring->produced - ring->consumed);
}

static void put_gso(struct net_transmit_ring *ring, uint8_t type, uint16_t segment)
{
    struct netif_extra_info *extra = (struct netif_extra_info *)&ring->shared->ring[SLOT(ring->produced++)].req;

    *extra = (struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO };
    extra->u.gso.size = segment;
    extra->u.gso.type = type;
    ring->nulls++;
}

void net_transmit_put(struct net_transmit_ring *ring, const struct net_transmit_part *parts, unsigned count,
                      uint16_t flags, uint8_t gso_type, uint16_t segment)
{
    uint32_t total = 0;

    for (unsigned i = 0; i < count; i++)
        total += parts[i].size;
    for (unsigned i = 0; i < count; i++) {
        bool first = i == 0, last = i + 1 == count;

        ring->shared->ring[SLOT(ring->produced++)].req = (netif_tx_request_t){
            .gref = parts[i].reference,
            .flags = (uint16_t)((first ? flags : 0) | (first && segment ? NETTXF_extra_info : 0) |
                                (last ? 0 : NETTXF_more_data)),
            .id = parts[i].buffer,
            /* The first slot tells the size of the whole. */
            .size = (uint16_t)(first ? total : parts[i].size),
        };
        ring->in_flight[parts[i].buffer] = true;
        if (first && segment)
            put_gso(ring, gso_type, segment);
    }
}

bool net_transmit_publish(struct net_transmit_ring *ring)
{
    uint32_t before = ring->published;

    ring->published = ring->produced;
    release_fence();
    WRITE_ONCE(ring->shared->req_prod, ring->produced);
    full_fence();
    return wants_event(READ_ONCE(ring->shared->req_event), before, ring->produced);
}

/* The other side's index; answers to more than was asked are a lie. */
static int answered(uint32_t theirs, uint32_t consumed, uint32_t produced, bool *broken)
{
    if (theirs - consumed > produced - consumed) {
        *broken = true;
        return -EPROTO;
    }
    acquire_fence();
    return theirs != consumed;
}

int net_transmit_take(struct net_transmit_ring *ring)
{
    int any;

    if (ring->broken)
        return -EPROTO;
    while ((any = answered(READ_ONCE(ring->shared->rsp_prod), ring->consumed, ring->published,
                           &ring->broken)) > 0) {
        const netif_tx_response_t *response = &ring->shared->ring[SLOT(ring->consumed)].rsp;
        int16_t status = READ_ONCE(response->status);
        uint16_t id = READ_ONCE(response->id);

        ring->consumed++;
        if (status == NETIF_RSP_NULL && ring->nulls) {
            ring->nulls--;
            continue;
        }
        if (id >= NET_RING_SLOTS || !ring->in_flight[id]) {
            ring->broken = true;
            return -EPROTO;
        }
        ring->in_flight[id] = false;
        return id;
    }
    return any < 0 ? any : -EAGAIN;
}

bool net_transmit_arm(struct net_transmit_ring *ring)
{
    uint32_t event = ring->consumed + (ring->produced - ring->consumed) / 2 + 1;

    WRITE_ONCE(ring->shared->rsp_event, event);
    full_fence();
    return READ_ONCE(ring->shared->rsp_prod) - ring->consumed >= event - ring->consumed;
}

/* --- receive --- */

void net_receive_init(struct net_receive_ring *ring, netif_rx_sring_t *shared)
{
    *ring = (struct net_receive_ring){ .shared = shared };
    shared->req_prod = shared->rsp_prod = 0;
    shared->req_event = shared->rsp_event = 1;
}

bool net_receive_next(const struct net_receive_ring *ring, uint16_t *slot)
{
    *slot = (uint16_t)SLOT(ring->produced);
    return !ring->broken && ring->produced - ring->consumed < NET_RING_SLOTS;
}

void net_receive_post(struct net_receive_ring *ring, grant_ref_t reference)
{
    uint32_t slot = SLOT(ring->produced++);

    ring->shared->ring[slot].req = (netif_rx_request_t){ .id = (uint16_t)slot, .gref = reference };
}

bool net_receive_publish(struct net_receive_ring *ring)
{
    uint32_t before = ring->published;

    ring->published = ring->produced;
    release_fence();
    WRITE_ONCE(ring->shared->req_prod, ring->produced);
    full_fence();
    return wants_event(READ_ONCE(ring->shared->req_event), before, ring->produced);
}

/* Skips what the backend says about the packet beyond its data. Returns 0 or -EPROTO. */
static int skip_extras(const struct net_receive_ring *ring, uint32_t *at, uint32_t end, unsigned *slots)
{
    uint8_t flags;

    do {
        if (*at == end || *slots == NET_CHAIN_MAX)
            return -EPROTO;
        const struct netif_extra_info *extra = (const struct netif_extra_info *)&ring->shared->ring[SLOT(*at)].rsp;
        uint8_t type = READ_ONCE(extra->type);

        flags = READ_ONCE(extra->flags);
        if (type == XEN_NETIF_EXTRA_TYPE_NONE || type >= XEN_NETIF_EXTRA_TYPE_MAX)
            return -EPROTO;
        ++*at;
        ++*slots;
    } while (flags & XEN_NETIF_EXTRA_FLAG_MORE);
    return 0;
}

/* Adds what one slot holds. Returns 0 or -EPROTO. */
static int add_part(struct net_received *packet, uint32_t index, const netif_rx_response_t *response)
{
    if (response->id != SLOT(index) || packet->slots == NET_CHAIN_MAX)
        return -EPROTO;
    packet->slots++;
    if (response->status < 0) {
        packet->failed = true;
        return 0;
    }
    if (response->offset > NET_RING_PAGE || response->status > NET_RING_PAGE - response->offset)
        return -EPROTO;
    packet->parts[packet->count++] = (struct net_received_part){
        .slot = response->id, .offset = response->offset, .size = (uint16_t)response->status,
    };
    packet->size += (size_t)response->status;
    return 0;
}

/* Follows the chain that begins at ring->consumed up to `end`. Returns 0 or -EPROTO. */
static int follow(struct net_receive_ring *ring, struct net_received *packet, uint32_t end)
{
    uint32_t at = ring->consumed;
    uint16_t flags;

    do {
        if (at == end)
            return -EPROTO;
        netif_rx_response_t *shared = &ring->shared->ring[SLOT(at)].rsp;
        netif_rx_response_t response = {
            .id = READ_ONCE(shared->id),
            .offset = READ_ONCE(shared->offset),
            .flags = READ_ONCE(shared->flags),
            .status = READ_ONCE(shared->status),
        };
        int error = add_part(packet, at, &response);

        if (error)
            return error;
        flags = response.flags;
        at++;
        if (packet->slots == 1)
            packet->checksum_good = flags & (NETRXF_data_validated | NETRXF_csum_blank);
        if (packet->slots == 1 && (flags & NETRXF_extra_info))
            error = skip_extras(ring, &at, end, &packet->slots);
        if (error)
            return error;
    } while (flags & NETRXF_more_data);
    ring->consumed = at;
    return 0;
}

int net_receive_take(struct net_receive_ring *ring, struct net_received *packet)
{
    if (ring->broken)
        return -EPROTO;
    uint32_t end = READ_ONCE(ring->shared->rsp_prod);
    int any = answered(end, ring->consumed, ring->published, &ring->broken);

    if (any <= 0)
        return any;
    packet->count = packet->slots = 0;
    packet->first_slot = (uint16_t)SLOT(ring->consumed);
    packet->size = 0;
    packet->failed = packet->checksum_good = false;
    /* A packet is made visible whole: half of one is a lie. */
    if (follow(ring, packet, end)) {
        ring->broken = true;
        return -EPROTO;
    }
    return 1;
}

bool net_receive_arm(struct net_receive_ring *ring)
{
    WRITE_ONCE(ring->shared->rsp_event, ring->consumed + 1);
    full_fence();
    return READ_ONCE(ring->shared->rsp_prod) != ring->consumed;
}
