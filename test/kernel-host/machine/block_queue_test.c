/*
 * lwd/block.h with a backend that says in which order it was asked: vectors, priorities, barriers, taking back, waiting,
 * and memory that stays granted.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/blkif.h>

#include "block_backend.h"
#include "drivers/blkfront.h"
#include "drivers/xenstore.h"
#include "verdict.h"
#include "xen/clock.h"

#define PAGES 20
/* More than the ring holds. */
#define MANY 200

static char *buffer;
static struct block_device *device;
static struct lwd_block_completions completions;
static struct lwd_block_request requests[MANY];
static struct lwd_block_request *list[MANY];

static void run(void (*function)(void *argument), bool keeps)
{
    buffer = machine_pages(PAGES);
    memset(buffer, 0, PAGES * PAGE_SIZE);
    xenstore_init();
    block_backend_begin(NULL);
    block_backend.keeps = keeps;
    store_write(BLOCK_BACK "/feature-persistent", "%d", keeps);
    random_bytes(block_backend.disk, BLOCK_DISK_BYTES);
    memset(&completions, 0, sizeof completions);
    machine_run(function, NULL);
}

static void sleep_for(uint64_t nanoseconds)
{
    uint64_t end = clock_monotonic() + nanoseconds;

    while (clock_monotonic() < end)
        thread_block(end);
}

static void expect_nothing_left(void)
{
    block_backend_vanish();
    sleep_for(NANOSECONDS_PER_SECOND);
    machine_let_go();
    lwd_block_close(device);
    for (int i = 0; i < 100 && lwd_block_open("xvda", &device) != -ENOENT; i++)
        sleep_for(NANOSECONDS_PER_SECOND);
    machine_recover_lost();
    machine_pages_free(buffer, PAGES);
    check_equal(machine_grants_used(), 0);
    check_equal(machine_frames_used(), 0);
}

static void prepare(unsigned i, enum lwd_block_operation operation, size_t size, int priority)
{
    requests[i] = (struct lwd_block_request){
        .operation = operation,
        .priority = priority,
        .offset = size ? i % 500 * 512 : 0,
        .size = size,
        .buffer = buffer,
        .completions = &completions,
    };
    list[i] = &requests[i];
}

/* What the backend did `before` the last one. */
static const struct block_done *done_before(unsigned before)
{
    return &block_backend.log[(block_backend.requests - 1 - before) % ARRAY_SIZE(block_backend.log)];
}

static void take_all(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct lwd_block_request *request = lwd_block_wait(&completions, UINT64_MAX);

        check(request != NULL);
        check_equal(request->error, 0);
    }
    check_equal(completions.due, 0);
    check(lwd_block_wait(&completions, UINT64_MAX) == NULL);
    check(lwd_block_poll(&completions) == NULL);
}

/* The ring is full of 128; of those that wait the last one is the most urgent. */
static void by_priority(void *unused)
{
    (void)unused;
    check_equal(lwd_block_open("/dev/xvda", &device), 0);
    for (unsigned i = 0; i < MANY; i++)
        prepare(i, LWD_BLOCK_READ, 512, (int)i);
    lwd_block_submit(device, list, MANY);
    check_equal(completions.due, MANY);
    take_all(MANY);
    /* They are in the list before any begins, so that all are sorted. */
    for (unsigned i = 0; i < 64; i++)
        check_equal(done_before(i)->sector, i);
    expect_nothing_left();
}

TEST(the_most_urgent_begins_first)
{
    run(by_priority, false);
}

static void in_order(void *unused)
{
    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    block_backend.reversed = true;
    for (unsigned i = 0; i < 10; i++)
        prepare(i, LWD_BLOCK_WRITE, 512, 0);
    prepare(10, LWD_BLOCK_BARRIER, 0, 0);
    for (unsigned i = 11; i < 20; i++)
        prepare(i, LWD_BLOCK_WRITE, 512, 9);
    lwd_block_submit(device, list, 20);
    take_all(20);
    for (unsigned i = 0; i < 20; i++) {
        const struct block_done *done = done_before(19 - i);

        check_equal(done->operation, i == 10 ? BLKIF_OP_FLUSH_DISKCACHE : BLKIF_OP_WRITE);
        if (i != 10)
            check_equal(done->sector < 10, i < 10);
    }
    expect_nothing_left();
}

