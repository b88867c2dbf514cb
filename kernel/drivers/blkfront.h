/*
 * A block device from inside: what the handshake (blkfront.c), the queue of requests (blk_queue.c), the memory of what is on
 * the ring (blk_piece.c, blk_bounce.c, blk_area.c) and requests that are done (blk_completions.c) share.
 */
#ifndef LWD_DRIVERS_BLKFRONT_H
#define LWD_DRIVERS_BLKFRONT_H

#include <lwd/block.h>

#include "drivers/blk_area.h"
#include "drivers/blk_bounce.h"
#include "drivers/blk_name.h"
#include "drivers/blk_order.h"
#include "drivers/blk_ring.h"
#include "drivers/front.h"

#define BLK_SECTOR 512          /* the protocol's unit, whatever the device's */
/* One page of descriptors holds as many, and the transfer is 1 MiB. */
#define BLK_MAX_SEGMENTS 256

/* The part of a request that one slot of the ring carries. */
struct blk_piece {
    struct lwd_block_request *request;
    char *address;
    size_t bytes;
    unsigned segments;
    bool is_indirect;           /* they are in `table`, else their grants in `references` */
    struct blk_page *pages;     /* it is copied through these, or null */
    bool has_own_grants;        /* of the caller's frames, which end with it */
    grant_ref_t references[BLKIF_MAX_SEGMENTS_PER_REQUEST];
    /* A page for the descriptors of large requests, made when the slot first needs it; the backend can only read it. */
    struct blkif_request_segment *table;
    grant_ref_t table_reference;
};

struct block_device {
    struct front front;
    char name[BLK_NAME_MAX];
    struct lwd_block_facts facts;
    struct list link;           /* of all devices */
    unsigned references;
    struct front_memory ring_memory;
    grant_ref_t ring_references[1 << BLK_RING_MAX_ORDER];
    struct blk_ring ring;
    evtchn_port_t port;
    unsigned max_segments;
    bool is_persistent;         /* the backend keeps grants mapped, so frames are not granted for a request alone */
    bool broken;                /* every new request fails */
    bool caught;                /* the backend lied: nothing that it writes is looked at any more */
    bool gone;                  /* disconnected for good */

    struct blk_pool pool;
    struct blk_area *areas;
    unsigned area_pages;
    struct blk_order waiting;   /* requests of which something is still to be begun */
    struct lwd_block_request *barrier;  /* on the ring: nothing else is begun */
    bool is_serving;            /* its event is being handled: what is submitted is begun at the end */
    unsigned requests;          /* that are not done */
    struct wait_queue idle;     /* woken when that gets 0 */
    struct blk_piece pieces[BLK_RING_MAX_SLOTS];
};

/* One more reference, for lwd_block_close(). */
void blk_hold(struct block_device *device);

/* Prepares the queue of a device whose ring is set up and whose backend is not connected yet. */
void blk_queue_init(struct block_device *device);

/* Finds memory for as much of the request as one piece can carry, none if `bytes` stays 0. */
void blk_piece_fill(struct block_device *device, struct blk_piece *piece, union blk_entry *entry);

/* It is answered, and its data, if `is_good`, where it belongs. False if the backend keeps memory of the caller's. */
bool blk_piece_release(struct block_device *device, struct blk_piece *piece, bool is_good);

/* A request is submitted; it is done. */
void blk_expect(struct lwd_block_request *request);
void blk_complete(struct lwd_block_request *request);

/* Something is on the ring: the event channel's handler, `argument` is the device. */
void blk_queue_event(void *argument);

/* Fails all that is not on the ring yet, and all that comes. */
void blk_queue_stop(struct block_device *device);

/* Fails what is on the ring. The backend has let go of the device, or its frames are counted as lost. */
void blk_queue_abandon(struct block_device *device);

#endif
