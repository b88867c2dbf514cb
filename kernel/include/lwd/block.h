/*
 * Disks in the application's hands (paper, section 4.3): requests that are carried out while it computes, from and to its own
 * memory. Nothing is cached, merged or reordered: which request goes first is said here, by the application. The files
 * /dev/xvd* and POSIX aio are made of the same calls.
 *
 * A request is done when the backend has said so; in which order is the backend's affair, but for barriers. A device whose
 * backend is gone, or was caught lying, ends all requests with -EIO from then on: none is left waiting.
 */
#ifndef LWD_BLOCK_H
#define LWD_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct block_device;

enum lwd_block_operation {
    LWD_BLOCK_READ,
    LWD_BLOCK_WRITE,
    /* What was done before it stays, whatever happens to the host. */
    LWD_BLOCK_FLUSH,
    /* The same, and an order: it begins when all that was submitted before is done, and what comes after it, after it. */
    LWD_BLOCK_BARRIER,
    /* The range's content is of no use any more, and is anything until it is written again. */
    LWD_BLOCK_DISCARD,
};

/*
 * The caller's, and the device's from lwd_block_submit() until it is done. So is its memory, which has to stay mapped
 * meanwhile. It may be anywhere; what is aligned to sectors is cheapest, see lwd_block_allocate().
 */
struct lwd_block_request {
    enum lwd_block_operation operation;
    /* Among those that have not begun: the highest first, and equal ones in the order in which they came. */
    int priority;
    uint64_t offset;            /* on the device, and `size`: bytes, multiples of the sector size; 0 of flush and barrier */
    size_t size;
    void *buffer;
    /*
     * Called when it is done, and the caller's again: in the context of event handlers, or by lwd_block_submit(). It may
     * submit and wake threads, not block. Null: it goes to `completions`, or nowhere if that is null too.
     */
    void (*done)(struct lwd_block_request *request);
    struct lwd_block_completions *completions;
    void *argument;             /* the caller's */
    int error;                  /* when done: 0 or a negative errno; after an error any part may have been transferred */

    /* The device's. */
    size_t started;             /* bytes that are on their way or done */
    unsigned running;           /* parts of it on the ring */
    bool is_waiting;            /* for more of it to be begun */
    struct lwd_block_request *next, *previous;
};

/* Threads that wait; the kernel looks at it through another type. */
struct lwd_block_waiters {
    void *first, *last;
    const void *kind;
} __attribute__((__may_alias__));

/*
 * Where requests go that are done, for whoever takes them in that order: one thread or several, for one device or several.
 * All zeroes are one that is empty. Its fields are for the calls below.
 */
struct lwd_block_completions {
    struct lwd_block_request *first, *last;
    unsigned due;               /* submitted, and not taken yet */
    struct lwd_block_waiters waiters;
};

/* What does not change while a device is connected. */
struct lwd_block_facts {
    uint64_t size;              /* bytes */
    unsigned sector_size;
    bool readonly;
    bool can_flush;             /* if not, what was written is where it belongs when its request is done */
    bool can_discard;
};

/*
 * Finds a device by its name, "xvda" or "/dev/xvda", and connects it when nobody used it before, or if the one of that name
 * is gone and there is another now. Blocks. Returns 0; -ENOENT if the domain has none of that name; -ENXIO if it goes
 * away; -ETIMEDOUT or -EIO if its backend does not do its part; -ENOMEM.
 */
int lwd_block_open(const char *name, struct block_device **device);

/* The device behind an open descriptor; stays when that is closed. Returns 0, -EBADF, or -ENODEV if it is no disk. */
int lwd_block_of(int descriptor, struct block_device **device);

/* For each of the two above. No request of the caller's may be under way; memory of the device's is given back before. */
void lwd_block_close(struct block_device *device);

/* Calls visit(context, name) for each device, connected or not, until it returns false. Blocks. 0 or a negative errno. */
int lwd_block_for_each(bool (*visit)(void *context, const char *name), void *context);

const struct lwd_block_facts *lwd_block_facts(const struct block_device *device);

/*
 * Begins requests, in that order, and tells the backend once. Does not block; what the device cannot take yet waits. What
 * is wrong with one is its `error`: -EINVAL for a range that is not of whole sectors or not on the device, -EROFS,
 * -EOPNOTSUPP, -ENOMEM, -EIO. Event handlers may call it.
 */
void lwd_block_submit(struct block_device *device, struct lwd_block_request *const requests[], unsigned count);

/* Submits one and blocks until it is done. Returns 0 or a negative errno. */
int lwd_block_transfer(struct block_device *device, enum lwd_block_operation operation, uint64_t offset, void *buffer,
                       size_t size);

/*
 * Takes back a request of which nothing has begun; it ends with -ECANCELED before the call returns. False: it has begun,
 * and ends as others do. Does not block.
 */
bool lwd_block_cancel(struct block_device *device, struct lwd_block_request *request);

/* A request that is done, or null. Does not block: takes what has arrived, and other threads may run. */
struct lwd_block_request *lwd_block_poll(struct lwd_block_completions *completions);

/*
 * Waits for one, until `deadline` (CLOCK_MONOTONIC, in nanoseconds; UINT64_MAX: none). Null: none was done by then, or
 * none is due.
 */
struct lwd_block_request *lwd_block_wait(struct lwd_block_completions *completions, uint64_t deadline);

/*
 * Memory that the backend keeps in reach: page-aligned, zeroed. Transfers from and to it cost neither a copy nor a grant,
 * as long as they are aligned to sectors; those of other memory cost the one or the other
 * (docs/decisions/0021-memory-that-stays-granted.md). The backend can read and change all of it at any time. There are
 * 2 MiB a device, which is what Linux's backend keeps mapped beside the driver's own. Null if there is no more. Does not
 * block.
 */
void *lwd_block_allocate(struct block_device *device, size_t size);

/* Gives back what lwd_block_allocate() gave; no request may be using it. A device that is gone gives back too. */
void lwd_block_free(struct block_device *device, void *memory);

#ifdef __cplusplus
}
#endif
#endif
