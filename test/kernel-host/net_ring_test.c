/*
 * drivers/net_ring: what goes round comes round, wrapping indexes included, and the lies that a backend could tell. The
 * shared pages are exact: an access outside of them is seen.
 */
#include "drivers/net_ring.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "verdict.h"


static netif_tx_sring_t *transmit_page(void)
{
    netif_tx_sring_t *page = exact_copy(NULL, NET_RING_PAGE);

    memset(page, 0x5a, NET_RING_PAGE);
    return page;
}

static netif_rx_sring_t *receive_page(void)
{
    netif_rx_sring_t *page = exact_copy(NULL, NET_RING_PAGE);

    memset(page, 0x5a, NET_RING_PAGE);
    return page;
}

/* Moves both sides' indexes close to where they wrap. */
static void wind(struct net_receive_ring *ring, uint32_t to)
{
    ring->produced = ring->published = ring->consumed = to;
    ring->shared->rsp_prod = ring->shared->req_prod = to;
}

/* The backend answers the request at its place with `status` bytes. */
static void answer(struct net_receive_ring *ring, uint16_t offset, int status, uint16_t flags)
{
    uint32_t at = ring->shared->rsp_prod;
    uint16_t id = ring->shared->ring[at % NET_RING_SLOTS].req.id;

    ring->shared->ring[at % NET_RING_SLOTS].rsp =
        (netif_rx_response_t){ .id = id, .offset = offset, .flags = flags, .status = (int16_t)status };
    ring->shared->rsp_prod = at + 1;
}

static void fill(struct net_receive_ring *ring)
{
    uint16_t slot;

    while (net_receive_next(ring, &slot))
        net_receive_post(ring, 100u + slot);
    net_receive_publish(ring);
}

TEST(packets_of_all_lengths_arrive)
{
    struct net_receive_ring ring;
    struct net_received packet;

    net_receive_init(&ring, receive_page());
    wind(&ring, UINT32_MAX - 1000);
    for (int round = 0; round < 20000; round++) {
        unsigned parts = 1 + (unsigned)random_below(NET_CHAIN_MAX - 1);
        bool large = random_below(2);

        fill(&ring);
        for (unsigned i = 0; i < parts; i++) {
            answer(&ring, (uint16_t)(i * 2), 100 + (int)i,
                   (uint16_t)((i + 1 < parts ? NETRXF_more_data : 0) | (i == 0 && large ? NETRXF_extra_info : 0) |
                              (i == 0 ? NETRXF_data_validated : 0)));
            if (i == 0 && large) {
                struct netif_extra_info *extra =
                    (struct netif_extra_info *)&ring.shared->ring[ring.shared->rsp_prod++ % NET_RING_SLOTS].rsp;

                *extra = (struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO };
            }
        }
        check_equal(net_receive_take(&ring, &packet), 1);
        check_equal(packet.count, parts);
        check_equal(packet.slots, parts + large);
        check_equal(packet.size, 100 * parts + parts * (parts - 1) / 2);
        check(packet.checksum_good && !packet.failed);
        check_equal(packet.parts[parts - 1].offset, (parts - 1) * 2);
        check_equal(net_receive_take(&ring, &packet), 0);
    }
}

static int one_lie(void (*lie)(struct net_receive_ring *))
{
    struct net_receive_ring ring;
    struct net_received packet;
    int result;

    net_receive_init(&ring, receive_page());
    fill(&ring);
    lie(&ring);
    while ((result = net_receive_take(&ring, &packet)) > 0)
        continue;
    if (result == -EPROTO) {
        uint16_t slot;

        check(!net_receive_next(&ring, &slot));
        check_equal(net_receive_take(&ring, &packet), -EPROTO);
    }
    return result;
}

static void too_many(struct net_receive_ring *ring)
{
    ring->shared->rsp_prod += NET_RING_SLOTS + 1;
}

static void backwards(struct net_receive_ring *ring)
{
    ring->shared->rsp_prod--;
}

static void half_a_packet(struct net_receive_ring *ring)
{
    answer(ring, 0, 100, NETRXF_more_data);
}

static void endless_chain(struct net_receive_ring *ring)
{
    for (int i = 0; i < NET_RING_SLOTS; i++)
        answer(ring, 0, 100, NETRXF_more_data);
}

static void wrong_slot(struct net_receive_ring *ring)
{
    answer(ring, 0, 100, 0);
    ring->shared->ring[0].rsp.id = 7;
}

static void beyond_the_page(struct net_receive_ring *ring)
{
    answer(ring, 4000, 97, 0);
}

static void offset_beyond_the_page(struct net_receive_ring *ring)
{
    answer(ring, 5000, 0, 0);
}

static void huge(struct net_receive_ring *ring)
{
    answer(ring, 0, 0x7fff, 0);
}

static void endless_extras(struct net_receive_ring *ring)
{
    answer(ring, 0, 10, NETRXF_extra_info);
    for (int i = 1; i < NET_RING_SLOTS; i++) {
        struct netif_extra_info *extra = (struct netif_extra_info *)&ring->shared->ring[i].rsp;

        *extra = (struct netif_extra_info){ .type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = XEN_NETIF_EXTRA_FLAG_MORE };
        ring->shared->rsp_prod++;
    }
}

