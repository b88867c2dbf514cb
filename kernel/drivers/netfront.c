/*
 * The network card's connection: what is negotiated and shared, events, the end.
 */
#include "drivers/netfront.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/xenstore.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

/* Packets taken in one go; more come back by user->more, so that an event storm cannot keep the domain. */
#define PACKETS_AT_A_TIME (2 * NET_RING_SLOTS)

/* Domains with less memory than this have smaller pools. */
#define FRAMES_FOR_WHOLE_RINGS (32 << (20 - PAGE_SHIFT))
#define SLOTS_IN_SMALL_DOMAINS 64

void netfront_break(struct netfront *net, const char *what)
{
    if (!net->connected)
        return;
    net->connected = false;
    log_line("%s: the backend %s; the network card is out of use", net->front.node, what);
    front_give_up(&net->front);
}

static void serve_waiting(struct netfront *net)
{
    netfront_reap(net);
    if (net->starved && net->connected && net_transmit_room(&net->transmit) > 2 * NET_CHAIN_MAX) {
        net->starved = false;
        net->user->writable(net);
    }
}

static void deliver(struct netfront *net, const struct net_received *received);

void netfront_poll(struct netfront *net)
{
    struct net_received received;
    unsigned budget = PACKETS_AT_A_TIME;
    int result = 0;

    do {
        while (net->connected && budget && (result = net_receive_take(&net->receive, &received)) > 0) {
            budget--;
            deliver(net, &received);
        }
        if (result < 0)
            netfront_break(net, "hands over packets that cannot be");
        if (!net->connected)
            return;
        netfront_refill(net);
        if (!budget) {
            net->user->more(net);
            break;
        }
    } while (net_receive_arm(&net->receive));
    if (net->starved)
        serve_waiting(net);
    net->user->idle(net);
}

static void event(void *argument)
{
    netfront_poll(argument);
}

/* --- pages to receive into --- */

static void keep_spare(struct netfront *net, pfn_t frame)
{
    if (net->spare_count < NET_RING_SLOTS)
        net->spare[net->spare_count++] = frame;
    else
        frame_free(frame);
}

/* The page that was in a slot, now ours alone; NO_FRAME if the backend does not let go of it. */
static pfn_t take_back(struct netfront *net, uint16_t slot)
{
    pfn_t frame = net->receive_frames[slot];

    net->receive_frames[slot] = NO_FRAME;
    if (front_end_grant(net->receive_references[slot]))
        return frame;
    netfront_break(net, "keeps a page that it has handed over");
    return NO_FRAME;
}

static void deliver(struct netfront *net, const struct net_received *received)
{
    struct netfront_packet packet = { .size = received->size, .checksum_good = received->checksum_good };
    bool wanted = !received->failed && received->size >= NET_IP_OFFSET && received->size <= NET_PACKET_MAX &&
                  net->lent + received->count <= net->lent_limit;
    unsigned part = 0;

    for (unsigned i = 0; i < received->slots; i++) {
        uint16_t slot = (uint16_t)((received->first_slot + i) % NET_RING_SLOTS);
        bool has_data = part < received->count && received->parts[part].slot == slot;
        pfn_t frame = take_back(net, slot);

        if (frame == NO_FRAME)
            wanted = false;
        else if (has_data && received->parts[part].size) {
            packet.parts[packet.count].frame = frame;
            packet.parts[packet.count].offset = received->parts[part].offset;
            packet.parts[packet.count++].size = received->parts[part].size;
        } else
            keep_spare(net, frame);
        part += has_data;
    }
    net->lent += packet.count;
    if (wanted)
        net->user->received(net, &packet);
    else
        for (unsigned i = 0; i < packet.count; i++)
            netfront_return(net, packet.parts[i].frame);
}

void netfront_return(struct netfront *net, pfn_t frame)
{
    net->lent--;
    if (!net->connected) {
        frame_free(frame);
        return;
    }
    keep_spare(net, frame);
    /* It may have been the lack of pages that made the backend stop. */
    if (net->receive.produced - net->receive.consumed < net->slots / 4)
        netfront_refill(net);
}

/* Pages have held nothing but what the backend wrote, or zeroes: it learns nothing from them. */
pfn_t netfront_new_page(void)
{
    pfn_t frame = frame_alloc();

    if (frame != NO_FRAME)
        memset(frame_address(frame), 0, PAGE_SIZE);
    return frame;
}

static bool post(struct netfront *net, uint16_t slot)
{
    pfn_t frame = net->spare_count ? net->spare[--net->spare_count] : netfront_new_page();
    int reference = frame == NO_FRAME ? -ENOMEM : gnttab_grant(net->front.backend_domain, frame, false);

    if (reference < 0) {
        if (frame != NO_FRAME)
            keep_spare(net, frame);
        return false;
    }
    net->receive_frames[slot] = frame;
    net->receive_references[slot] = (grant_ref_t)reference;
    net_receive_post(&net->receive, (grant_ref_t)reference);
    return true;
}

void netfront_refill(struct netfront *net)
{
    uint32_t before = net->receive.produced;
    uint16_t slot;

    while (net->receive.produced - net->receive.consumed < net->slots && net_receive_next(&net->receive, &slot) &&
           post(net, slot))
        continue;
    if (net->receive.produced != before && net_receive_publish(&net->receive))
        evtchn_notify(net->port);
}

