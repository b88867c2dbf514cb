/*
 * Rank 0's part: who has come to the barrier, who has which lock, and which pages each rank has to be told of.
 */
#include "hpc/dsm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY LWD_DSM_RANKS

struct dsm_lock {
    unsigned holder;            /* a rank, or NOBODY */
    unsigned waiting;
    unsigned line[LWD_DSM_RANKS]; /* who waits, first come first */
};

struct dsm_coordinator {
    uint64_t here, ready;       /* ranks in the barrier, a bit each */
    struct dsm_lock lock[LWD_DSM_LOCKS];
    uint64_t *untold[];         /* for each rank: pages that others wrote and that it was not told of */
};

int dsm_coordinator_init(struct lwd_dsm *dsm)
{
    if (dsm->rank != 0)
        return 0;
    struct dsm_coordinator *coordinator = calloc(1, sizeof *coordinator + dsm->ranks * sizeof coordinator->untold[0]);

    dsm->coordinator = coordinator;
    if (!coordinator)
        return -ENOMEM;
    for (unsigned i = 0; i < LWD_DSM_LOCKS; i++)
        coordinator->lock[i].holder = NOBODY;
    for (unsigned rank = 0; rank < dsm->ranks; rank++) {
        coordinator->untold[rank] = calloc(dsm_bitmap_words(dsm), sizeof(uint64_t));
        if (!coordinator->untold[rank])
            return -ENOMEM;
    }
    return 0;
}

void dsm_coordinator_free(struct lwd_dsm *dsm)
{
    for (unsigned rank = 0; dsm->coordinator && rank < dsm->ranks; rank++)
        free(dsm->coordinator->untold[rank]);
    free(dsm->coordinator);
}

void dsm_tell(struct lwd_dsm *dsm, enum dsm_type type, uint64_t argument, const void *data, size_t size)
{
    struct dsm_head head = { .size = (uint32_t)size, .type = type, .argument = argument };

    if (dsm->rank != 0) {
        dsm_send(dsm, 0, type, argument, data, size);
        return;
    }
    int error = dsm_coordinator_receive(dsm, 0, &head, data);

    if (error)
        dsm_fail(dsm, error);
}

static void answer(struct lwd_dsm *dsm, unsigned rank, enum dsm_type type, uint64_t argument, const void *data, size_t size)
{
    struct dsm_head head = { .size = (uint32_t)size, .type = type, .argument = argument };

    if (rank == 0)
        dsm_pages_receive(dsm, 0, &head, data);
    else
        dsm_send(dsm, rank, type, argument, data, size);
}

void dsm_send_notices(struct lwd_dsm *dsm, uint64_t *bitmap,
                      void (*send)(struct lwd_dsm *dsm, unsigned rank, const void *runs, size_t size), unsigned rank)
{
    struct dsm_run runs[DSM_RUNS_MAX / 8];
    struct lwd_memory_run run = { 0 };
    size_t count = 0;

    while (lwd_memory_next_run(bitmap, dsm->pages, &run)) {
        runs[count++] = (struct dsm_run){ (uint32_t)run.first, (uint32_t)run.count };
        if (count == sizeof runs / sizeof runs[0]) {
            send(dsm, rank, runs, sizeof runs);
            count = 0;
        }
    }
    if (count)
        send(dsm, rank, runs, count * sizeof runs[0]);
    memset(bitmap, 0, dsm_bitmap_words(dsm) * sizeof *bitmap);
}

static void send_notice(struct lwd_dsm *dsm, unsigned rank, const void *runs, size_t size)
{
    answer(dsm, rank, DSM_NOTICE, 0, runs, size);
}

/* Tells a rank what others wrote, and then that it may go on. */
static void release(struct lwd_dsm *dsm, unsigned rank, enum dsm_type type, uint64_t argument)
{
    dsm_send_notices(dsm, dsm->coordinator->untold[rank], send_notice, rank);
    answer(dsm, rank, type, argument, NULL, 0);
}

static int receive_notice(struct lwd_dsm *dsm, unsigned from, const uint8_t *runs, size_t size)
{
    int error = 0;

    for (unsigned rank = 0; rank < dsm->ranks && !error; rank++)
        if (rank != from)
            error = dsm_runs_set(dsm->coordinator->untold[rank], dsm->pages, runs, size);
    return error;
}

/* Notes a rank that has come; once all have, `type` lets all go on. */
static int gather(struct lwd_dsm *dsm, uint64_t *ranks, unsigned from, enum dsm_type type)
{
    uint64_t all = ~0UL >> (64 - dsm->ranks);

    if (*ranks >> from & 1)
        return -EBADMSG;
    *ranks |= 1UL << from;
    if (*ranks != all)
        return 0;
    *ranks = 0;
    for (unsigned rank = 0; rank < dsm->ranks; rank++)
        release(dsm, rank, type, 0);
    return 0;
}

static void grant(struct lwd_dsm *dsm, unsigned number)
{
    struct dsm_lock *lock = &dsm->coordinator->lock[number];

    if (lock->holder != NOBODY || !lock->waiting)
        return;
    lock->holder = lock->line[0];
    lock->waiting--;
    memmove(lock->line, lock->line + 1, lock->waiting * sizeof lock->line[0]);
    release(dsm, lock->holder, DSM_GRANT, number);
}

static int wait_for_lock(struct lwd_dsm *dsm, unsigned from, uint64_t number)
{
    if (number >= LWD_DSM_LOCKS)
        return -EBADMSG;
    struct dsm_lock *lock = &dsm->coordinator->lock[number];

    if (lock->holder == from)
        return -EBADMSG;
    for (unsigned i = 0; i < lock->waiting; i++)
        if (lock->line[i] == from)
            return -EBADMSG;
    lock->line[lock->waiting++] = from;
    grant(dsm, (unsigned)number);
    return 0;
}

static int unlock(struct lwd_dsm *dsm, unsigned from, uint64_t number)
{
    if (number >= LWD_DSM_LOCKS || dsm->coordinator->lock[number].holder != from)
        return -EBADMSG;
    dsm->coordinator->lock[number].holder = NOBODY;
    grant(dsm, (unsigned)number);
    return 0;
}

int dsm_coordinator_receive(struct lwd_dsm *dsm, unsigned from, const struct dsm_head *head, const uint8_t *data)
{
    struct dsm_coordinator *coordinator = dsm->coordinator;

    if (!coordinator)
        return -EBADMSG;
    switch (head->type) {
    case DSM_NOTICE:
        return receive_notice(dsm, from, data, head->size);
    case DSM_ENTER:
        return gather(dsm, &coordinator->here, from, DSM_LEAVE);
    case DSM_READY:
        return gather(dsm, &coordinator->ready, from, DSM_GO);
    case DSM_LOCK:
        return wait_for_lock(dsm, from, head->argument);
    case DSM_UNLOCK:
        return unlock(dsm, from, head->argument);
    default:
        return -EBADMSG;
    }
}
