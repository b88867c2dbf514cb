/*
 * drivers/blkfront and all below it, with a backend that keeps to the protocol, one that tells a single lie, and one that
 * is gone in the middle: what the caller gets, and that nothing is left granted.
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

static char *buffer;
static struct block_device *device;

static void run(void (*function)(void *argument))
{
    buffer = machine_pages(PAGES);
    memset(buffer, 0, PAGES * PAGE_SIZE);
    xenstore_init();
    block_backend_begin(NULL);
    random_bytes(block_backend.disk, BLOCK_DISK_BYTES);
    machine_run(function, NULL);
}

static void sleep_for(uint64_t nanoseconds)
{
    uint64_t end = clock_monotonic() + nanoseconds;

    while (clock_monotonic() < end)
        thread_block(end);
}

/* The device goes away, and with it all that it had. */
static void expect_nothing_left(void)
{
    block_backend_vanish();
    lwd_block_close(device);
    for (int i = 0; i < 100 && lwd_block_open("xvda", &device) != -ENOENT; i++)
        sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(lwd_block_open("xvda", &device), -ENOENT);
    machine_pages_free(buffer, PAGES);
    check_equal(machine_grants_used(), 0);
    check_equal(machine_frames_used(), 0);
    check_equal(machine_ports_open(), 0);
}

static void transfers(void *unused)
{
    static const size_t sizes[] = { 512, 4096, 5120, 11 * 4096, 12 * 4096, 16 * 4096 };

    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    check_equal(lwd_block_facts(device)->size, BLOCK_DISK_BYTES);
    for (unsigned i = 0; i < 300; i++) {
        size_t size = sizes[random_below(ARRAY_SIZE(sizes))], at = random_below((BLOCK_DISK_BYTES - size) / 512) * 512;
        /* Some go through bounce pages. */
        char *to = buffer + random_below(3) * 512 + (random_below(2) ? 7 : 0);

        block_backend.reversed = random_below(2);
        check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, at, to, size), 0);
        check(memcmp(to, block_backend.disk + at, size) == 0);
        random_bytes(to, size);
        check_equal(lwd_block_transfer(device, LWD_BLOCK_WRITE, at, to, size), 0);
        check(memcmp(to, block_backend.disk + at, size) == 0);
        check(!machine_is_granted(buffer, PAGES * PAGE_SIZE));
    }
    check_equal(lwd_block_transfer(device, LWD_BLOCK_FLUSH, 0, NULL, 0), 0);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_DISCARD, 0, NULL, 4096), 0);
    expect_nothing_left();
}

TEST(an_honest_backend_and_any_alignment)
{
    run(transfers);
}

static void answers(void *unused)
{
    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    block_backend.status = BLKIF_RSP_ERROR;
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer, 4096), -EIO);
    block_backend.status = BLKIF_RSP_EOPNOTSUPP;
    check_equal(lwd_block_transfer(device, LWD_BLOCK_FLUSH, 0, NULL, 0), -EOPNOTSUPP);
    block_backend.status = -1234;
    check_equal(lwd_block_transfer(device, LWD_BLOCK_WRITE, 0, buffer, 4096), -EIO);
    block_backend.status = 77;
    check_equal(lwd_block_transfer(device, LWD_BLOCK_WRITE, 0, buffer, 4096), -EIO);
    block_backend.status = BLKIF_RSP_OKAY;
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, BLOCK_DISK_BYTES, buffer, 512), -EINVAL);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, UINT64_MAX - 511, buffer, 1024), -EINVAL);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 100, buffer, 512), -EINVAL);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer, 4096), 0);
    expect_nothing_left();
}

TEST(what_the_backend_says_of_a_request_is_its_error)
{
    run(answers);
}

/* --- one lie each --- */

static void (*tell_lie)(void);

static bool lying_turn(void)
{
    void (*lie)(void) = tell_lie;

    tell_lie = NULL;
    if (lie)
        lie();
    return lie != NULL || store_serve();
}

static void done(struct lwd_block_request *request)
{
    *(bool *)request->argument = true;
}

/* Two requests are on their way when the lie is told: both fail, as does all that comes later; nothing hangs. */
static void lied_to(void *unused)
{
    bool over[2] = { false, false };
    struct lwd_block_request requests[2];

    (void)unused;
    check_equal(lwd_block_open("xvda", &device), 0);
    bool (*honest)(void) = machine_turn;

    for (unsigned i = 0; i < 2; i++) {
        requests[i] = (struct lwd_block_request){
            .operation = LWD_BLOCK_READ, .offset = i * 65536, .size = 10 * PAGE_SIZE, .buffer = buffer + i * 10 * PAGE_SIZE,
            .done = done, .argument = &over[i],
        };
        lwd_block_submit(device, (struct lwd_block_request *[]){ &requests[i] }, 1);
    }
    machine_turn = lying_turn;
    /* It follows no states either, and is waited for some seconds. */
    sleep_for(30 * NANOSECONDS_PER_SECOND);
    check(over[0] && over[1]);
    check_equal(requests[1].error, -EIO);
    check(!machine_is_granted(buffer, PAGES * PAGE_SIZE));
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer, 512), -EIO);
    machine_turn = honest;
    machine_let_go();
    machine_recover_lost();
    expect_nothing_left();
}

static void run_lie(void (*lie)(void))
{
    tell_lie = lie;
    run(lied_to);
}

