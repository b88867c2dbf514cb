/*
 * drivers/net_ring under libFuzzer, which plays the backend: the input is a list of writes to the two shared pages, and
 * between them the frontend posts, sends and takes as the driver does. Whatever is taken must be within what was given.
 */
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/net_ring.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

struct state {
    struct net_receive_ring receive;
    struct net_transmit_ring transmit;
    bool posted[NET_RING_SLOTS], sent[NET_RING_SLOTS];
};

static void take_packets(struct state *state)
{
    struct net_received packet;

    while (net_receive_take(&state->receive, &packet) > 0) {
        require(packet.slots >= packet.count && packet.slots <= NET_CHAIN_MAX);
        for (unsigned i = 0; i < packet.slots; i++) {
            unsigned slot = (packet.first_slot + i) % NET_RING_SLOTS;

            require(state->posted[slot]);
            state->posted[slot] = false;
        }
        for (unsigned i = 0; i < packet.count; i++)
            require(packet.parts[i].offset + packet.parts[i].size <= NET_RING_PAGE);
    }
}

static void take_buffers(struct state *state)
{
    int buffer;

    while ((buffer = net_transmit_take(&state->transmit)) >= 0) {
        require(buffer < NET_RING_SLOTS && state->sent[buffer]);
        state->sent[buffer] = false;
    }
}

static void post(struct state *state)
{
    uint16_t slot;

    while (net_receive_next(&state->receive, &slot)) {
        require(!state->posted[slot]);
        state->posted[slot] = true;
        net_receive_post(&state->receive, slot + 1u);
    }
    net_receive_publish(&state->receive);
}

static void send(struct state *state, uint8_t count)
{
    struct net_transmit_part parts[NET_CHAIN_MAX];
    unsigned used = 0;

    if (state->transmit.broken || net_transmit_room(&state->transmit) <= NET_CHAIN_MAX)
        return;
    for (uint16_t i = 0; i < NET_RING_SLOTS && used < count % (NET_CHAIN_MAX - 1) + 1u; i++) {
        if (state->sent[i])
            continue;
        state->sent[i] = true;
        parts[used++] = (struct net_transmit_part){ .buffer = i, .size = 100, .reference = i + 1u };
    }
    if (used)
        net_transmit_put(&state->transmit, parts, used, 0, XEN_NETIF_GSO_TYPE_TCPV4, count & 1 ? 50 : 0);
    net_transmit_publish(&state->transmit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct state *state = calloc(1, sizeof *state);
    uint8_t *pages[2] = { calloc(1, NET_RING_PAGE), calloc(1, NET_RING_PAGE) };

    net_receive_init(&state->receive, (netif_rx_sring_t *)pages[0]);
    net_transmit_init(&state->transmit, (netif_tx_sring_t *)pages[1]);
    post(state);
    for (; size >= 4; bytes += 4, size -= 4) {
        unsigned place = (unsigned)(bytes[1] | bytes[2] << 8) % NET_RING_PAGE;

        switch (bytes[0] % 6) {
        case 0:
        case 1:
            pages[bytes[0] % 6][place] = bytes[3];
            break;
        case 2:
            /* An honest step now and then: the fuzzer would hardly find the counters by itself. */
            state->receive.shared->rsp_prod += bytes[3] % 4;
            take_packets(state);
            break;
        case 3:
            state->transmit.shared->rsp_prod += bytes[3] % 4;
            take_buffers(state);
            break;
        case 4:
            post(state);
            net_receive_arm(&state->receive);
            break;
        default:
            send(state, bytes[3]);
            net_transmit_arm(&state->transmit);
        }
    }
    take_packets(state);
    take_buffers(state);
    free(pages[0]);
    free(pages[1]);
    free(state);
    return 0;
}
