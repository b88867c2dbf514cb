/*
 * Block devices: requests that are carried out while the caller goes on, straight from and to its memory where that is
 * aligned. What lwd/block.h, POSIX aio and /dev/xvd* are made of.
 *
 * A device whose backend is gone, or was caught lying, answers -EIO from then on.
 */
#ifndef LWD_DRIVERS_BLOCK_H
#define LWD_DRIVERS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/list.h"

struct block_device;

enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_FLUSH, BLOCK_DISCARD };

/*
 * The caller's, and block's from block_submit() until `done`. So is its memory, which has to stay mapped meanwhile; it may
 * be anywhere, and is transferred without copying if it begins at a multiple of the sector size.
 */
struct block_request {
    enum block_operation operation;
    uint64_t offset;            /* on the device, and `size`: bytes, multiples of the sector size; none for a flush */
    size_t size;
    void *buffer;
    /*
     * All is over: the request is the caller's again. Called in the handlers' context, or by block_submit(): it may submit
     * and wake threads, not block.
     */
    void (*done)(struct block_request *request);
    void *argument;             /* the caller's */
    int error;                  /* 0 or a negative errno; after an error any part may have been transferred */

    size_t started;             /* bytes that are on their way or done */
    unsigned running;           /* parts of it on the ring */
    struct list link;
};

/* What does not change while a device is connected. */
struct block_facts {
    uint64_t size;              /* bytes */
    unsigned sector_size;
    bool readonly;
    bool can_flush;             /* if not, what was written is where it belongs when its request is done */
    bool can_discard;
};

/*
 * Finds a device by its name ("xvda"), connecting it when nobody used it before, or if the one of that name is gone and
 * there is another now. Takes a reference. Blocks. Returns 0; -ENOENT if the domain has none of that name; or as
 * front_open() and front_connect() do.
 */
int block_find(const char *name, struct block_device **device);

/* Gives the reference back. No request of its holder may be on its way. */
void block_put(struct block_device *device);

/* Calls visit(context, name) for each device, connected or not, until it returns false. Blocks. 0 or a negative errno. */
int block_for_each(bool (*visit)(void *context, const char *name), void *context);

const struct block_facts *block_facts(const struct block_device *device);

/* Begins a request. Does not block; any order of completion is possible. A flush covers what was done before it. */
void block_submit(struct block_device *device, struct block_request *request);

/* Submits and blocks until it is done. Returns 0 or a negative errno. */
int block_transfer(struct block_device *device, enum block_operation operation, uint64_t offset, void *buffer,
                   size_t size);

#endif