TEST(a_barrier_is_an_order)
{
    run(in_order, false);
}

static void without_flush(void *unused)
{
    (void)unused;
    store_write(BLOCK_BACK "/feature-flush-cache", "0");
    check_equal(lwd_block_open("xvda", &device), 0);
    check(!lwd_block_facts(device)->can_flush);
    prepare(0, LWD_BLOCK_WRITE, 512, 0);
    prepare(1, LWD_BLOCK_BARRIER, 0, 0);
    prepare(2, LWD_BLOCK_WRITE, 512, 0);
    block_backend.reversed = true;
    lwd_block_submit(device, list, 3);
    take_all(3);
    check_equal(block_backend.requests, 2);
    check_equal(done_before(1)->sector, 0);
    expect_nothing_left();
}

TEST(a_barrier_with_nothing_to_flush_is_an_order_too)
{
    run(without_flush, false);
}

static void taken_back(void *unused)
{
    unsigned cancelled = 0;

    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    for (unsigned i = 0; i < MANY; i++)
        prepare(i, LWD_BLOCK_READ, 512, 0);
    lwd_block_submit(device, list, MANY);
    for (unsigned i = 0; i < MANY; i += 3)
        cancelled += lwd_block_cancel(device, &requests[i]);
    check_equal(cancelled, 24);
    for (unsigned i = 0; i < MANY; i++) {
        struct lwd_block_request *request = lwd_block_wait(&completions, UINT64_MAX);
        unsigned number = (unsigned)(request - requests);

        check_equal(request->error, number % 3 == 0 && number >= 128 ? -ECANCELED : 0);
        check(!lwd_block_cancel(device, request));
    }
    check_equal(block_backend.requests, MANY - cancelled);
    expect_nothing_left();
}

TEST(what_has_not_begun_is_taken_back)
{
    run(taken_back, false);
}

static unsigned called;

static void submit_next(struct lwd_block_request *request)
{
    called++;
    if (called == 50)
        return;
    struct lwd_block_request *const next[] = { request };

    lwd_block_submit(device, next, 1);
}

static void in_a_chain(void *unused)
{
    (void)unused;
    called = 0;
    check_equal(lwd_block_open("xvda", &device), 0);
    prepare(0, LWD_BLOCK_READ, 4096, 0);
    requests[0].done = submit_next;
    lwd_block_submit(device, list, 1);
    while (called < 50)
        sleep_for(1000);
    check_equal(completions.due, 0);
    check_equal(block_backend.requests, 50);
    /* Nobody is told, and it is carried out. */
    prepare(0, LWD_BLOCK_READ, 4096, 0);
    requests[0].completions = NULL;
    lwd_block_submit(device, list, 1);
    sleep_for(1000000);
    check_equal(block_backend.requests, 51);
    check(!machine_is_granted(buffer, PAGES * PAGE_SIZE));
    expect_nothing_left();
}

TEST(callbacks_submit)
{
    run(in_a_chain, false);
}

static void wrong(void *unused)
{
    static const struct { enum lwd_block_operation operation; uint64_t offset; size_t size; int error; } cases[] = {
        { LWD_BLOCK_READ, 1, 512, -EINVAL },
        { LWD_BLOCK_READ, 0, 513, -EINVAL },
        { LWD_BLOCK_WRITE, BLOCK_DISK_BYTES, 512, -EINVAL },
        { LWD_BLOCK_WRITE, UINT64_MAX - 511, 512, -EINVAL },
        { LWD_BLOCK_FLUSH, 512, 0, -EINVAL },
        { LWD_BLOCK_BARRIER, 0, 512, -EINVAL },
        { (enum lwd_block_operation)17, 0, 512, -EINVAL },
        { LWD_BLOCK_READ, 512, 0, 0 },
    };

    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        check_equal(lwd_block_transfer(device, cases[i].operation, cases[i].offset, buffer, cases[i].size),
                    cases[i].error);
    check_equal(block_backend.requests, 0);
    expect_nothing_left();
}

