/*
 * The backend of a 9P device (Xen's docs/misc/9pfs, xen/io/9pfs.h): its nodes in xenstore, the handshake with the domain's
 * frontend, the rings that it grants and the events. One device for a process.
 */
#ifndef LWD_VOLUME_SERVER_DEVICE_H
#define LWD_VOLUME_SERVER_DEVICE_H

#include "session.h"
#include "store.h"
#include "transport.h"

#define DEVICE_RINGS_MAX 4
#define DEVICE_RING_ORDER_MAX 9
#define DEVICE_NODE_MAX 96
/* The longest message that the largest rings carry. */
#define DEVICE_MESSAGE_MAX ((uint32_t)4096 << DEVICE_RING_ORDER_MAX >> 1)

struct device_ring {
    struct transport transport;
    uint32_t port;
    size_t mapped;              /* bytes of the data's mapping */
};

struct device {
    struct store store;
    struct session session;
    unsigned domain;            /* the client's */
    int events, grants;         /* Linux's devices for them */
    int state;                  /* ours, as last published */
    unsigned ring_count;        /* connected */
    struct device_ring rings[DEVICE_RINGS_MAX];
    char front[DEVICE_NODE_MAX], back[DEVICE_NODE_MAX];
};

/*
 * Publishes the device number `index` of a domain, with this tag. Blocks for xenstored. The structure is zero but for the
 * session. Returns 0 or a negative errno; *what then says at what it failed.
 */
int device_publish(struct device *device, unsigned domain, unsigned index, const char *tag, const char **what);

/* Serves the domain until it is gone, and then takes the backend's nodes away. Returns 0, or why it ended before that. */
int device_run(struct device *device);

#endif
