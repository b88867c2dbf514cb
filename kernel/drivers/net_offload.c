/*
 * Headers of TCP segments.
 */
#include "drivers/net_offload.h"

#include <string.h>

#include "core/checksum.h"

#define ETHERTYPE_OFFSET 12
#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define TCP_HEADER 20
#define PROTOCOL_TCP 6

/* Within IPv4's header, and IPv6's. */
#define V4_LENGTH 2
#define V4_FRAGMENT 6
#define V4_PROTOCOL 9
#define V4_CHECKSUM 10
#define V4_ADDRESSES 12
#define V6_LENGTH 4
#define V6_NEXT 6
#define V6_ADDRESSES 8

/* Within TCP's header. */
#define TCP_SEQUENCE 4
#define TCP_DATA_OFFSET 12
#define TCP_FLAGS 13
#define TCP_CHECKSUM 16
#define FLAG_PSH 0x08
#define FLAG_ACK 0x10

static uint16_t get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The size of IP's header, and in *end where its packet ends; 0 if it carries no whole TCP segment. */
static size_t parse_ip(const uint8_t *frame, size_t available, uint8_t *version, size_t *end)
{
    const uint8_t *ip = frame + NET_IP_OFFSET;
    uint16_t type = get16(frame + ETHERTYPE_OFFSET);

    if (type == ETHERTYPE_IPV4 && available >= NET_IP_OFFSET + IPV4_HEADER) {
        /* Don't-fragment may be set; more-fragments and an offset may not. */
        if (ip[0] != 0x45 || ip[V4_PROTOCOL] != PROTOCOL_TCP || (get16(ip + V4_FRAGMENT) & 0xbfff))
            return 0;
        *version = 4;
        *end = NET_IP_OFFSET + (size_t)get16(ip + V4_LENGTH);
        return IPV4_HEADER;
    }
    if (type == ETHERTYPE_IPV6 && available >= NET_IP_OFFSET + IPV6_HEADER) {
        if (ip[0] >> 4 != 6 || ip[V6_NEXT] != PROTOCOL_TCP)
            return 0;
        *version = 6;
        *end = NET_IP_OFFSET + IPV6_HEADER + (size_t)get16(ip + V6_LENGTH);
        return IPV6_HEADER;
    }
    return 0;
}

bool net_parse_segment(const uint8_t *frame, size_t available, size_t total, struct net_segment *segment)
{
    size_t end;

    if (available < NET_IP_OFFSET)
        return false;
    size_t header = parse_ip(frame, available, &segment->version, &end);
    size_t tcp = NET_IP_OFFSET + header;

    if (!header || end != total || available < tcp + TCP_HEADER)
        return false;
    size_t payload = tcp + (size_t)(frame[tcp + TCP_DATA_OFFSET] >> 4) * 4;

    if (payload < tcp + TCP_HEADER || payload > available || payload > total)
        return false;
    segment->tcp = (uint16_t)tcp;
    segment->payload = (uint16_t)payload;
    segment->size = segment->unit = (uint32_t)(total - payload);
    return true;
}

bool net_segment_is_open(const uint8_t *frame, const struct net_segment *segment)
{
    return segment->size > 0 && frame[segment->tcp + TCP_FLAGS] == FLAG_ACK;
}

/* All of IP's header that says something about the stream. */
static bool same_ip(const uint8_t *one, const uint8_t *two, uint8_t version)
{
    one += NET_IP_OFFSET;
    two += NET_IP_OFFSET;
    if (version == 6)
        return memcmp(one, two, V6_LENGTH) == 0 && memcmp(one + V6_NEXT, two + V6_NEXT, IPV6_HEADER - V6_NEXT) == 0;
    return memcmp(one, two, V4_LENGTH) == 0 &&
           memcmp(one + V4_FRAGMENT, two + V4_FRAGMENT, V4_CHECKSUM - V4_FRAGMENT) == 0 &&
           memcmp(one + V4_ADDRESSES, two + V4_ADDRESSES, IPV4_HEADER - V4_ADDRESSES) == 0;
}

/* All of TCP's header but place, checksum and the mark for the end of a record. */
static bool same_tcp(const uint8_t *one, const uint8_t *two, size_t size)
{
    return memcmp(one, two, TCP_SEQUENCE) == 0 &&
           memcmp(one + TCP_SEQUENCE + 4, two + TCP_SEQUENCE + 4, TCP_FLAGS - TCP_SEQUENCE - 4) == 0 &&
           one[TCP_FLAGS] == (two[TCP_FLAGS] & ~FLAG_PSH) &&
           memcmp(one + TCP_FLAGS + 1, two + TCP_FLAGS + 1, TCP_CHECKSUM - TCP_FLAGS - 1) == 0 &&
           memcmp(one + TCP_CHECKSUM + 2, two + TCP_CHECKSUM + 2, size - TCP_CHECKSUM - 2) == 0;
}

bool net_continues(const uint8_t *frame, const struct net_segment *segment, uint32_t carried, const uint8_t *next,
                   const struct net_segment *following)
{
    uint32_t unit = segment->unit;
    const uint8_t *tcp = frame + segment->tcp, *next_tcp = next + following->tcp;

    return following->version == segment->version && following->payload == segment->payload &&
           following->size > 0 && (following->size <= unit || following->unit == unit) && carried % unit == 0 &&
           segment->payload + carried + following->size <= NET_PACKET_MAX &&
           memcmp(frame, next, NET_IP_OFFSET) == 0 && same_ip(frame, next, segment->version) &&
           same_tcp(tcp, next_tcp, (size_t)(segment->payload - segment->tcp)) &&
           get32(next_tcp + TCP_SEQUENCE) == get32(tcp + TCP_SEQUENCE) + carried;
}

void net_append_flags(uint8_t *frame, const struct net_segment *segment, const uint8_t *next,
                      const struct net_segment *following)
{
    frame[segment->tcp + TCP_FLAGS] |= next[following->tcp + TCP_FLAGS] & FLAG_PSH;
}

/* Of the addresses, the protocol and the length. */
static uint16_t pseudo_sum(const uint8_t *ip, uint8_t version, uint32_t length)
{
    uint8_t tail[4] = { 0, PROTOCOL_TCP };
    uint64_t sum = version == 4 ? checksum_add(0, ip + V4_ADDRESSES, 8) : checksum_add(0, ip + V6_ADDRESSES, 32);

    put16(tail + 2, length);
    return checksum_fold(checksum_add(sum, tail, sizeof tail));
}

void net_finish_headers(uint8_t *frame, const struct net_segment *segment, uint32_t carried)
{
    uint8_t *ip = frame + NET_IP_OFFSET;
    uint32_t length = (uint32_t)(segment->payload - segment->tcp) + carried;

    if (segment->version == 4) {
        put16(ip + V4_LENGTH, IPV4_HEADER + length);
        put16(ip + V4_CHECKSUM, 0);
        uint16_t sum = (uint16_t)~checksum_fold(checksum_add(0, ip, IPV4_HEADER));

        memcpy(ip + V4_CHECKSUM, &sum, sizeof sum);
    } else {
        put16(ip + V6_LENGTH, length);
    }
    uint16_t pseudo = pseudo_sum(ip, segment->version, length);

    memcpy(frame + segment->tcp + TCP_CHECKSUM, &pseudo, sizeof pseudo);
}

void net_complete_checksum(uint8_t *frame, const struct net_segment *segment, uint64_t sum)
{
    uint16_t whole = (uint16_t)~checksum_fold(sum);

    memcpy(frame + segment->tcp + TCP_CHECKSUM, &whole, sizeof whole);
}
