/*
 * The pages of a distributed shared memory: what was written goes to the homes, what others wrote is forgotten, and what
 * is touched then comes from its home.
 */
#include "hpc/dsm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Pages that are asked for at a time. */
#define COMING_MAX 256

/* --- touched: pages that are not here --- */

static void ask_for(struct lwd_dsm *dsm, size_t page)
{
    dsm->state[page] |= DSM_COMING;
    dsm->coming++;
    dsm_send(dsm, dsm->home[page], DSM_GET, page, NULL, 0);
}

/* Only pages that are not at home have this handler; they are bare until they have come. */
static int answer_fault(void *argument, void *touched, unsigned access)
{
    struct lwd_dsm *dsm = argument;
    size_t page = (size_t)((char *)touched - dsm->range) / DSM_PAGE_BYTES;

    (void)access;
    if (dsm->error)
        return dsm->error;
    if (!(dsm->state[page] & DSM_COMING)) {
        ask_for(dsm, page);
        dsm->counts.pages_touched++;
    }
    thread_self()->locks++;
    int error = dsm_wait(dsm, !(dsm->state[page] & DSM_COMING));

    thread_self()->locks--;
    return error;
}

static int receive_page(struct lwd_dsm *dsm, unsigned from, const struct dsm_head *head, const uint8_t *data)
{
    static const _Alignas(DSM_PAGE_BYTES) uint8_t zeroes[DSM_PAGE_BYTES];
    size_t page = head->argument;

    if (page >= dsm->pages || dsm->home[page] != from || !(dsm->state[page] & DSM_COMING) ||
        (head->size && head->size != DSM_PAGE_BYTES))
        return -EBADMSG;
    if (dsm->state[page] & DSM_STALE) {
        dsm->state[page] &= ~DSM_STALE;
        dsm_send(dsm, from, DSM_GET, page, NULL, 0);
        return 0;
    }
    int error = lwd_memory_fill(dsm_page_at(dsm, page), head->size ? data : zeroes, DSM_PAGE_BYTES, LWD_MEMORY_WRITE);

    if (!error)
        error = lwd_memory_copy(dsm->twins + page * DSM_PAGE_BYTES, dsm_page_at(dsm, page), DSM_PAGE_BYTES);
    /* Whether it is used from now on says whether it will be wanted again. */
    if (!error)
        lwd_memory_scan(dsm_page_at(dsm, page), DSM_PAGE_BYTES, LWD_MEMORY_ACCESSED | LWD_MEMORY_CLEAR, NULL, NULL);
    dsm->coming--;
    dsm->state[page] = error ? 0 : DSM_CACHED;
    if (error)
        dsm_fail(dsm, error);
    wait_wake_all(&dsm->changed);
    return 0;
}

/* --- at home --- */

static int give_page(struct lwd_dsm *dsm, unsigned to, uint64_t page)
{
    if (page >= dsm->pages || dsm->home[page] != dsm->rank)
        return -EBADMSG;
    const char *at = dsm_page_at(dsm, page);
    bool is_there = lwd_memory_scan(at, DSM_PAGE_BYTES, LWD_MEMORY_PRESENT, NULL, NULL) > 0;

    dsm_send(dsm, to, DSM_PAGE, page, at, is_there ? DSM_PAGE_BYTES : 0);
    return 0;
}

/* What another rank wrote is not what this one did, though the processor says so. */
static int receive_diff(struct lwd_dsm *dsm, const struct dsm_head *head, const uint8_t *data)
{
    size_t page = head->argument;

    if (page >= dsm->pages || dsm->home[page] != dsm->rank)
        return -EBADMSG;
    char *at = dsm_page_at(dsm, page);
    bool was_written = lwd_memory_scan(at, DSM_PAGE_BYTES, LWD_MEMORY_DIRTY, NULL, NULL) > 0;
    int error = dsm_diff_apply(at, data, head->size);

    if (!was_written)
        lwd_memory_scan(at, DSM_PAGE_BYTES, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, NULL, NULL);
    return error;
}

/* --- release --- */

/* Sends what changed in a page that is not at home. False if nothing did. */
static bool send_changes(struct lwd_dsm *dsm, size_t page)
{
    static uint8_t diff[DSM_DIFF_MAX];
    char *twin = dsm->twins + page * DSM_PAGE_BYTES;
    size_t size = dsm_diff_make(dsm_page_at(dsm, page), twin, diff);

    if (!size)
        return false;
    dsm_send(dsm, dsm->home[page], DSM_DIFF, page, diff, size);
    dsm->counts.diffs++;
    dsm->counts.diff_bytes += size;
    int error = lwd_memory_copy(twin, dsm_page_at(dsm, page), DSM_PAGE_BYTES);

    if (error)
        dsm_fail(dsm, error);
    return true;
}

static void tell_notice(struct lwd_dsm *dsm, unsigned rank, const void *runs, size_t size)
{
    (void)rank;
    dsm_tell(dsm, DSM_NOTICE, 0, runs, size);
}

int dsm_pages_release(struct lwd_dsm *dsm)
{
    struct lwd_memory_run run = { 0 };
    uint64_t *written = dsm->touched, homes = 0;
    long count = lwd_memory_scan(dsm->range, dsm->pages * DSM_PAGE_BYTES, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, written, NULL);

    if (count < 0)
        return (int)count;
    while (lwd_memory_next_run(written, dsm->pages, &run))
        for (size_t page = run.first; page < run.first + run.count; page++) {
            if (dsm->home[page] == dsm->rank)
                continue;
            dsm_wait_for_room(dsm, dsm->home[page]);
            if (send_changes(dsm, page))
                homes |= 1UL << dsm->home[page];
            else
                written[page / 64] &= ~(1UL << page % 64);
        }
    for (unsigned rank = 0; rank < dsm->ranks; rank++)
        if (homes >> rank & 1) {
            dsm->flushes++;
            dsm_send(dsm, rank, DSM_FLUSH, 0, NULL, 0);
        }
    int error = dsm_wait(dsm, dsm->flushes == 0);

    if (!error)
        dsm_send_notices(dsm, written, tell_notice, 0);
    return error;
}