TEST(what_is_wrong_with_a_request_is_its_error)
{
    run(wrong, false);
}

static void too_late(void *unused)
{
    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    block_backend.deaf = true;
    prepare(0, LWD_BLOCK_READ, 512, 0);
    lwd_block_submit(device, list, 1);
    check(lwd_block_wait(&completions, clock_monotonic() + NANOSECONDS_PER_SECOND) == NULL);
    check_equal(completions.due, 1);
    /* Its disk goes away under it. */
    block_backend_vanish();
    check(lwd_block_wait(&completions, UINT64_MAX) == &requests[0]);
    check_equal(requests[0].error, -EIO);
    expect_nothing_left();
}

TEST(waiting_ends_in_time_and_when_the_disk_is_gone)
{
    run(too_late, false);
}

/* --- memory that stays granted --- */

/* What is transferred lies in kept memory, in the program's, at odd places, or across the end of the kept. */
static void any_memory(void *unused)
{
    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    char *kept = lwd_block_allocate(device, 6 * PAGE_SIZE), *other = lwd_block_allocate(device, 100);

    check(kept && other);
    for (unsigned i = 0; i < 300; i++) {
        size_t size = (1 + random_below(40)) * 512, at = random_below((BLOCK_DISK_BYTES - size) / 512) * 512;
        char *to = random_below(3) ? kept + random_below((6 * PAGE_SIZE - size) / 512) * 512 : buffer + random_below(9) * 512;

        if (i % 7 == 0 && to != kept && to != buffer)
            to -= 1;
        check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, at, to, size), 0);
        check(memcmp(to, block_backend.disk + at, size) == 0);
        random_bytes(to, size);
        check_equal(lwd_block_transfer(device, LWD_BLOCK_WRITE, at, to, size), 0);
        check(memcmp(to, block_backend.disk + at, size) == 0);
        check(!machine_is_granted(buffer, PAGES * PAGE_SIZE));
    }
    lwd_block_free(device, other);
    unsigned grants = machine_grants_used();

    for (unsigned i = 0; i < 30; i++) {
        lwd_block_free(device, kept);
        kept = lwd_block_allocate(device, 6 * PAGE_SIZE);
        check(kept != NULL && kept[0] == 0);
        check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, kept, 6 * PAGE_SIZE), 0);
        check(memcmp(kept, block_backend.disk, 6 * PAGE_SIZE) == 0);
    }
    check_equal(machine_grants_used(), grants);
    block_backend_vanish();
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, kept, 512), -EIO);
    sleep_for(20 * NANOSECONDS_PER_SECOND);
    check(lwd_block_allocate(device, 1) == NULL);
    /* It is still the program's. */
    memset(kept, 1, 6 * PAGE_SIZE);
    lwd_block_free(device, kept);
    expect_nothing_left();
}

TEST(any_memory_with_a_backend_that_keeps_what_it_maps)
{
    run(any_memory, true);
}

TEST(any_memory_with_one_that_does_not)
{
    run(any_memory, false);
}

static void as_much_as_there_is(void *unused)
{
    void *kept[8];
    unsigned count = 0;

    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    check(lwd_block_allocate(device, 0) == NULL);
    check(lwd_block_allocate(device, (BLK_AREA_PAGES + 1) * PAGE_SIZE) == NULL);
    check(lwd_block_allocate(device, SIZE_MAX) == NULL);
    while (count < 8 && (kept[count] = lwd_block_allocate(device, BLK_AREA_PAGES / 5 * PAGE_SIZE)))
        count++;
    check_equal(count, 5);
    /* Whatever is left, nothing of what fails is. */
    for (int left = 0; left < 3; left++) {
        unsigned frames = machine_frames_used(), grants = machine_grants_used();

        machine_frames_left = left;
        check(lwd_block_allocate(device, 9 * PAGE_SIZE) == NULL);
        machine_frames_left = -1;
        check_equal(machine_frames_used(), frames);
        check_equal(machine_grants_used(), grants);
    }
    while (count)
        lwd_block_free(device, kept[--count]);
    expect_nothing_left();
}

TEST(kept_memory_is_limited)
{
    run(as_much_as_there_is, false);
}
