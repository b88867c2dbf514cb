/*
 * What comes in, and segments to go out.
 */
#include "net_card.h"

#include <string.h>

#include "sched/thread.h"
#include "xen/clock.h"

#define HEADERS (14 + 20 + 20)
#define LONGEST (600 * (uint64_t)NANOSECONDS_PER_SECOND)

struct net_card net_card;

static void received(struct netfront *net, const struct netfront_packet *packet)
{
    size_t size = 0;

    for (unsigned i = 0; i < packet->count; i++) {
        pfn_t frame = packet->parts[i].frame;

        if (packet->parts[i].offset + packet->parts[i].size > PAGE_SIZE || packet->parts[i].size == 0)
            machine_fail("a part of %u bytes at %u of its page", packet->parts[i].size, packet->parts[i].offset);
        if (machine_is_granted(frame_address(frame), PAGE_SIZE))
            machine_fail("a packet lies in memory that is granted");
        size += packet->parts[i].size;
        if (net_card.keeps && net_card.kept_count < NET_CARD_KEEPS)
            net_card.kept[net_card.kept_count++] = frame;
        else
            netfront_return(net, frame);
    }
    if (size != packet->size || size > NET_PACKET_MAX)
        machine_fail("a packet of %zu bytes is said to have %zu", size, packet->size);
    net_card.packets++;
    net_card.bytes += (unsigned)size;
}

static void idle(struct netfront *net)
{
    netfront_flush(net);
}

static void writable(struct netfront *net)
{
    (void)net;
    net_card.writable++;
}

static void more(struct netfront *net)
{
    (void)net;
}

static void gone(struct netfront *net)
{
    (void)net;
    if (net_card.gone++)
        machine_fail("the card is gone twice");
}

static const struct netfront_user user = {
    .received = received, .idle = idle, .writable = writable, .more = more, .gone = gone,
};

int net_card_open(void)
{
    memset(&net_card, 0, sizeof net_card);
    net_card.net.user = &user;
    return netfront_open(&net_card.net, "0");
}

void net_card_give_back(void)
{
    while (net_card.kept_count)
        netfront_return(&net_card.net, net_card.kept[--net_card.kept_count]);
}

void net_card_close(int opened)
{
    uint64_t deadline = clock_monotonic() + LONGEST;

    while (!opened && !net_card.gone && clock_monotonic() < deadline)
        thread_block(clock_monotonic() + NANOSECONDS_PER_SECOND);
    if (!opened && !net_card.gone)
        machine_fail("nobody is told that the card is gone");
    if (!opened)
        front_close(&net_card.net.front);
    net_card_give_back();
    if (net_card.net.lent)
        machine_fail("%u pages are still lent", net_card.net.lent);
}

int net_card_send_large(uint32_t sequence, size_t payload, bool last, uint16_t unit)
{
    static uint8_t frame[65535];
    uint16_t length = (uint16_t)(HEADERS - 14 + payload);
    struct netfront_piece piece = { frame, HEADERS + payload };

    memset(frame, 0, sizeof frame);
    frame[12] = 0x08;
    frame[14] = 0x45;
    frame[16] = (uint8_t)(length >> 8);
    frame[17] = (uint8_t)length;
    frame[23] = 6;
    for (int i = 0; i < 4; i++)
        frame[34 + 4 + i] = (uint8_t)(sequence >> (24 - 8 * i));
    frame[34 + 12] = 0x50;
    frame[34 + 13] = last ? 0x18 : 0x10;
    for (size_t i = 0; i < payload; i++)
        frame[HEADERS + i] = (uint8_t)(sequence + i);
    return netfront_send(&net_card.net, &piece, 1, unit);
}

int net_card_send_segment(uint32_t sequence, size_t payload, bool last)
{
    return net_card_send_large(sequence, payload, last, 0);
}
