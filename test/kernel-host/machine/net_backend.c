/*
 * A network backend that follows the protocol, and one that follows a list of lies.
 */
#include "net_backend.h"

#include <stdio.h>
#include <string.h>

#include <xen/io/netif.h>
#include <xen/io/xenbus.h>

#define SLOTS 256
#define SLOT(index) ((index) % SLOTS)

struct net_backend net_backend;

static struct net_backend *const me = &net_backend;

static void write_number(const char *key, unsigned long value)
{
    char path[128];

    snprintf(path, sizeof path, NET_BACK "/%s", key);
    store_write(path, "%lu", value);
}

static netif_tx_sring_t *transmit_ring(void)
{
    return machine_granted((grant_ref_t)store_number(NET_FRONT "/tx-ring-ref", 0), true);
}

static netif_rx_sring_t *receive_ring(void)
{
    return machine_granted((grant_ref_t)store_number(NET_FRONT "/rx-ring-ref", 0), true);
}

/* --- responses --- */

void net_backend_answer(uint16_t id, int16_t status)
{
    netif_tx_sring_t *ring = transmit_ring();

    if (ring)
        ring->ring[SLOT(me->answered++)].rsp = (netif_tx_response_t){ .id = id, .status = status };
}

void net_backend_fill(uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
    netif_rx_sring_t *ring = receive_ring();

    if (ring)
        ring->ring[SLOT(me->filled++)].rsp =
            (netif_rx_response_t){ .id = id, .offset = offset, .flags = flags, .status = status };
}

void net_backend_publish(void)
{
    netif_tx_sring_t *transmit = transmit_ring();
    netif_rx_sring_t *receive = receive_ring();

    if (transmit)
        transmit->rsp_prod = me->answered;
    if (receive)
        receive->rsp_prod = me->filled;
    machine_fire((evtchn_port_t)store_number(NET_FRONT "/event-channel", 0));
}

/* --- honest work --- */

#define must(condition, ...)                \
    do {                                    \
        if (!(condition) && !me->lied)      \
            machine_fail(__VA_ARGS__);      \
        if (!(condition))                   \
            return;                         \
    } while (0)

/* The part of a packet that one slot has; the first slot's size is the whole packet's. */
static void take_part(const netif_tx_request_t *request, size_t size)
{
    const unsigned char *page = machine_granted(request->gref, false);

    must(page, "a packet's page is not granted");
    must(request->offset + size <= PAGE_SIZE && me->last_size + size <= sizeof me->last, "%zu bytes at %u of a page",
         size, request->offset);
    memcpy(me->last + me->last_size, page + request->offset, size);
    me->last_size += size;
}

/* One packet, the first of those that are there: its slots, and then their answers in the same order. */
static void take_packet(netif_tx_sring_t *ring, uint32_t end)
{
    netif_tx_request_t requests[SLOTS];
    unsigned count = 0, extras = 0;
    size_t rest = 0;

    do {
        requests[count] = ring->ring[SLOT(me->taken++)].req;
        if (count == 0 && (requests[0].flags & NETTXF_extra_info)) {
            me->unit = ((struct netif_extra_info *)&ring->ring[SLOT(me->taken++)].req)->u.gso.size;
            extras = 1;
        }
    } while ((requests[count++].flags & NETTXF_more_data) && me->taken != end && count < SLOTS);
    for (unsigned i = 1; i < count; i++)
        rest += requests[i].size;
    me->last_size = 0;
    take_part(&requests[0], requests[0].size - rest);
    for (unsigned i = 1; i < count; i++)
        take_part(&requests[i], requests[i].size);
    me->packets++;
    me->bytes += me->last_size;
    net_backend_answer(requests[0].id, NETIF_RSP_OKAY);
    if (extras)
        net_backend_answer(0, NETIF_RSP_NULL);
    for (unsigned i = 1; i < count; i++)
        net_backend_answer(requests[i].id, NETIF_RSP_OKAY);
}

static bool serve(void)
{
    netif_tx_sring_t *ring = transmit_ring();
    uint32_t end = ring ? ring->req_prod : 0;

    if (!ring || end == me->taken || end - me->taken > SLOTS)
        return false;
    while (me->taken != end && end - me->taken <= SLOTS)
        take_packet(ring, end);
    ring->req_event = me->taken + 1;
    net_backend_publish();
    return true;
}

bool net_backend_deliver(const void *packet, size_t size, unsigned extras)
{
    netif_rx_sring_t *ring = receive_ring();
    const char *data = packet;
    bool first = true;

    if (!ring || ring->req_prod - me->used < size / PAGE_SIZE + 1 + extras)
        return false;
    do {
        netif_rx_request_t request = ring->ring[SLOT(me->used)].req;
        char *page = machine_granted(request.gref, true);
        size_t part = size < PAGE_SIZE ? size : PAGE_SIZE;
        bool more = part < size;

        if (!page)
            machine_fail("a page to receive into is not granted");
        memcpy(page, data, part);
        me->used++;
        net_backend_fill(request.id, 0,
                         (uint16_t)((more ? NETRXF_more_data : 0) | (first && extras ? NETRXF_extra_info : 0)),
                         (int16_t)part);
        for (; first && extras; extras--) {
            struct netif_extra_info *extra = (void *)&ring->ring[SLOT(me->filled++)].rsp;

            me->used++;
            *extra = (struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO,
                                                .flags = extras > 1 ? XEN_NETIF_EXTRA_FLAG_MORE : 0 };
        }
        data += part;
        size -= part;
        first = false;
    } while (size);
    net_backend_publish();
    return true;
}

