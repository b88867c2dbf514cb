/*
 * Segments of TCP that are larger than a frame. What lwIP does for a segment takes longer than copying one, and so does
 * what a backend does for a packet; where the card's backend cuts them up, lwIP makes segments of up to 64 KiB, sends and
 * keeps them whole, and sends them whole again if they are lost. pcb->mss stays what one frame carries: windows count in
 * it, and the card cuts to it.
 */
#include "net/segment.h"

#include <lwip/ip.h>
#include <lwip/priv/tcp_priv.h>

#include "core/bits.h"
#include "net/interface.h"
#include "net/network.h"

/* With the largest headers it is still a packet. */
#define SEGMENT_MAX (0xffff - 14 - 40 - 60)

/* What every host takes that does not say otherwise (RFC 9293, 3.7.1). */
#define UNIT_OF_ALL 536

static bool may_be_large(const struct tcp_pcb *pcb)
{
    const struct netif *netif = ip_route(&pcb->local_ip, &pcb->remote_ip);

    return netif && interface_cuts_up(netif, IP_IS_V6_VAL(pcb->remote_ip) ? 6 : 4);
}

uint16_t network_segment_size(const struct tcp_pcb *pcb, uint16_t size)
{
    const struct tcp_seg *last = pcb->unsent;
    uint32_t most = size;

    /* Two fill the window: while one is on its way, the next is made. */
    if (size == pcb->mss && may_be_large(pcb))
        most = MIN(MIN(pcb->cwnd, pcb->snd_wnd_max) / 2, (uint32_t)MIN(SEGMENT_MAX, network_memory_limit() / 32));
    most = MAX(most / size, 1u) * size;
    /* The last one may have been begun when they were larger. */
    while (last && last->next)
        last = last->next;
    return (uint16_t)(last ? MAX(most, (uint32_t)last->len + pcb->unsent_oversize) : most);
}

static bool splitting;

/*
 * Leaves `size` bytes in the first unsent segment beyond what is acknowledged of it, which is much where it is large. For
 * lwIP, who would count from the segment's beginning and might never send it again, the mss is the most that it splits to.
 */
static err_t split_segment(struct tcp_pcb *pcb, uint32_t size)
{
    int32_t acknowledged = (int32_t)(pcb->lastack - lwip_ntohl(pcb->unsent->tcphdr->seqno));
    u16_t mss = pcb->mss;

    pcb->mss = (u16_t)MIN(size + (uint32_t)MAX(acknowledged, 0), 0xffffu);
    splitting = true;
    err_t error = tcp_split_unsent_seg(pcb, pcb->mss);

    splitting = false;
    pcb->mss = mss;
    return error;
}

int network_splits(struct tcp_pcb *pcb, uint16_t size, int8_t *error)
{
    if (splitting || !pcb->unsent)
        return 0;
    *error = split_segment(pcb, size && size < pcb->mss ? size : pcb->mss);
    return 1;
}

void network_fit_segment(struct tcp_pcb *pcb, uint32_t window)
{
    int32_t place = (int32_t)(lwip_ntohl(pcb->unsent->tcphdr->seqno) - pcb->lastack);
    uint32_t left = pcb->unsent->len - (uint32_t)MAX(-place, 0), before = (uint32_t)MAX(place, 0);

    /* What fits once everything is acknowledged waits for that; and if not even one frame fits, lwIP sees to it. */
    if (left <= pcb->mss || left <= window || window < before + pcb->mss)
        return;
    err_t error = split_segment(pcb, (window - before) / pcb->mss * pcb->mss);

    /* Nothing is on its way whose arrival would have this tried again: the retransmission timer does. */
    if (error != ERR_OK && !pcb->unacked && pcb->rtime < 0)
        pcb->rtime = 0;
}

int network_is_cut_up(const struct netif *netif, const struct pbuf *packet)
{
    const struct ip_hdr *v4 = packet->payload;
    const struct ip6_hdr *v6 = packet->payload;

    if (IPH_V(v4) == 4)
        return IPH_PROTO(v4) == IP_PROTO_TCP && interface_cuts_up(netif, 4);
    return IP6H_NEXTH(v6) == IP_PROTO_TCP && interface_cuts_up(netif, 6);
}

uint16_t segment_unit(const struct netif *netif)
{
    const struct tcp_pcb *pcb;

    /* A packet that waited for the neighbour's address comes without what lwIP knows about its connection. */
    if (!netif->hints)
        return UNIT_OF_ALL;
    pcb = container_of(netif->hints, struct tcp_pcb, netif_hints);
    return pcb->mss;
}
