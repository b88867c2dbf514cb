/*
 * Paging: the moves of a unit between a file and memory, and the page faults that ask for them. Beneath it are
 * lwd/memory.h and the file's operations.
 */
#include "hpc/pager.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"

#define DEFAULT_UNIT (64UL << 10)
#define LEAST_UNITS 4
/* A policy that names so many units in a row which are not in memory is taken to have no other. */
#define PATIENCE 64

static const struct wait_kind pager_wait = { .what = "a pager's disk", .from_outside = true };

/* Who reads or writes holds a unit: it is not made to end meanwhile, nor to handle signals. */
static void hold(void)
{
    thread_self()->locks++;
}

static void let_go(void)
{
    thread_self()->locks--;
}

static void set_state(struct lwd_pager *pager, size_t unit, enum unit_state state)
{
    pager->unit[unit].state = state;
    wait_wake_all(&pager->changed);
}

static int note(struct lwd_pager *pager, int error)
{
    if (error && !pager->error)
        pager->error = error;
    return error;
}

/* --- the file --- */

static int read_unit(struct lwd_pager *pager, size_t unit, char *pages)
{
    off_t at = pager->offset + (off_t)(unit * pager->unit_bytes);

    for (size_t done = 0; done < pager->unit_bytes;) {
        ssize_t part = pager->file->operations->read(pager->file, pages + done, pager->unit_bytes - done, at + (off_t)done);

        if (part < 0)
            return (int)part;
        if (part == 0) {
            memset(pages + done, 0, pager->unit_bytes - done);
            break;
        }
        done += (size_t)part;
    }
    return 0;
}

static int write_pages(struct lwd_pager *pager, const char *pages, size_t bytes)
{
    off_t at = pager->offset + (pages - pager->range);

    for (size_t done = 0; done < bytes;) {
        ssize_t part = pager->file->operations->write(pager->file, pages + done, bytes - done, at + (off_t)done);

        if (part <= 0)
            return part ? (int)part : -EIO;
        done += (size_t)part;
    }
    return 0;
}

/* --- out of memory --- */

/* Writing is stopped first: whoever writes meanwhile asks, and waits. The caller permits it again if the unit stays. */
static int write_back(struct lwd_pager *pager, size_t unit)
{
    uint64_t dirty[LWD_MEMORY_BLOCK / LWD_MEMORY_PAGE / 64];
    size_t pages = pager->unit_bytes / LWD_MEMORY_PAGE;
    struct lwd_memory_run run = { 0 };
    char *at = unit_at(pager, unit);
    bool *unsaved = &pager->unit[unit].unsaved;
    int error = 0;

    if (lwd_memory_scan(at, pager->unit_bytes, LWD_MEMORY_DIRTY, NULL, NULL) == 0 && !*unsaved)
        return 0;
    error = lwd_memory_permit(at, pager->unit_bytes, LWD_MEMORY_READ);
    if (error)
        return error;
    lwd_memory_scan(at, pager->unit_bytes, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, dirty, NULL);
    for (size_t word = 0; *unsaved && word < ARRAY_SIZE(dirty); word++)
        dirty[word] = ~0UL;
    while (!error && lwd_memory_next_run(dirty, pages, &run)) {
        error = write_pages(pager, at + run.first * LWD_MEMORY_PAGE, run.count * LWD_MEMORY_PAGE);
        pager->counts.pages_written += error ? 0 : run.count;
    }
    *unsaved = error != 0;
    return error;
}

/* Takes a unit that is in memory out of it. */
static int send_out(struct lwd_pager *pager, size_t unit)
{
    set_state(pager, unit, UNIT_GOING);
    int error = note(pager, write_back(pager, unit));

    if (!error)
        error = lwd_memory_discard(unit_at(pager, unit), pager->unit_bytes);
    if (error) {
        lwd_memory_permit(unit_at(pager, unit), pager->unit_bytes, pager->writable);
        set_state(pager, unit, UNIT_IN);
        return error;
    }
    pager->held--;
    set_state(pager, unit, UNIT_OUT);
    if (pager->policy->went)
        pager->policy->went(pager, unit);
    return 0;
}

