/*
 * lwd/pager.h, on the disk xvda (test/e2e/paging.test.ts makes it): a range many times as large as the memory it
 * may have, compared with what was written to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <lwd/memory.h>
#include <lwd/pager.h>

#include "verdict.h"

#define MiB (1UL << 20)
#define SIZE (12 * MiB)
#define MEMORY MiB
#define UNIT (64UL << 10)
#define UNITS (SIZE / UNIT)

static struct lwd_pager_options options_of(int file)
{
    return (struct lwd_pager_options){ .file = file, .size = SIZE, .memory = MEMORY };
}

static struct lwd_pager *open_pager(const struct lwd_pager_options *changed)
{
    int file = open("/dev/xvda", O_RDWR);
    struct lwd_pager_options options = changed ? *changed : options_of(file);
    struct lwd_pager *pager;

    check(file >= 0);
    options.file = file;
    check_equal(lwd_pager_open(&options, &pager), 0);
    close(file);
    return pager;
}

static uint64_t value_at(size_t at, uint64_t round)
{
    return (at + 1) * 0x9e3779b97f4a7c15 + round;
}

TEST(more_than_memory_holds_is_there_and_comes_back)
{
    struct lwd_pager *pager = open_pager(NULL);
    uint64_t *words = lwd_pager_range(pager);

    for (size_t at = 0; at < SIZE / 8; at += 4093)
        words[at] = value_at(at, 1);
    for (size_t at = 0; at < SIZE / 8; at += 4093)
        check_equal(words[at], value_at(at, 1));
    struct lwd_pager_counts counts = lwd_pager_count(pager);

    check(counts.units_in_memory <= MEMORY / UNIT);
    check_equal(lwd_pager_close(pager), 0);
    pager = open_pager(NULL);
    words = lwd_pager_range(pager);
    for (size_t at = 0; at < SIZE / 8; at += 4093)
        check_equal(words[at], value_at(at, 1));
    counts = lwd_pager_count(pager);
    check_equal(counts.pages_written, 0);
    check_equal(lwd_pager_close(pager), 0);
    check_equal(counts.units_read, UNITS);
}

TEST(what_a_pager_took_it_gives_back)
{
    size_t before = lwd_memory_free();
    struct lwd_pager *pager = open_pager(NULL);
    volatile char *bytes = lwd_pager_range(pager);

    for (size_t unit = 0; unit < 10; unit++)
        bytes[unit * UNIT] = 1;
    check_equal(lwd_pager_close(pager), 0);
    check(lwd_memory_free() + 8 * LWD_MEMORY_PAGE >= before);
}

TEST(only_pages_that_were_written_are_written_back)
{
    struct lwd_pager *pager = open_pager(NULL);
    volatile uint64_t *words = lwd_pager_range(pager);
    uint64_t sum = 0;

    for (size_t unit = 0; unit < UNITS; unit++) {
        sum += words[unit * UNIT / 8];
        if (unit % 10 == 0)
            words[unit * UNIT / 8 + 600] = unit;
    }
    check_equal(lwd_pager_sync(pager), 0);
    check_equal(lwd_pager_count(pager).pages_written, (UNITS + 9) / 10);
    check_equal(lwd_pager_sync(pager), 0);
    check_equal(lwd_pager_count(pager).pages_written, (UNITS + 9) / 10);
    /* What was saved can be written again. */
    words[600] = 77;
    check_equal(lwd_pager_close(pager), 0);
    pager = open_pager(NULL);
    check_equal(((uint64_t *)lwd_pager_range(pager))[600], 77);
    check_equal(lwd_pager_close(pager), 0);
}

/* --- the application's policy --- */

static size_t chosen, first_chosen = (size_t)-1;

static size_t choose_highest(struct lwd_pager *pager)
{
    size_t unit = lwd_pager_units(pager);

    while (unit-- > 0 && !lwd_pager_in_memory(pager, unit))
        ;
    (*(size_t *)lwd_pager_policy_data(pager))++;
    if (first_chosen == (size_t)-1)
        first_chosen = unit;
    return unit;
}

TEST(the_application_says_what_goes_out)
{
    static const struct lwd_pager_policy highest = { .name = "highest", .choose = choose_highest };
    struct lwd_pager_options options = options_of(-1);

    options.policy = &highest;
    options.policy_data = &chosen;
    struct lwd_pager *pager = open_pager(&options);
    volatile char *bytes = lwd_pager_range(pager);

    for (size_t unit = 0; unit < MEMORY / UNIT + 3; unit++)
        (void)bytes[unit * UNIT];
    check_equal(chosen, 3);
    check_equal(first_chosen, MEMORY / UNIT - 1);
    check_equal(lwd_pager_close(pager), 0);
}

