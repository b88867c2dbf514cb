/*
 * A user of the network card for tests: keeps some of the packets that come in for a while, as lwIP does, and looks at
 * each for what it must not be.
 */
#ifndef LWD_MACHINE_NET_CARD_H
#define LWD_MACHINE_NET_CARD_H

#include "drivers/netfront.h"
#include "machine.h"

#define NET_CARD_KEEPS 64

struct net_card {
    struct netfront net;
    pfn_t kept[NET_CARD_KEEPS];
    unsigned kept_count;
    bool keeps;                 /* packets, until net_card_give_back() */
    unsigned packets, bytes, writable, gone;
};

extern struct net_card net_card;

/* Connects; 0 or as netfront_open() says. */
int net_card_open(void);

void net_card_give_back(void);

/*
 * Waits until the card is gone, which it has to be in some seconds, and forgets it. All that it had is back then.
 * `opened` is what net_card_open() said.
 */
void net_card_close(int opened);

/* Sends one TCP segment of a stream; what netfront_send() says. */
int net_card_send_segment(uint32_t sequence, size_t payload, bool last);

/* One that is to be cut into such of `unit` bytes each. */
int net_card_send_large(uint32_t sequence, size_t payload, bool last, uint16_t unit);

#endif
