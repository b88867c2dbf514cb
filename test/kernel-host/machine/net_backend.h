/*
 * The other side of one network card, "0": takes packets off the one ring and puts others on the other as xen-netback
 * does, or lies as a fuzzer's input says.
 */
#ifndef LWD_MACHINE_NET_BACKEND_H
#define LWD_MACHINE_NET_BACKEND_H

#include "machine.h"

#define NET_FRONT MACHINE_HOME "device/vif/0"
#define NET_BACK "/local/domain/0/backend/vif/7/0"

struct net_backend {
    struct choices *choices;    /* what lies it tells; null: none */
    uint32_t taken, answered;   /* requests and responses to send */
    uint32_t used, filled;      /* pages to receive into, and those handed over */
    unsigned packets;           /* taken … */
    size_t bytes;               /* … and what was in them */
    unsigned char last[65536];  /* the last one */
    size_t last_size;
    unsigned unit;              /* what the last one was to be cut into */
    bool lied, gone;
};

extern struct net_backend net_backend;

/* Writes the nodes of a card that waits for its frontend, and has the backend play its part. */
void net_backend_begin(struct choices *choices);

void net_backend_vanish(void);

/* Hands a packet over, in as many pages as it takes, `extras` slots of other information among them. */
bool net_backend_deliver(const void *packet, size_t size, unsigned extras);

/* One response of either ring, whatever it says; and what the frontend is to see of them. */
void net_backend_answer(uint16_t id, int16_t status);
void net_backend_fill(uint16_t id, uint16_t offset, uint16_t flags, int16_t status);
void net_backend_publish(void);

#endif
