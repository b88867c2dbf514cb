/*
 * What ranks of a distributed shared memory send each other: frames, differences of pages, lists of pages. Pure: tests and
 * a fuzzer on the host are built of it. Fields are little-endian, as every machine here is. Nothing that comes is trusted.
 */
#ifndef LWD_HPC_DSM_CODEC_H
#define LWD_HPC_DSM_CODEC_H

#include <stddef.h>
#include <stdint.h>

#define DSM_PAGE_BYTES 4096

enum dsm_type {
    /* Meeting: who somebody is; where the others are. */
    DSM_HELLO = 1,
    DSM_PEERS,
    /* To a page's home: `argument` is the page; what changed. Then, to know that all of it has arrived: */
    DSM_DIFF,
    DSM_FLUSH,
    DSM_FLUSHED,
    /* From a page's home; without data it is all zeroes. */
    DSM_GET,
    DSM_PAGE,
    /* Pages that were written: to the coordinator before, and from it before, one of those below. */
    DSM_NOTICE,
    /* Barrier: here; all are here; have the pages I want; so have all. */
    DSM_ENTER,
    DSM_LEAVE,
    DSM_READY,
    DSM_GO,
    /* `argument` is the lock. */
    DSM_LOCK,
    DSM_GRANT,
    DSM_UNLOCK,
    /* Nothing more comes, and nothing more is wanted. */
    DSM_END,
    DSM_TYPES,
};

struct dsm_head {
    uint32_t size;              /* of what follows */
    uint32_t type;
    uint64_t argument;
};

#define DSM_SIZE_MAX 8192

/* Is this a head of a frame that may be? */
int dsm_head_check(const struct dsm_head *head);

/* --- meeting --- */

#define DSM_MAGIC 0x31304d5344445746ULL

struct dsm_hello {
    uint64_t magic;
    uint32_t rank, ranks;
    uint64_t size;
};

/* Where a rank is: an IPv6 address or, mapped into one, an IPv4 address. */
struct dsm_place {
    uint8_t address[16];
};

/* --- differences --- */

/* In the worst case one run is as long as many. */
#define DSM_DIFF_MAX (4 + DSM_PAGE_BYTES)

/* Stores how `page` differs from `old`, in at most DSM_DIFF_MAX bytes; returns how many, 0 if not at all. */
size_t dsm_diff_make(const void *page, const void *old, uint8_t *diff);

/* Makes the changes. -EBADMSG, with nothing changed, if the bytes are no difference of a page. */
int dsm_diff_apply(void *page, const uint8_t *diff, size_t size);

/* --- lists of pages --- */

struct dsm_run {
    uint32_t first, count;
};

#define DSM_RUNS_MAX (DSM_SIZE_MAX / sizeof(struct dsm_run))

/* Sets the runs' bits in a bitmap of `pages` bits. -EBADMSG, with nothing changed, if they are no pages of it. */
int dsm_runs_set(uint64_t *bitmap, size_t pages, const uint8_t *runs, size_t size);

#endif
