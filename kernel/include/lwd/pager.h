/*
 * Application paging (paper, section 4.2): a range of addresses that shows a file or a block device, which may be far
 * larger than memory. What is touched is brought in, and when the memory that the pager may use is full, what the
 * application's policy names goes out; only pages that were written are written back. Built on lwd/memory.h: nothing that
 * a page fault handler of an application's own could not do.
 *
 * Pages come and go in UNITS, numbered from 0. Calls return 0 or a negative errno unless said; they may block, and are
 * for threads. Several threads may use a range: each waits for its own unit alone.
 *
 * A unit that cannot be brought in (an error of the device, no memory) makes the touch a SIGSEGV; lwd_pager_error() says
 * why. One that cannot be written back stays in memory and counts as written, and
 * another goes out in its place: nothing that was written is dropped.
 */
#ifndef LWD_PAGER_H
#define LWD_PAGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct lwd_pager;

/*
 * Who goes out next. All operations are called with the pager in use: they may neither block nor call it, but for
 * lwd_pager_was_used(), lwd_pager_in_memory() and lwd_pager_policy_data().
 */
struct lwd_pager_policy {
    const char *name;
    /* A unit came in, or has gone. Null: it does not matter. */
    void (*came)(struct lwd_pager *pager, size_t unit);
    void (*went)(struct lwd_pager *pager, size_t unit);
    /*
     * Names the unit that is to go out, of those for which lwd_pager_in_memory() holds. Called again if it could not be
     * written back, which lwd_pager_in_memory() then knows.
     */
    size_t (*choose)(struct lwd_pager *pager);
};

/* A hand goes round, and what was touched since it last came by is left in memory: the default. */
extern const struct lwd_pager_policy lwd_pager_clock;
/* What was brought in last goes out first: best for loops over more than memory holds. */
extern const struct lwd_pager_policy lwd_pager_latest;

struct lwd_pager_options {
    int file;                   /* descriptor, of a file or a block device; the pager keeps a reference of its own */
    bool read_only;             /* writing to the range is SIGSEGV */
    off_t offset;               /* of the range's first byte in the file; for a device, a multiple of its sector's size */
    size_t size;                /* bytes; whole units */
    size_t unit;                /* bytes, a power of two from a page to LWD_MEMORY_BLOCK; 0: 64 KiB */
    size_t memory;              /* bytes that may be in memory at a time; at least 4 units */
    const struct lwd_pager_policy *policy; /* null: lwd_pager_clock */
    void *policy_data;          /* the application's, for its policy */
};

/* Makes the range; nothing is read yet. Behind the file's end there are zeroes. -EINVAL, -EBADF, -ENOMEM. */
int lwd_pager_open(const struct lwd_pager_options *options, struct lwd_pager **pager);

/*
 * Writes back what was written, and gives everything up. On failure the pager stays as it is. No thread may use it
 * meanwhile.
 */
int lwd_pager_close(struct lwd_pager *pager);

void *lwd_pager_range(const struct lwd_pager *pager);

/* Writes back what was written until now, and returns once it is where the file is. */
int lwd_pager_sync(struct lwd_pager *pager);

/*
 * Hints. The range's units will be touched soon: some threads of the pager's bring them in meanwhile, as far as there is
 * memory for them; returns at once. Or they will not be touched for long: they go out now.
 */
int lwd_pager_read_ahead(struct lwd_pager *pager, const void *at, size_t size);
int lwd_pager_put_out(struct lwd_pager *pager, const void *at, size_t size);

struct lwd_pager_counts {
    uint64_t faults;            /* touches that had to wait */
    uint64_t units_read, pages_written;
    size_t units_in_memory;     /* whole ones, not those on their way */
};

struct lwd_pager_counts lwd_pager_count(const struct lwd_pager *pager);

/* The first error of reading or writing since the last call, negative; 0 if there was none. */
int lwd_pager_error(struct lwd_pager *pager);

/* --- for policies --- */

/* Is the unit in memory, and could it go? */
bool lwd_pager_in_memory(const struct lwd_pager *pager, size_t unit);
size_t lwd_pager_units(const struct lwd_pager *pager);
/* Was the unit touched since this was last asked? By the processor's accessed bits. */
bool lwd_pager_was_used(struct lwd_pager *pager, size_t unit);
void *lwd_pager_policy_data(const struct lwd_pager *pager);

#ifdef __cplusplus
}
#endif
#endif
