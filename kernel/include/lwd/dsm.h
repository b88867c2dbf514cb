/*
 * A distributed shared memory (paper, section 4.2): two or more domains see one range of addresses. What one of them
 * writes, the others see when both have synchronised since (release consistency): at a barrier, or by passing a lock on.
 * What was written is told from the page tables' dirty bits, so that writing itself costs nothing; what was used, from the
 * accessed bits, so that a barrier brings the pages along which the last part of the computation looked at.
 *
 * Each page has a HOME, the rank whose copy is complete after every synchronisation. Writing pages that are at home sends
 * nothing; pages that are not send what changed, in units of 4 bytes, to their home. Several ranks may write one page, if
 * not the same 4 bytes, between two synchronisations.
 *
 * Ranks are connected by TCP; the network is trusted to carry ranks of one job only, but what comes is checked: a rank that
 * sends nonsense loses its connection. Threads are cooperative: a rank answers others while it blocks, yields or is in a
 * call of this interface. Once a rank is gone, calls return its error (-ECONNRESET), and pages that would have to come from
 * it are SIGSEGV.
 *
 * Calls return 0 or a negative errno, block, and are for one thread of each rank; any of its threads may use the range, but
 * not write to it meanwhile.
 */
#ifndef LWD_DSM_H
#define LWD_DSM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LWD_DSM_RANKS 64
#define LWD_DSM_LOCKS 64

struct lwd_dsm;

struct lwd_dsm_options {
    unsigned rank, ranks;
    /* Where rank 0 is: a name or an address of either family. Rank 0 itself does not look at it. */
    const char *coordinator;
    /* Rank r listens on TCP port `port` + r. */
    uint16_t port;
    size_t size;                /* bytes; whole pages; the same for all */
    /* Seconds that the ranks may take to meet, and one of them to take more of what it is sent when this one ends; 0: 60. */
    unsigned patience;
};

/*
 * Meets the other ranks, which all call it, and makes the range, all zeroes. The homes are dealt out in equal parts, in
 * order. -ETIMEDOUT: somebody did not come; -EINVAL, -ENOMEM, or an error of the network.
 */
int lwd_dsm_open(const struct lwd_dsm_options *options, struct lwd_dsm **dsm);

/*
 * A last barrier, then what is still on its way, then the range is gone. On an error too: it is what the barrier returned, or
 * -ETIMEDOUT: a rank took nothing any more. The barrier waits for all, as any does.
 */
int lwd_dsm_close(struct lwd_dsm *dsm);

void *lwd_dsm_range(const struct lwd_dsm *dsm);

/* Makes `rank` the home of the pages. All ranks call it, before anybody has touched these. */
int lwd_dsm_set_home(struct lwd_dsm *dsm, void *at, size_t size, unsigned rank);

/* Returns when all ranks have called it. Each then sees what all wrote before. */
int lwd_dsm_barrier(struct lwd_dsm *dsm);

/*
 * One rank has a lock at a time, and sees then what was written before it was last unlocked. In the order of asking.
 * -EINVAL: there is no such lock; -EDEADLK: this rank has it already; -EPERM: it does not have it. Nothing is sent then.
 */
int lwd_dsm_lock(struct lwd_dsm *dsm, unsigned lock);
int lwd_dsm_unlock(struct lwd_dsm *dsm, unsigned lock);

struct lwd_dsm_counts {
    uint64_t pages_touched;     /* that came because somebody waited for them */
    uint64_t pages_foreseen;    /* that a barrier brought */
    uint64_t diffs, diff_bytes; /* sent to homes */
};

struct lwd_dsm_counts lwd_dsm_count(const struct lwd_dsm *dsm);

#ifdef __cplusplus
}
#endif
#endif