#define LIE_TEST(name, ...)             \
    static void tell_##name(void)       \
    {                                   \
        __VA_ARGS__;                    \
        block_backend_publish();        \
    }                                   \
    TEST(name)                          \
    {                                   \
        run_lie(tell_##name);           \
    }

LIE_TEST(an_id_out_of_range_ends_the_device, block_backend_respond(128, BLKIF_OP_READ, 0))
LIE_TEST(an_id_of_64_bits_ends_the_device, block_backend_respond(1ull << 32, BLKIF_OP_READ, 0))
LIE_TEST(an_id_that_is_not_due_ends_the_device, block_backend_respond(2, BLKIF_OP_READ, 0))
LIE_TEST(an_answer_to_another_operation_ends_the_device, block_backend_respond(0, BLKIF_OP_WRITE, 0))
LIE_TEST(too_many_answers_end_the_device, block_backend.produced += 3)
LIE_TEST(an_index_far_ahead_ends_the_device, block_backend.produced -= 1)
LIE_TEST(an_answer_given_twice_ends_the_device, block_backend_respond(0, BLKIF_OP_READ, 0);
         block_backend_respond(0, BLKIF_OP_READ, 0))
LIE_TEST(memory_that_is_kept_ends_the_device,
         for (grant_ref_t i = 0; i < MACHINE_GRANTS; i++) machine_hold(i, true);
         block_backend_respond(0, BLKIF_OP_READ, 0))
LIE_TEST(a_backend_that_is_gone_is_an_error, block_backend_vanish())

/* --- nodes that lie --- */

static const char *node_key, *node_value;

static void refused(void *unused)
{
    char path[128];

    (void)unused;
    snprintf(path, sizeof path, BLOCK_BACK "/%s", node_key);
    store_write(path, "%s", node_value);
    check_equal(lwd_block_open("xvda", &device), -EIO);
    block_backend_vanish();
    sleep_for(20 * NANOSECONDS_PER_SECOND);
    machine_pages_free(buffer, PAGES);
    check_equal(machine_grants_used(), 0);
    check_equal(machine_frames_used(), 0);
    check_equal(machine_ports_open(), 0);
}

static void taken(void *unused)
{
    char path[128];

    (void)unused;
    snprintf(path, sizeof path, BLOCK_BACK "/%s", node_key);
    store_write(path, "%s", node_value);
    check_equal(lwd_block_open("xvda", &device), 0);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer, 16 * PAGE_SIZE), 0);
    check(memcmp(buffer, block_backend.disk, 16 * PAGE_SIZE) == 0);
    expect_nothing_left();
}

#define NODE_TEST(name, body, key, value)       \
    TEST(name)                                  \
    {                                           \
        node_key = key;                         \
        node_value = value;                     \
        run(body);                              \
    }

NODE_TEST(sectors_of_no_bytes_are_refused, refused, "sector-size", "0")
NODE_TEST(sectors_of_three_bytes_are_refused, refused, "sector-size", "3")
NODE_TEST(huge_sectors_are_refused, refused, "sector-size", "1099511627776")
NODE_TEST(sectors_that_look_small_in_32_bits_are_refused, refused, "sector-size", "4294967808")
NODE_TEST(too_many_sectors_are_refused, refused, "sectors", "9223372036854775808")
NODE_TEST(a_huge_ring_is_not_made, taken, "max-ring-page-order", "30")
NODE_TEST(huge_requests_are_not_made, taken, "feature-max-indirect-segments", "4294967295")
NODE_TEST(no_indirect_requests_do_too, taken, "feature-max-indirect-segments", "none")

/* A disk that is on its way out and was never used: the toolstack waits for it, and gets it. */
static void on_its_way_out(void *unused)
{
    (void)unused;
    store_write(BLOCK_BACK "/online", "0");
    store_write(BLOCK_BACK "/state", "5");
    check_equal(lwd_block_open("xvda", &device), -ENXIO);
    sleep_for(NANOSECONDS_PER_SECOND);
    check_text(store_read(BLOCK_FRONT "/state"), "6");
    check_text(store_read(BLOCK_BACK "/state"), "6");
    machine_pages_free(buffer, PAGES);
    check_equal(machine_grants_used(), 0);
    check_equal(machine_frames_used(), 0);
}

TEST(a_disk_on_its_way_out_is_let_go)
{
    run(on_its_way_out);
}

/* --- no memory, no grants --- */

static void with_little_memory(void *unused)
{
    (void)unused;
    for (int left = 0; left < 6; left++) {
        machine_frames_left = left;
        int error = lwd_block_open("xvda", &device);

        machine_frames_left = -1;
        if (!error)
            break;
        check_equal(error, -ENOMEM);
        check_equal(machine_grants_used(), 0);
        check_equal(machine_frames_used(), PAGES);
        check_equal(machine_ports_open(), 0);
    }
    machine_frames_left = 0;
    /* Not aligned, and no page to copy through. */
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer + 1, 4096), -ENOMEM);
    check_equal(lwd_block_transfer(device, LWD_BLOCK_READ, 0, buffer, 16 * 4096), 0);
    machine_frames_left = -1;
    check(memcmp(buffer, block_backend.disk, 16 * 4096) == 0);
    expect_nothing_left();
}

TEST(no_memory_is_an_error)
{
    run(with_little_memory);
}