/* --- acquire --- */

static int forget(struct lwd_dsm *dsm, size_t page)
{
    dsm->state[page] &= ~DSM_CACHED;
    int error = lwd_memory_discard(dsm_page_at(dsm, page), DSM_PAGE_BYTES);

    return error ? error : lwd_memory_discard(dsm->twins + page * DSM_PAGE_BYTES, DSM_PAGE_BYTES);
}

/* A page that others wrote. */
static int renew(struct lwd_dsm *dsm, size_t page, bool fetch)
{
    if (dsm->home[page] == dsm->rank)
        return 0;
    if (dsm->state[page] & DSM_COMING) {
        dsm->state[page] |= DSM_STALE;
        return 0;
    }
    if (!(dsm->state[page] & DSM_CACHED))
        return 0;
    int error = forget(dsm, page);

    if (error || !fetch)
        return error;
    error = dsm_wait(dsm, dsm->coming < COMING_MAX);
    if (error)
        return error;
    dsm->counts.pages_foreseen++;
    ask_for(dsm, page);
    return 0;
}

int dsm_pages_acquire(struct lwd_dsm *dsm, bool foreseen)
{
    struct lwd_memory_run run = { 0 };
    uint64_t *used = dsm->touched;
    int error = 0;

    if (foreseen)
        lwd_memory_scan(dsm->range, dsm->pages * DSM_PAGE_BYTES, LWD_MEMORY_ACCESSED, used, NULL);
    while (!error && lwd_memory_next_run(dsm->noticed, dsm->pages, &run))
        for (size_t page = run.first; page < run.first + run.count && !error; page++)
            error = renew(dsm, page, foreseen && used[page / 64] >> page % 64 & 1);
    memset(dsm->noticed, 0, dsm_bitmap_words(dsm) * sizeof *dsm->noticed);
    return error || !foreseen ? error : dsm_wait(dsm, dsm->coming == 0);
}

/* --- frames --- */

static int let(struct lwd_dsm *dsm, bool *what)
{
    *what = true;
    wait_wake_all(&dsm->changed);
    return 0;
}

int dsm_pages_receive(struct lwd_dsm *dsm, unsigned from, const struct dsm_head *head, const uint8_t *data)
{
    bool from_coordinator = from == 0;

    switch (head->type) {
    case DSM_DIFF:
        return receive_diff(dsm, head, data);
    case DSM_FLUSH:
        dsm_send(dsm, from, DSM_FLUSHED, 0, NULL, 0);
        return 0;
    case DSM_FLUSHED:
        if (!dsm->flushes)
            return -EBADMSG;
        dsm->flushes--;
        wait_wake_all(&dsm->changed);
        return 0;
    case DSM_GET:
        return give_page(dsm, from, head->argument);
    case DSM_PAGE:
        return receive_page(dsm, from, head, data);
    case DSM_NOTICE:
        return from_coordinator ? dsm_runs_set(dsm->noticed, dsm->pages, data, head->size) : -EBADMSG;
    case DSM_LEAVE:
        return from_coordinator ? let(dsm, &dsm->left) : -EBADMSG;
    case DSM_GO:
        return from_coordinator ? let(dsm, &dsm->go) : -EBADMSG;
    case DSM_GRANT:
        return from_coordinator && head->argument == dsm->lock_wanted ? let(dsm, &dsm->granted) : -EBADMSG;
    default:
        return -EBADMSG;
    }
}

/* --- the range --- */

int dsm_pages_settle(struct lwd_dsm *dsm, size_t first, size_t count, unsigned rank)
{
    char *at = dsm_page_at(dsm, first);
    size_t size = count * DSM_PAGE_BYTES;
    bool here = rank == dsm->rank;
    int error = lwd_memory_set_handler(at, size, here ? NULL : answer_fault, dsm);

    if (!error)
        error = here ? lwd_memory_project(at, size, NULL, LWD_MEMORY_WRITE) : lwd_memory_discard(at, size);
    for (size_t page = first; !error && page < first + count; page++)
        dsm->home[page] = (uint8_t)rank;
    return error;
}

int dsm_pages_init(struct lwd_dsm *dsm, size_t size)
{
    dsm->pages = size / DSM_PAGE_BYTES;
    dsm->range = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);
    dsm->twins = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);
    dsm->home = calloc(2, dsm->pages);
    dsm->touched = calloc(2 * dsm_bitmap_words(dsm), sizeof(uint64_t));
    if (!dsm->range || !dsm->twins || !dsm->home || !dsm->touched)
        return -ENOMEM;
    dsm->state = dsm->home + dsm->pages;
    dsm->noticed = dsm->touched + dsm_bitmap_words(dsm);
    int error = 0;

    for (unsigned rank = 0; rank < dsm->ranks && !error; rank++) {
        size_t first = dsm->pages * rank / dsm->ranks, end = dsm->pages * (rank + 1) / dsm->ranks;

        error = first < end ? dsm_pages_settle(dsm, first, end - first, rank) : 0;
    }
    return error;
}

void dsm_pages_free(struct lwd_dsm *dsm)
{
    if (dsm->range)
        lwd_memory_release(dsm->range, dsm->pages * DSM_PAGE_BYTES);
    if (dsm->twins)
        lwd_memory_release(dsm->twins, dsm->pages * DSM_PAGE_BYTES);
    free(dsm->home);
    free(dsm->touched);
}
