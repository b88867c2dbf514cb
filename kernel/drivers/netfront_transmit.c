/*
 * The way out: frames into the card's pages, TCP segments joined to packets, packets onto the ring.
 */
#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "core/checksum.h"
#include "drivers/netfront.h"
#include "mm/frame.h"
#include "xen/gnttab.h"

void netfront_reap(struct netfront *net)
{
    int buffer = 0;

    while (net->connected && (buffer = net_transmit_take(&net->transmit)) >= 0)
        net->free[net->free_count++] = (uint16_t)buffer;
    if (buffer == -EPROTO)
        netfront_break(net, "answers what it was not asked");
}

/* --- pages --- */

static bool make_buffer(struct netfront *net)
{
    pfn_t frame = netfront_new_page();
    int reference = frame == NO_FRAME ? -ENOMEM : gnttab_grant(net->front.backend_domain, frame, true);

    if (reference < 0) {
        if (frame != NO_FRAME)
            frame_free(frame);
        return false;
    }
    net->frames[net->made] = frame;
    net->references[net->made] = (grant_ref_t)reference;
    net->free[net->free_count++] = (uint16_t)net->made++;
    return true;
}

/* Are `count` pages free? Makes them, as far as there may be more. */
static bool have_buffers(struct netfront *net, unsigned count)
{
    if (net->free_count < count)
        netfront_reap(net);
    while (net->free_count < count && net->made < net->buffers && make_buffer(net))
        continue;
    return net->free_count >= count;
}

static uint8_t *page(const struct netfront *net, unsigned part)
{
    return frame_address(net->frames[net->open.parts[part].buffer]);
}

static unsigned pages_more(const struct netfront *net, size_t size)
{
    return (unsigned)DIV_ROUND_UP(net->open.size + size, PAGE_SIZE) - net->open.count;
}

/* Appends to the open packet; the pages are there. */
static void append(struct netfront *net, const char *data, size_t size)
{
    struct netfront_open_packet *open = &net->open;

    while (size) {
        if (open->size == open->count * (uint32_t)PAGE_SIZE) {
            uint16_t buffer = net->free[--net->free_count];

            open->parts[open->count++] =
                (struct net_transmit_part){ .buffer = buffer, .reference = net->references[buffer] };
        }
        struct net_transmit_part *last = &open->parts[open->count - 1];
        size_t part = MIN(size, (size_t)(PAGE_SIZE - last->size));

        memcpy(page(net, open->count - 1) + last->size, data, part);
        last->size = (uint16_t)(last->size + part);
        open->size += (uint32_t)part;
        data += part;
        size -= part;
    }
}

static void append_pieces(struct netfront *net, const struct netfront_piece *pieces, unsigned count, size_t skip)
{
    for (unsigned i = 0; i < count; i++) {
        size_t leave = MIN(skip, pieces[i].size);

        skip -= leave;
        append(net, (const char *)pieces[i].data + leave, pieces[i].size - leave);
    }
}

/* --- onto the ring --- */

/* TCP's checksum over the pages, for a backend that cannot. */
static void checksum_in_software(struct netfront *net)
{
    const struct netfront_open_packet *open = &net->open;
    uint64_t sum = checksum_add(0, page(net, 0) + open->segment.tcp, (size_t)(open->parts[0].size - open->segment.tcp));

    for (unsigned i = 1; i < open->count; i++)
        sum = checksum_add(sum, page(net, i), open->parts[i].size);
    net_complete_checksum(page(net, 0), &open->segment, sum);
}

static void close_packet(struct netfront *net)
{
    struct netfront_open_packet *open = &net->open;
    uint16_t flags = 0, unit = 0;
    uint8_t type = 0;

    if (!open->count)
        return;
    if (open->is_tcp) {
        uint32_t carried = open->size - open->segment.payload;

        net_finish_headers(page(net, 0), &open->segment, carried);
        if (open->segment.version == 4 || net->checksum_v6)
            flags = NETTXF_csum_blank | NETTXF_data_validated;
        else
            checksum_in_software(net);
        if (carried > open->segment.unit) {
            unit = (uint16_t)open->segment.unit;
            type = open->segment.version == 4 ? XEN_NETIF_GSO_TYPE_TCPV4 : XEN_NETIF_GSO_TYPE_TCPV6;
        }
    }
    net_transmit_put(&net->transmit, open->parts, open->count, flags, type, unit);
    net->unpublished = true;
    open->count = 0;
    open->size = 0;
}

void netfront_flush(struct netfront *net)
{
    if (!net->connected)
        return;
    close_packet(net);
    if (!net->unpublished)
        return;
    net->unpublished = false;
    if (net_transmit_publish(&net->transmit))
        evtchn_notify(net->port);
}

/* --- sending --- */

bool netfront_cuts_up(const struct netfront *net, uint8_t version)
{
    return version == 4 ? net->gso_v4 : net->gso_v6 && net->checksum_v6;
}

/* Makes the frame a part of the open packet, if it is the same stream's next. */
static bool join(struct netfront *net, const struct netfront_piece *pieces, unsigned count,
                 const struct net_segment *segment)
{
    struct netfront_open_packet *open = &net->open;

    if (!open->count || !open->may_grow)
        return false;
    uint32_t carried = open->size - open->segment.payload;

    if (!net_continues(page(net, 0), &open->segment, carried, pieces[0].data, segment) ||
        !have_buffers(net, pages_more(net, segment->size)))
        return false;
    append_pieces(net, pieces, count, segment->payload);
    net_append_flags(page(net, 0), &open->segment, pieces[0].data, segment);
    open->may_grow = segment->size % open->segment.unit == 0 && net_segment_is_open(pieces[0].data, segment);
    return true;
}

static bool room_for(struct netfront *net, size_t size)
{
    return net_transmit_room(&net->transmit) > NET_CHAIN_MAX && have_buffers(net, pages_more(net, size));
}

/* Waits for half of what is on its way, unless that is back by now. */
static bool room_after_all(struct netfront *net, size_t size)
{
    netfront_flush(net);
    netfront_reap(net);
    if (net->connected && room_for(net, size))
        return true;
    net->starved = true;
    while (net->connected && net_transmit_arm(&net->transmit))
        netfront_reap(net);
    /* It may all have come back meanwhile, and then no event will come. */
    net->starved = !(net->connected && room_for(net, size));
    return !net->starved;
}

int netfront_send(struct netfront *net, const struct netfront_piece *pieces, unsigned count, uint16_t unit)
{
    struct netfront_open_packet *open = &net->open;
    struct net_segment segment;
    size_t size = 0;

    if (!net->connected)
        return -ENETDOWN;
    for (unsigned i = 0; i < count; i++)
        size += pieces[i].size;
    if (size < NET_IP_OFFSET || size > NET_PACKET_MAX)
        return -EMSGSIZE;
    bool is_tcp = net_parse_segment(pieces[0].data, pieces[0].size, size, &segment);

    if (is_tcp && unit && unit < segment.size)
        segment.unit = unit;
    if (is_tcp && join(net, pieces, count, &segment))
        return 0;
    close_packet(net);
    if (!room_for(net, size) && !room_after_all(net, size))
        return net->connected ? -EAGAIN : -ENETDOWN;
    append_pieces(net, pieces, count, 0);
    open->is_tcp = is_tcp;
    open->segment = segment;
    open->may_grow = is_tcp && netfront_cuts_up(net, segment.version) &&
                     net_segment_is_open(pieces[0].data, &segment) && segment.size % segment.unit == 0;
    return 0;
}