/* The reads of a loop over twice what memory holds. */
static uint64_t reads_of_loops(const struct lwd_pager_policy *policy)
{
    struct lwd_pager_options options = options_of(-1);

    options.policy = policy;
    struct lwd_pager *pager = open_pager(&options);
    volatile char *bytes = lwd_pager_range(pager);

    for (int round = 0; round < 4; round++)
        for (size_t unit = 0; unit < 2 * MEMORY / UNIT; unit++)
            (void)bytes[unit * UNIT];
    uint64_t reads = lwd_pager_count(pager).units_read;

    check_equal(lwd_pager_close(pager), 0);
    return reads;
}

TEST(a_loop_is_better_served_by_another_policy)
{
    uint64_t clock = reads_of_loops(&lwd_pager_clock), latest = reads_of_loops(&lwd_pager_latest);

    check_equal(clock, 4 * 2 * MEMORY / UNIT);
    check(latest < clock * 3 / 4);
}

/* --- hints --- */

TEST(what_is_read_ahead_is_there)
{
    struct lwd_pager *pager = open_pager(NULL);
    volatile char *bytes = lwd_pager_range(pager);

    check_equal(lwd_pager_read_ahead(pager, (const void *)bytes, 8 * UNIT), 0);
    /* What is on its way is not in memory yet. */
    for (int i = 0; i < 60000 && lwd_pager_count(pager).units_read < 8; i++) {
        check_equal(lwd_pager_count(pager).units_in_memory, lwd_pager_count(pager).units_read);
        usleep(100);
    }
    for (size_t unit = 0; unit < 8; unit++)
        (void)bytes[unit * UNIT];
    check_equal(lwd_pager_count(pager).faults, 0);
    check_equal(lwd_pager_put_out(pager, (const void *)bytes, 4 * UNIT), 0);
    check_equal(lwd_pager_count(pager).units_in_memory, 4);
    check_equal(lwd_pager_read_ahead(pager, (const void *)(bytes + SIZE), UNIT), -EINVAL);
    check_equal(lwd_pager_read_ahead(pager, (const void *)(bytes - 1), 1), -EINVAL);
    check_equal(lwd_pager_read_ahead(pager, (const void *)bytes, SIZE), 0);
    check_equal(lwd_pager_close(pager), 0);
}

/* --- several threads --- */

static uint64_t *shared;

static void *write_every_fourth(void *argument)
{
    size_t which = (size_t)argument;

    for (uint64_t round = 1; round <= 2; round++)
        for (size_t at = which; at < SIZE / 8; at += 8 * 997)
            shared[at] = value_at(at, round);
    return NULL;
}

TEST(threads_wait_for_their_own_pages)
{
    struct lwd_pager *pager = open_pager(NULL);
    pthread_t threads[4];

    shared = lwd_pager_range(pager);
    for (size_t i = 0; i < 4; i++)
        check_equal(pthread_create(&threads[i], NULL, write_every_fourth, (void *)i), 0);
    for (size_t i = 0; i < 4; i++)
        check_equal(pthread_join(threads[i], NULL), 0);
    for (size_t at = 0; at < SIZE / 8; at += 8 * 997)
        for (size_t which = 0; which < 4 && at + which < SIZE / 8; which++)
            check_equal(shared[at + which], value_at(at + which, 2));
    check_equal(lwd_pager_close(pager), 0);
}

/* --- bad use --- */

static sigjmp_buf out;

static void jump_out(int signal)
{
    siglongjmp(out, signal);
}

TEST(what_cannot_be_is_refused)
{
    int file = open("/dev/xvda", O_RDWR);
    struct lwd_pager_options options = options_of(file);
    struct lwd_pager *pager;

    options.size = UNIT + 1;
    check_equal(lwd_pager_open(&options, &pager), -EINVAL);
    options = options_of(file);
    options.unit = 5000;
    check_equal(lwd_pager_open(&options, &pager), -EINVAL);
    options = options_of(file);
    options.memory = 3 * UNIT;
    check_equal(lwd_pager_open(&options, &pager), -EINVAL);
    options = options_of(1000);
    check_equal(lwd_pager_open(&options, &pager), -EBADF);
    options = options_of(1);
    check_equal(lwd_pager_open(&options, &pager), -EINVAL);
    close(file);
}

TEST(a_range_that_is_only_read_refuses_to_be_written)
{
    struct lwd_pager_options options = options_of(-1);

    options.read_only = true;
    struct lwd_pager *pager = open_pager(&options);
    volatile char *bytes = lwd_pager_range(pager);
    char first = bytes[0];

    signal(SIGSEGV, jump_out);
    if (sigsetjmp(out, 1) == 0) {
        bytes[0] = (char)(first + 1);
        fail("it was written");
    }
    if (sigsetjmp(out, 1) == 0) {
        bytes[SIZE / 2] = 1;
        fail("it was written");
    }
    signal(SIGSEGV, SIG_DFL);
    check_equal(bytes[0], first);
    check_equal(lwd_pager_close(pager), 0);
}

int main(void)
{
    return test_run_all();
}
