/*
 * A distributed shared memory's insides. From above: dsm.c (what applications call), dsm_pages.c (pages: written, noticed,
 * fetched), dsm_coordinator.c (rank 0's part: barriers and locks), dsm_join.c (how ranks meet), dsm_wire.c (connections),
 * dsm_codec.c (bytes).
 */
#ifndef LWD_HPC_DSM_H
#define LWD_HPC_DSM_H

#include <stdbool.h>

#include <lwd/dsm.h>
#include <lwd/memory.h>

#include "hpc/dsm_codec.h"
#include "sched/wait.h"

/* A frame on its way out. */
struct dsm_chunk {
    struct dsm_chunk *next;
    size_t size, sent;
    uint8_t bytes[];
};

struct dsm_peer {
    int socket;                 /* -1: none, or gone */
    bool ended;                 /* may be gone */
    struct dsm_chunk *first, **last;
    size_t queued;              /* bytes */
    size_t received;            /* of the frame in `frame` */
    uint8_t *frame;             /* room for the largest */
};

/* A page that is not at home. */
enum {
    DSM_CACHED = 1,             /* is there, with its twin */
    DSM_COMING = 2,             /* was asked for */
    DSM_STALE = 4,              /* and was written again meanwhile */
};

struct dsm_coordinator;

struct lwd_dsm {
    unsigned rank, ranks;
    char *range;
    /* What pages that are not at home were when they came: shares their frames until they are written. */
    char *twins;
    size_t pages;
    uint8_t *home;              /* of each page: a rank */
    uint8_t *state;             /* of each page: DSM_… */
    /* A bit a page: written or used, for a moment; written by others, as far as was heard. */
    uint64_t *touched, *noticed;
    size_t coming;              /* pages that were asked for */
    unsigned flushes;           /* answers to DSM_FLUSH that are still to come */
    /* What the coordinator last let this rank do. */
    bool left, go, granted;
    unsigned lock_wanted;
    uint64_t held;              /* locks of this rank, a bit each */
    int error;                  /* negative: somebody is gone */
    uint64_t patience;          /* nanoseconds, with others that do not come, or do not take what is theirs */
    uint64_t given_up;          /* closing: when, if nothing more of what is queued goes out */
    bool closing;
    bool serving;               /* the thread of the connections is there */
    int bell;                   /* eventfd: something is to be sent */
    struct wait_queue changed;
    struct lwd_dsm_counts counts;
    struct dsm_coordinator *coordinator; /* of rank 0 */
    struct dsm_peer peer[];     /* by rank */
};

static inline char *dsm_page_at(const struct lwd_dsm *dsm, size_t page)
{
    return dsm->range + page * DSM_PAGE_BYTES;
}

static inline size_t dsm_bitmap_words(const struct lwd_dsm *dsm)
{
    return (dsm->pages + 63) / 64;
}

/* Nothing goes on once somebody is gone: whoever waits looks at dsm->error. The first error stays. */
void dsm_fail(struct lwd_dsm *dsm, int error);

/* Waits until it holds; returns 0, or the error for which it never will. */
#define dsm_wait(dsm, condition)                                                    \
    ({                                                                              \
        wait_for(&(dsm)->changed, (condition) || (dsm)->error);                     \
        (dsm)->error;                                                               \
    })

/* --- dsm_join.c --- */

/* Connects all ranks, within dsm->patience. Returns 0 or a negative errno. */
int dsm_join(struct lwd_dsm *dsm, const struct lwd_dsm_options *options);

/* For poll(); rounded up, 0 if it is past. */
int dsm_milliseconds_until(uint64_t deadline);

/* --- dsm_wire.c --- */

/* Queues a frame; does not block. `size` is at most DSM_SIZE_MAX. Without memory for it, the whole has failed. */
void dsm_send(struct lwd_dsm *dsm, unsigned rank, enum dsm_type type, uint64_t argument, const void *data, size_t size);

/* Waits until not too much is queued. */
void dsm_wait_for_room(struct lwd_dsm *dsm, unsigned rank);

/*
 * The thread that sends and receives; ended by dsm_wire_stop(), which sends what is queued and closes the connections. Return 0,
 * -ENOMEM; -ETIMEDOUT: somebody took nothing of it any more.
 */
int dsm_wire_start(struct lwd_dsm *dsm);
int dsm_wire_stop(struct lwd_dsm *dsm);

/* --- dsm_pages.c --- */

int dsm_pages_init(struct lwd_dsm *dsm, size_t size);
void dsm_pages_free(struct lwd_dsm *dsm);

/* Says whose home pages are; what they held is gone. */
int dsm_pages_settle(struct lwd_dsm *dsm, size_t first, size_t count, unsigned rank);

/* Sends what was written to the homes, and says to the coordinator which pages that was. */
int dsm_pages_release(struct lwd_dsm *dsm);

/* Forgets the pages that others wrote; those that were used lately are fetched anew if that is `foreseen`. */
int dsm_pages_acquire(struct lwd_dsm *dsm, bool foreseen);

/* A frame for this rank, from another or from the coordinator. -EBADMSG if it cannot be. */
int dsm_pages_receive(struct lwd_dsm *dsm, unsigned from, const struct dsm_head *head, const uint8_t *data);

/* --- dsm_coordinator.c --- */

int dsm_coordinator_init(struct lwd_dsm *dsm);
void dsm_coordinator_free(struct lwd_dsm *dsm);

/* Sends a frame to the coordinator, or is it. */
void dsm_tell(struct lwd_dsm *dsm, enum dsm_type type, uint64_t argument, const void *data, size_t size);

/* A frame for the coordinator. -EBADMSG if it cannot be. */
int dsm_coordinator_receive(struct lwd_dsm *dsm, unsigned from, const struct dsm_head *head, const uint8_t *data);

/* Sends the bitmap's pages as notices, by `send`, and clears it. */
void dsm_send_notices(struct lwd_dsm *dsm, uint64_t *bitmap,
                      void (*send)(struct lwd_dsm *dsm, unsigned rank, const void *runs, size_t size), unsigned rank);

#endif
