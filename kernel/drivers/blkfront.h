/*
 * A block device from inside: what the handshake (blkfront.c), the queue of requests (blk_queue.c) and the bounce pages
 * (blk_bounce.c) share.
 */
#ifndef LWD_DRIVERS_BLKFRONT_H
#define LWD_DRIVERS_BLKFRONT_H

#include "drivers/blk_bounce.h"
#include "drivers/blk_name.h"
#include "drivers/blk_ring.h"
#include "drivers/block.h"
#include "drivers/front.h"

#define BLK_SECTOR 512          /* the protocol's unit, whatever the device's */
/* One page of descriptors holds as many, and the transfer is 1 MiB. */
#define BLK_MAX_SEGMENTS 256

/* The part of a request that one slot of the ring carries. */
struct blk_piece {
    struct block_request *request;
    char *address;
    size_t bytes;
    unsigned segments;
    bool is_indirect;           /* they are in `table`, else their grants in `references` */
    struct blk_page *pages;     /* it is copied through these; null: the grants are of the caller's own frames */
    grant_ref_t references[BLKIF_MAX_SEGMENTS_PER_REQUEST];
    /* A page for the descriptors of large requests, made when the slot first needs it; the backend can only read it. */
    struct blkif_request_segment *table;
    grant_ref_t table_reference;
};

struct block_device {
    struct front front;
    char name[BLK_NAME_MAX];
    struct block_facts facts;
    struct list link;           /* of all devices */
    unsigned references;
    struct front_memory ring_memory;
    grant_ref_t ring_references[1 << BLK_RING_MAX_ORDER];
    struct blk_ring ring;
    evtchn_port_t port;
    unsigned max_segments;
    bool is_persistent;         /* the backend keeps grants mapped, so everything goes through the pool */
    bool broken;                /* every new request fails */
    bool caught;                /* the backend lied: nothing that it writes is looked at any more */
    bool gone;                  /* disconnected for good */

    struct blk_pool pool;
    struct list waiting;        /* requests of which something is still to be started */
    unsigned requests;          /* that are not done */
    struct wait_queue idle;     /* woken when that gets 0 */
    struct blk_piece pieces[BLK_RING_MAX_SLOTS];
};

/* Prepares the queue of a device whose ring is set up and whose backend is not connected yet. */
void blk_queue_init(struct block_device *device);

/* Something is on the ring: the event channel's handler, `argument` is the device. */
void blk_queue_event(void *argument);

/* Fails all that is not on the ring yet, and all that comes. */
void blk_queue_stop(struct block_device *device);

/* Fails what is on the ring. The backend has let go of the device, or its frames are counted as lost. */
void blk_queue_abandon(struct block_device *device);

#endif