/* Sends out what the policy names. -EAGAIN if nothing can go now, but may later; else why nothing can. */
static int make_room(struct lwd_pager *pager)
{
    int error = -EAGAIN, failed = 0;

    for (int i = 0; i < PATIENCE && error; i++) {
        size_t unit = pager->policy->choose(pager);

        if (unit >= pager->units || !lwd_pager_in_memory(pager, unit))
            continue;
        error = send_out(pager, unit);
        pager->unit[unit].kept = error != 0;
        failed += error != 0;
    }
    for (size_t unit = 0; failed && unit < pager->units; unit++)
        pager->unit[unit].kept = false;
    return error;
}

/* --- into memory --- */

static bool is_moving(const struct lwd_pager *pager, size_t unit)
{
    return pager->unit[unit].state == UNIT_COMING || pager->unit[unit].state == UNIT_GOING;
}

/* Is anything on its way, so that waiting for a change is no waiting for ever? */
static bool any_moves(const struct lwd_pager *pager)
{
    for (size_t unit = 0; unit < pager->units; unit++)
        if (is_moving(pager, unit))
            return true;
    return false;
}

static void wait_for_change(struct lwd_pager *pager)
{
    struct waiter waiter;

    wait_register(&pager->changed, &waiter);
    thread_block(NO_DEADLINE);
    wait_unregister(&waiter);
}

/* Reads a unit that is COMING into pages of its own, and shows them at once. */
static int fetch(struct lwd_pager *pager, size_t unit)
{
    char *pages = lwd_memory_take(pager->unit_bytes);

    if (!pages)
        return -ENOMEM;
    int error = read_unit(pager, unit, pages);

    if (!error)
        error = lwd_memory_publish(unit_at(pager, unit), pages, pager->unit_bytes, pager->writable);
    if (error)
        lwd_memory_give_back(pages, pager->unit_bytes);
    return error;
}

static int bring_in(struct lwd_pager *pager, size_t unit, bool patient)
{
    for (;;) {
        if (is_moving(pager, unit)) {
            wait_for_change(pager);
            continue;
        }
        if (pager->unit[unit].state == UNIT_IN)
            return 0;
        if (pager->held < pager->limit)
            break;
        int error = make_room(pager);

        if (error == -EAGAIN && patient && any_moves(pager))
            wait_for_change(pager);
        else if (error)
            return patient ? note(pager, error) : error;
    }
    pager->held++;
    pager->coming++;
    set_state(pager, unit, UNIT_COMING);
    int error = note(pager, fetch(pager, unit));

    pager->coming--;
    pager->held -= error != 0;
    pager->counts.units_read += error == 0;
    set_state(pager, unit, error ? UNIT_OUT : UNIT_IN);
    if (!error && pager->policy->came)
        pager->policy->came(pager, unit);
    return error;
}

int pager_bring_in(struct lwd_pager *pager, size_t unit, bool patient)
{
    hold();
    int error = bring_in(pager, unit, patient);

    let_go();
    return error;
}

/* A page that is not there, or that is written while it must not be because it goes out or is saved. */
static int answer_fault(void *argument, void *page, unsigned access)
{
    struct lwd_pager *pager = argument;
    size_t unit = (size_t)((char *)page - pager->range) / pager->unit_bytes;

    if (access == LWD_MEMORY_WRITE && pager->writable == LWD_MEMORY_READ)
        return -EACCES;
    pager->counts.faults++;
    return pager_bring_in(pager, unit, true);
}

/* --- what applications call --- */

static int check(const struct lwd_pager_options *options, size_t unit)
{
    size_t block = LWD_MEMORY_BLOCK;

    if (unit < LWD_MEMORY_PAGE || unit > block || (unit & (unit - 1)) || !options->size || options->size % unit ||
        options->memory / unit < LEAST_UNITS || options->offset < 0)
        return -EINVAL;
    return 0;
}

static int check_file(const struct open_file *file, bool read_only)
{
    if (!file->operations->seekable || !file->operations->read || (!read_only && !file->operations->write))
        return -EINVAL;
    return 0;
}