/* --- connecting --- */

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    digit |= 0x20;
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* "00:16:3e:12:34:56", which the toolstack wrote. */
static int read_address(struct netfront *net)
{
    char path[FRONT_NODE_MAX + 8], text[32];

    format_text(path, sizeof path, "%s/mac", net->front.node);
    if (xenstore_read(path, text, sizeof text) != 17)
        return -EIO;
    for (int i = 0; i < 6; i++) {
        int high = hex_digit(text[3 * i]), low = hex_digit(text[3 * i + 1]);

        if (high < 0 || low < 0)
            return -EIO;
        net->address[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

/* "1400", where the toolstack says how much a frame carries on this network. */
static void read_mtu(struct netfront *net)
{
    char path[FRONT_NODE_MAX + 8], text[8];

    format_text(path, sizeof path, "%s/mtu", net->front.node);
    net->mtu = 0;
    if (xenstore_read(path, text, sizeof text) <= 0)
        return;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9') {
            net->mtu = 0;
            return;
        }
        net->mtu = net->mtu * 10 + (unsigned)(*digit - '0');
    }
}

static int share(struct netfront *net)
{
    struct front *front = &net->front;

    net->transmit_memory.references = &net->transmit_reference;
    net->receive_memory.references = &net->receive_reference;
    int error = front_share(front, &net->transmit_memory, 0);

    if (!error)
        error = front_share(front, &net->receive_memory, 0);
    if (error)
        return error;
    net_transmit_init(&net->transmit, net->transmit_memory.address);
    net_receive_init(&net->receive, net->receive_memory.address);
    int port = front_channel(front, event, net);

    if (port < 0)
        return port;
    net->port = (evtchn_port_t)port;
    return 0;
}

static int publish(struct netfront *net)
{
    /* What we can take: packets in several pages, large ones not yet cut up, and checksums that are not there yet. */
    static const char *const abilities[] = {
        "request-rx-copy", "feature-rx-notify", "feature-sg", "feature-gso-tcpv4", "feature-gso-tcpv6",
        "feature-ipv6-csum-offload",
    };
    struct front *front = &net->front;
    int error = front_publish(front, "tx-ring-ref", "%u", net->transmit_reference);

    if (!error)
        error = front_publish(front, "rx-ring-ref", "%u", net->receive_reference);
    if (!error)
        error = front_publish(front, "event-channel", "%u", net->port);
    for (unsigned i = 0; i < ARRAY_SIZE(abilities) && !error; i++)
        error = front_publish(front, abilities[i], "%d", 1);
    return error;
}

static void read_abilities(struct netfront *net)
{
    bool chains = front_read_number(&net->front, "feature-sg", 0) == 1;

    net->gso_v4 = chains && front_read_number(&net->front, "feature-gso-tcpv4", 0) == 1;
    net->gso_v6 = chains && front_read_number(&net->front, "feature-gso-tcpv6", 0) == 1;
    net->checksum_v6 = front_read_number(&net->front, "feature-ipv6-csum-offload", 0) == 1;
}

static void end_grants(struct netfront *net)
{
    for (unsigned i = 0; i < net->made; i++)
        if (front_end_grant(net->references[i]))
            frame_free(net->frames[i]);
    for (unsigned i = 0; i < NET_RING_SLOTS; i++) {
        if (net->receive_frames[i] != NO_FRAME && front_end_grant(net->receive_references[i]))
            frame_free(net->receive_frames[i]);
        net->receive_frames[i] = NO_FRAME;
    }
    while (net->spare_count)
        frame_free(net->spare[--net->spare_count]);
    net->made = net->free_count = 0;
    net->open.count = 0;
}

static void backend_gone(struct front *front)
{
    struct netfront *net = container_of(front, struct netfront, front);

    net->connected = false;
    net->user->gone(net);
    front_disconnect(front);
    end_grants(net);
}

static int connect(struct netfront *net)
{
    int error = read_address(net);

    if (!error && front_read_number(&net->front, "feature-rx-copy", 0) != 1)
        error = -ENODEV;
    if (!error)
        error = share(net);
    if (!error)
        error = publish(net);
    if (error)
        return error;
    read_mtu(net);
    read_abilities(net);
    /* A backend that has nowhere to put packets drops them: the pages come first. */
    net->connected = true;
    netfront_refill(net);
    return front_connect(&net->front, XenbusStateConnected);
}

int netfront_open(struct netfront *net, const char *name)
{
    bool small = boot_info.frames < FRAMES_FOR_WHOLE_RINGS;

    net->buffers = net->slots = small ? SLOTS_IN_SMALL_DOMAINS : NET_RING_SLOTS;
    net->lent_limit = (unsigned)MIN(boot_info.frames / 8, (pfn_t)4096);
    net->front.backend_gone = backend_gone;
    int error = front_open(&net->front, "vif", name);

    if (error)
        return error;
    error = connect(net);
    if (error) {
        net->connected = false;
        front_close(&net->front);
        end_grants(net);
        return error;
    }
    evtchn_notify(net->port);
    netfront_poll(net);
    return 0;
}
