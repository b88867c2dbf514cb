/*
 * Distributed shared memory: what applications call.
 */
#include "hpc/dsm.h"

#include <errno.h>
#include <stdlib.h>

#include "xen/clock.h"

#define DEFAULT_PATIENCE 60

static const struct wait_kind dsm_wait_kind = { .what = "another rank", .from_outside = true };

/* Returns what dsm_wire_stop() does. */
static int dsm_free(struct lwd_dsm *dsm)
{
    int error = dsm_wire_stop(dsm);

    dsm_coordinator_free(dsm);
    dsm_pages_free(dsm);
    free(dsm);
    return error;
}

int lwd_dsm_open(const struct lwd_dsm_options *options, struct lwd_dsm **made)
{
    if (options->ranks < 1 || options->ranks > LWD_DSM_RANKS || options->rank >= options->ranks || !options->size ||
        options->size % DSM_PAGE_BYTES || options->size / DSM_PAGE_BYTES > UINT32_MAX || !options->port ||
        options->port + options->rank > UINT16_MAX || (options->rank && !options->coordinator))
        return -EINVAL;
    struct lwd_dsm *dsm = calloc(1, sizeof *dsm + options->ranks * sizeof dsm->peer[0]);

    if (!dsm)
        return -ENOMEM;
    dsm->rank = options->rank;
    dsm->ranks = options->ranks;
    dsm->patience = (options->patience ? options->patience : DEFAULT_PATIENCE) * NANOSECONDS_PER_SECOND;
    dsm->bell = -1;
    wait_queue_init_kind(&dsm->changed, &dsm_wait_kind);
    for (unsigned rank = 0; rank < dsm->ranks; rank++)
        dsm->peer[rank] = (struct dsm_peer){ .socket = -1, .last = &dsm->peer[rank].first };
    int error = dsm_pages_init(dsm, options->size);

    if (!error)
        error = dsm_coordinator_init(dsm);
    if (!error)
        error = dsm_join(dsm, options);
    if (!error)
        error = dsm_wire_start(dsm);
    if (error) {
        dsm_free(dsm);
        return error;
    }
    *made = dsm;
    return 0;
}

void *lwd_dsm_range(const struct lwd_dsm *dsm)
{
    return dsm->range;
}

struct lwd_dsm_counts lwd_dsm_count(const struct lwd_dsm *dsm)
{
    return dsm->counts;
}

int lwd_dsm_set_home(struct lwd_dsm *dsm, void *at, size_t size, unsigned rank)
{
    size_t offset = (size_t)((char *)at - dsm->range), bytes = dsm->pages * DSM_PAGE_BYTES;

    if ((char *)at < dsm->range || offset % DSM_PAGE_BYTES || size % DSM_PAGE_BYTES || !size || offset > bytes ||
        size > bytes - offset || rank >= dsm->ranks)
        return -EINVAL;
    return dsm_pages_settle(dsm, offset / DSM_PAGE_BYTES, size / DSM_PAGE_BYTES, rank);
}

/* Nobody computes before all have the pages they want: who computes does not answer. */
int lwd_dsm_barrier(struct lwd_dsm *dsm)
{
    int error = dsm->error ? dsm->error : dsm_pages_release(dsm);

    if (error)
        return error;
    dsm->left = dsm->go = false;
    dsm_tell(dsm, DSM_ENTER, 0, NULL, 0);
    error = dsm_wait(dsm, dsm->left);
    if (!error)
        error = dsm_pages_acquire(dsm, true);
    if (error)
        return error;
    dsm_tell(dsm, DSM_READY, 0, NULL, 0);
    return dsm_wait(dsm, dsm->go);
}

/* What this rank wrote so far must not be forgotten with the pages that others wrote. */
int lwd_dsm_lock(struct lwd_dsm *dsm, unsigned lock)
{
    if (lock >= LWD_DSM_LOCKS)
        return -EINVAL;
    if (dsm->held >> lock & 1)
        return -EDEADLK;
    int error = dsm->error ? dsm->error : dsm_pages_release(dsm);

    if (error)
        return error;
    dsm->granted = false;
    dsm->lock_wanted = lock;
    dsm_tell(dsm, DSM_LOCK, lock, NULL, 0);
    error = dsm_wait(dsm, dsm->granted);
    if (error)
        return error;
    dsm->held |= 1UL << lock;
    return dsm_pages_acquire(dsm, false);
}

int lwd_dsm_unlock(struct lwd_dsm *dsm, unsigned lock)
{
    if (lock >= LWD_DSM_LOCKS)
        return -EINVAL;
    if (!(dsm->held >> lock & 1))
        return -EPERM;
    int error = dsm->error ? dsm->error : dsm_pages_release(dsm);

    if (error)
        return error;
    dsm->held &= ~(1UL << lock);
    dsm_tell(dsm, DSM_UNLOCK, lock, NULL, 0);
    return 0;
}

int lwd_dsm_close(struct lwd_dsm *dsm)
{
    int error = lwd_dsm_barrier(dsm);

    for (unsigned rank = 0; rank < dsm->ranks && !error; rank++)
        if (rank != dsm->rank)
            dsm_send(dsm, rank, DSM_END, 0, NULL, 0);
    int late = dsm_free(dsm);

    return error ? error : late;
}
