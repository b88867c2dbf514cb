/*
 * TCP segments as one large packet, which the backend, or the network card behind it, cuts up again (GSO), and their
 * checksums, which it computes. Works on the bytes of Ethernet frames; pure: also runs on the host.
 */
#ifndef LWD_DRIVERS_NET_OFFLOAD_H
#define LWD_DRIVERS_NET_OFFLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NET_IP_OFFSET 14
/* The largest packet, with its Ethernet header: IP's 16-bit length, in a 16-bit count. */
#define NET_PACKET_MAX 65535

/* Where what is in a frame that holds one whole TCP segment. Offsets are from the frame's start. */
struct net_segment {
    uint8_t version;            /* of IP: 4 or 6 */
    uint16_t tcp;               /* offset of TCP's header */
    uint16_t payload;           /* offset of what TCP carries */
    uint32_t size;              /* of it */
    uint32_t unit;              /* of it in each of the segments that it is to be cut into; `size` if it stays whole */
};

/*
 * Takes a frame of `total` bytes apart, of which `available` are at `frame`. False if it is not a TCP segment in IPv4
 * without options or in IPv6 without extension headers, if it is a fragment, or if its headers are not all there.
 */
bool net_parse_segment(const uint8_t *frame, size_t available, size_t total, struct net_segment *segment);

/* May more be appended to it at all? Only plain data can. */
bool net_segment_is_open(const uint8_t *frame, const struct net_segment *segment);

/*
 * Is `next` the continuation of `frame`, which is open and already carries `carried` bytes in whole segments? All but its
 * length, its place in the stream, its checksums and an end-of-record mark is the same then, and it is cut up the same way.
 */
bool net_continues(const uint8_t *frame, const struct net_segment *segment, uint32_t carried, const uint8_t *next,
                   const struct net_segment *following);

/* Takes over what a segment that was appended says: that it ends a record. */
void net_append_flags(uint8_t *frame, const struct net_segment *segment, const uint8_t *next,
                      const struct net_segment *following);

/*
 * Sets the lengths for `carried` bytes of payload, IPv4's own checksum, and TCP's checksum field to the sum over the
 * pseudo header, which is what a device expects that completes it.
 */
void net_finish_headers(uint8_t *frame, const struct net_segment *segment, uint32_t carried);

/* Completes TCP's checksum in software: `sum` is checksum_add() over all from TCP's header on, its field included. */
void net_complete_checksum(uint8_t *frame, const struct net_segment *segment, uint64_t sum);

#endif