int lwd_pager_open(const struct lwd_pager_options *options, struct lwd_pager **made)
{
    size_t unit = options->unit ? options->unit : DEFAULT_UNIT;
    int error = check(options, unit);

    if (error)
        return error;
    struct open_file *file = file_get(options->file);

    if (!file)
        return -EBADF;
    error = check_file(file, options->read_only);
    size_t units = options->size / unit;
    struct lwd_pager *pager = error ? NULL : calloc(1, sizeof *pager + units * sizeof pager->unit[0]);

    if (!error && !pager)
        error = -ENOMEM;
    if (error)
        goto out;
    *pager = (struct lwd_pager){
        .file = file, .policy = options->policy ? options->policy : &lwd_pager_clock,
        .policy_data = options->policy_data, .offset = options->offset, .unit_bytes = unit, .units = units,
        .limit = options->memory / unit, .writable = options->read_only ? LWD_MEMORY_READ : LWD_MEMORY_WRITE,
    };
    wait_queue_init_kind(&pager->changed, &pager_wait);
    error = -ENOMEM;
    pager->range = lwd_memory_reserve(options->size, LWD_MEMORY_BLOCK);
    if (pager->range)
        error = lwd_memory_set_handler(pager->range, options->size, answer_fault, pager);
    if (error && pager->range)
        lwd_memory_release(pager->range, options->size);
out:
    if (error) {
        free(pager);
        file_put(file);
        return error;
    }
    *made = pager;
    return 0;
}

int lwd_pager_sync(struct lwd_pager *pager)
{
    int error = 0;

    hold();
    for (size_t unit = 0; unit < pager->units; unit++) {
        while (is_moving(pager, unit))
            wait_for_change(pager);
        if (pager->unit[unit].state != UNIT_IN)
            continue;
        set_state(pager, unit, UNIT_GOING);
        int failed = note(pager, write_back(pager, unit));

        lwd_memory_permit(unit_at(pager, unit), pager->unit_bytes, pager->writable);
        set_state(pager, unit, UNIT_IN);
        error = error ? error : failed;
    }
    if (!error && pager->writable == LWD_MEMORY_WRITE && pager->file->operations->sync)
        error = note(pager, pager->file->operations->sync(pager->file));
    let_go();
    return error;
}

int lwd_pager_close(struct lwd_pager *pager)
{
    pager_stop_readers(pager);
    int error = lwd_pager_sync(pager);

    if (error) {
        pager->closing = false;
        return error;
    }
    lwd_memory_release(pager->range, pager->units * pager->unit_bytes);
    file_put(pager->file);
    free(pager);
    return 0;
}

int lwd_pager_put_out(struct lwd_pager *pager, const void *at, size_t size)
{
    size_t end = pager->units * pager->unit_bytes, offset = (size_t)((const char *)at - pager->range);
    int error = 0;

    if ((const char *)at < pager->range || offset > end || size > end - offset)
        return -EINVAL;
    hold();
    /* Only units that lie in the range whole. */
    for (size_t unit = DIV_ROUND_UP(offset, pager->unit_bytes); (unit + 1) * pager->unit_bytes <= offset + size; unit++)
        if (pager->unit[unit].state == UNIT_IN) {
            int failed = send_out(pager, unit);

            error = error ? error : failed;
        }
    let_go();
    return error;
}

void *lwd_pager_range(const struct lwd_pager *pager)
{
    return pager->range;
}

struct lwd_pager_counts lwd_pager_count(const struct lwd_pager *pager)
{
    struct lwd_pager_counts counts = pager->counts;

    counts.units_in_memory = pager->held - pager->coming;
    return counts;
}

int lwd_pager_error(struct lwd_pager *pager)
{
    int error = pager->error;

    pager->error = 0;
    return error;
}

/* --- policies --- */

bool lwd_pager_in_memory(const struct lwd_pager *pager, size_t unit)
{
    return unit < pager->units && pager->unit[unit].state == UNIT_IN && !pager->unit[unit].kept;
}

size_t lwd_pager_units(const struct lwd_pager *pager)
{
    return pager->units;
}

bool lwd_pager_was_used(struct lwd_pager *pager, size_t unit)
{
    return lwd_memory_scan(unit_at(pager, unit), pager->unit_bytes, LWD_MEMORY_ACCESSED | LWD_MEMORY_CLEAR, NULL, NULL) > 0;
}

void *lwd_pager_policy_data(const struct lwd_pager *pager)
{
    return pager->policy_data;
}