static bool shake_hands(void)
{
    unsigned long theirs = store_number(NET_FRONT "/state", 0), ours = store_number(NET_BACK "/state", 0);
    unsigned long next = ours;

    if (theirs == XenbusStateConnected && ours == XenbusStateInitWait)
        next = XenbusStateConnected;
    else if (theirs == XenbusStateClosing && ours == XenbusStateConnected)
        next = XenbusStateClosing;
    else if (theirs == XenbusStateClosed && ours != XenbusStateClosed)
        next = XenbusStateClosed;
    if (next == ours)
        return false;
    if (next == XenbusStateClosed)
        machine_let_go();
    write_number("state", next);
    return true;
}

/* --- lies --- */

enum lie {
    WORK, DELIVER, ANSWER, FILL, SCRIBBLE, MOVE_TRANSMIT, MOVE_RECEIVE, PUBLISH, STATE, NODE, HOLD, LET_GO, FIRE, WAIT,
    LIES
};

static void lie_in_node(void)
{
    static const char *const paths[] = {
        NET_BACK "/feature-sg", NET_BACK "/feature-gso-tcpv4", NET_BACK "/feature-gso-tcpv6",
        NET_BACK "/feature-ipv6-csum-offload", NET_BACK "/feature-rx-copy", NET_BACK "/online", NET_BACK "/state",
        NET_FRONT "/mac", NET_FRONT "/backend-id",
    };
    static const char *const values[] = {
        "0", "1", "2", "-1", "", "65536", "garbage", "18446744073709551617", "00:16:3e:00:00:0", "00:16:3e:00:00:0g",
        "00:16:3e:12:34:56", "32752",
    };

    store_write(paths[choose(me->choices, 1) % ARRAY_SIZE(paths)], "%s",
                values[choose(me->choices, 1) % ARRAY_SIZE(values)]);
}

static void scribble(void)
{
    uint64_t where = choose(me->choices, 2);
    uint8_t *ring = where & 0x8000 ? (uint8_t *)transmit_ring() : (uint8_t *)receive_ring();
    uint8_t value = (uint8_t)choose(me->choices, 1);

    if (ring)
        ring[where % PAGE_SIZE] = value;
}

static void lie_on_ring(enum lie lie)
{
    uint64_t a = choose(me->choices, 2), b = choose(me->choices, 2);

    if (lie == ANSWER)
        net_backend_answer((uint16_t)(a & 0x8000 ? a : a % SLOTS), (int16_t)(b % 5) - 2);
    else if (lie == FILL)
        net_backend_fill((uint16_t)(a & 0x8000 ? a : me->filled % SLOTS), (uint16_t)(b & 0x4000 ? b : 0),
                         (uint16_t)(a >> 8 & 15), (int16_t)b);
    else if (lie == MOVE_TRANSMIT)
        me->answered += (uint32_t)(int16_t)a;
    else
        me->filled += (uint32_t)(int16_t)a;
}

static void lie(void)
{
    static const char packet[9000];
    enum lie lie = choose(me->choices, 1) % LIES;

    me->lied |= lie > DELIVER;
    switch (lie) {
    case DELIVER:
        if (!me->lied)
            net_backend_deliver(packet, 1 + choose(me->choices, 2) % sizeof packet, (unsigned)choose(me->choices, 1) % 3);
        break;
    case ANSWER:
    case FILL:
    case MOVE_TRANSMIT:
    case MOVE_RECEIVE:
        lie_on_ring(lie);
        break;
    case SCRIBBLE:
        scribble();
        break;
    case PUBLISH:
        net_backend_publish();
        break;
    case STATE:
        write_number("state", choose(me->choices, 1) % 10);
        break;
    case NODE:
        lie_in_node();
        break;
    case HOLD:
        machine_hold((grant_ref_t)choose(me->choices, 2) % MACHINE_GRANTS, choose(me->choices, 1) & 1);
        break;
    case LET_GO:
        machine_let_go();
        break;
    case FIRE:
        machine_fire((evtchn_port_t)store_number(NET_FRONT "/event-channel", 0));
        break;
    case WAIT:
        machine_advance(choose(me->choices, 1) << 26);
        break;
    default:
        shake_hands();
        serve();
    }
}

static bool turn(void)
{
    if (me->choices && choices_left(me->choices)) {
        lie();
        return true;
    }
    if (me->choices && !me->gone) {
        net_backend_vanish();
        return true;
    }
    bool moved = !me->gone && shake_hands();

    return (!me->gone && serve()) || moved;
}

void net_backend_vanish(void)
{
    me->gone = true;
    store_remove(NET_FRONT);
    store_remove(NET_BACK);
}

void net_backend_begin(struct choices *choices)
{
    *me = (struct net_backend){ .choices = choices };
    store_write(NET_FRONT "/backend", "%s", NET_BACK);
    store_write(NET_FRONT "/backend-id", "0");
    store_write(NET_FRONT "/state", "1");
    store_write(NET_FRONT "/mac", "00:16:3e:12:34:56");
    write_number("feature-rx-copy", 1);
    write_number("feature-sg", 1);
    write_number("feature-gso-tcpv4", 1);
    write_number("feature-gso-tcpv6", 1);
    write_number("feature-ipv6-csum-offload", 1);
    write_number("state", XenbusStateInitWait);
    machine_turn = turn;
}
