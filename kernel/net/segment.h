/*
 * Segments of TCP that are larger than a frame; see segment.c. What lwIP itself calls of it is declared by the port
 * (ports/lwip/cc.h).
 */
#ifndef LWD_NET_SEGMENT_H
#define LWD_NET_SEGMENT_H

#include <stdint.h>

#include <lwip/netif.h>

/*
 * For a card, which was given a segment larger than its frames: how much each of those is to carry that it is cut into.
 */
uint16_t segment_unit(const struct netif *netif);

#endif