static void unknown_extra(struct net_receive_ring *ring)
{
    answer(ring, 0, 10, NETRXF_extra_info);
    ((struct netif_extra_info *)&ring->shared->ring[1].rsp)->type = 99;
    ring->shared->rsp_prod++;
}

TEST(lies_about_what_arrived_break_the_ring)
{
    void (*const lies[])(struct net_receive_ring *) = {
        too_many, backwards, half_a_packet, endless_chain, wrong_slot, beyond_the_page, offset_beyond_the_page,
        huge,     endless_extras, unknown_extra,
    };

    for (size_t i = 0; i < ARRAY_SIZE(lies); i++)
        if (one_lie(lies[i]) != -EPROTO)
            fail("lie %zu went unnoticed", i);
}

static void a_failure(struct net_receive_ring *ring)
{
    answer(ring, 0xffff, NETIF_RSP_ERROR, 0);
}

TEST(a_packet_that_failed_is_no_lie)
{
    struct net_receive_ring ring;
    struct net_received packet;

    check_equal(one_lie(a_failure), 0);
    net_receive_init(&ring, receive_page());
    fill(&ring);
    answer(&ring, 0, 50, NETRXF_more_data);
    answer(&ring, 0, NETIF_RSP_ERROR, 0);
    check_equal(net_receive_take(&ring, &packet), 1);
    check(packet.failed);
    check_equal(packet.slots, 2);
}

/* --- transmit --- */

static void respond(struct net_transmit_ring *ring, uint16_t id, int status)
{
    uint32_t at = ring->shared->rsp_prod;

    ring->shared->ring[at % NET_RING_SLOTS].rsp = (netif_tx_response_t){ .id = id, .status = (int16_t)status };
    ring->shared->rsp_prod = at + 1;
}

TEST(buffers_come_back_once)
{
    struct net_transmit_ring ring;
    struct net_transmit_part parts[3] = { { 5, 100, 1 }, { 9, 200, 2 }, { 200, 300, 3 } };

    net_transmit_init(&ring, transmit_page());
    for (int round = 0; round < 1000; round++) {
        uint32_t first = ring.produced;

        net_transmit_put(&ring, parts, 3, NETTXF_csum_blank, XEN_NETIF_GSO_TYPE_TCPV4, 90);
        check_equal(ring.produced - first, 4);
        netif_tx_request_t request = ring.shared->ring[first % NET_RING_SLOTS].req;

        check_equal(request.size, 600);
        check_equal(request.flags, NETTXF_csum_blank | NETTXF_extra_info | NETTXF_more_data);
        check_equal(ring.shared->ring[(first + 3) % NET_RING_SLOTS].req.flags, 0);
        check_equal(net_transmit_take(&ring), -EAGAIN);
        net_transmit_publish(&ring);
        respond(&ring, 5, NETIF_RSP_OKAY);
        respond(&ring, 0x1234, NETIF_RSP_NULL);
        respond(&ring, 200, NETIF_RSP_ERROR);
        respond(&ring, 9, NETIF_RSP_DROPPED);
        check_equal(net_transmit_take(&ring), 5);
        check_equal(net_transmit_take(&ring), 200);
        check_equal(net_transmit_take(&ring), 9);
        check_equal(net_transmit_take(&ring), -EAGAIN);
        check_equal(net_transmit_room(&ring), NET_RING_SLOTS);
    }
}

static int transmit_lie(unsigned id, int status, unsigned times)
{
    struct net_transmit_ring ring;
    struct net_transmit_part part = { 5, 100, 1 }, other = { 6, 100, 1 };
    int result;

    net_transmit_init(&ring, transmit_page());
    net_transmit_put(&ring, &part, 1, 0, 0, 0);
    net_transmit_put(&ring, &other, 1, 0, 0, 0);
    net_transmit_publish(&ring);
    for (unsigned i = 0; i < times; i++)
        respond(&ring, (uint16_t)id, status);
    while ((result = net_transmit_take(&ring)) >= 0)
        continue;
    return result;
}

TEST(lies_about_what_was_sent_break_the_ring)
{
    check_equal(transmit_lie(5, NETIF_RSP_OKAY, 1), -EAGAIN);
    check_equal(transmit_lie(5, NETIF_RSP_OKAY, 2), -EPROTO);
    check_equal(transmit_lie(7, NETIF_RSP_OKAY, 1), -EPROTO);
    check_equal(transmit_lie(0xffff, NETIF_RSP_OKAY, 1), -EPROTO);
    check_equal(transmit_lie(NET_RING_SLOTS, NETIF_RSP_OKAY, 1), -EPROTO);
    check_equal(transmit_lie(5, NETIF_RSP_OKAY, 3), -EPROTO);
    /* An answer without a buffer, where none was asked for. */
    check_equal(transmit_lie(0xffff, NETIF_RSP_NULL, 1), -EPROTO);
}
