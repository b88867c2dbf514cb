/*
 * lwd/memory.h on a made processor (paging.h): the model of test/guest/pages, and what can only be seen from outside: the
 * number of changes, and that every frame and reference comes back.
 */
#include <lwd/memory.h>

#include <errno.h>

#include "../../guest/pages/model.h"
#include "mm/frame.h"
#include "paging.h"
#include "verdict.h"

/* Of which 2 GiB are in aligned pieces of 1 GiB; what is not written takes no memory of the machine. */
#define FRAMES (3 << 18)
#define GIGABYTE (1ul << 30)

static void say(const char *what, long page, long long is, long long should_be)
{
    fail("%s, page %ld: %lld and not %lld", what, page, is, should_be);
}

static const struct model_world world = { .pick = random_below, .read = paging_read, .write = paging_write, .fail = say };

TEST(random_operations_are_those_of_a_model)
{
    paging_start(FRAMES);
    model_run(&world, 100);
    pfn_t before = frame_count_free();

    for (int i = 0; i < 30; i++) {
        model_run(&world, 600);
        /* One empty table is kept, or not, for what is mapped next. */
        check(frame_count_free() + 1 >= before && frame_count_free() <= before + 1);
    }
}

/* What is touched in order is met with more and more pages at a time. */
TEST(fresh_memory_written_in_order_takes_few_faults)
{
    const size_t pages = 256;

    paging_start(FRAMES);
    uint64_t *at = lwd_memory_reserve(pages * LWD_MEMORY_PAGE, LWD_MEMORY_PAGE);

    check(at != NULL);
    check_equal(lwd_memory_project(at, pages * LWD_MEMORY_PAGE, NULL, LWD_MEMORY_WRITE), 0);
    unsigned long before = paging_commits;

    for (size_t i = 0; i < pages; i++)
        check(paging_write(at + i * LWD_MEMORY_PAGE / sizeof *at, i));
    check(paging_commits - before < 20);
    check_equal(lwd_memory_release(at, pages * LWD_MEMORY_PAGE), 0);
}

/* A right is granted without the processor being told: it faults once by what it remembers, and not again. */
TEST(a_write_that_was_permitted_since_is_tried_again)
{
    uint64_t value = 0;

    paging_start(FRAMES);
    uint64_t *at = lwd_memory_reserve(LWD_MEMORY_PAGE, LWD_MEMORY_PAGE);

    check(at != NULL);
    check_equal(lwd_memory_project(at, LWD_MEMORY_PAGE, NULL, LWD_MEMORY_WRITE), 0);
    check(paging_write(at, 1));
    check_equal(lwd_memory_permit(at, LWD_MEMORY_PAGE, LWD_MEMORY_READ), 0);
    check(paging_read(at, &value) && value == 1);
    check_equal(lwd_memory_permit(at, LWD_MEMORY_PAGE, LWD_MEMORY_WRITE), 0);
    check(paging_write(at, 2));
    check(paging_read(at, &value) && value == 2);
    check_equal(lwd_memory_release(at, LWD_MEMORY_PAGE), 0);
}

static char *gigabyte;

static void *middle_of_a_gigabyte(size_t size)
{
    size_t granularity;

    gigabyte = lwd_memory_reserve(GIGABYTE, GIGABYTE);
    check(gigabyte != NULL);
    check_equal(lwd_memory_project(gigabyte, GIGABYTE, NULL, LWD_MEMORY_WRITE | LWD_MEMORY_GIGABYTES), 0);
    check_equal(lwd_memory_scan(gigabyte, GIGABYTE, LWD_MEMORY_PRESENT, NULL, &granularity), GIGABYTE / LWD_MEMORY_PAGE);
    check_equal(granularity, GIGABYTE);
    check_equal(lwd_memory_private_pages(gigabyte + size, size), size / LWD_MEMORY_PAGE);
    return gigabyte + GIGABYTE / 2;
}

static void release_the_rest(size_t size)
{
    size_t granularity;

    /* By now it has been taken apart, and only where it had to be into pages. */
    check_equal(lwd_memory_scan(gigabyte, GIGABYTE / 2, LWD_MEMORY_PRESENT, NULL, &granularity),
                GIGABYTE / 2 / LWD_MEMORY_PAGE);
    check_equal(granularity, LWD_MEMORY_BLOCK);
    check_equal(lwd_memory_release(gigabyte, GIGABYTE / 2), 0);
    check_equal(lwd_memory_release(gigabyte + GIGABYTE / 2 + size, GIGABYTE / 2 - size), 0);
}

/* Random operations in the middle of 1 GiB that one entry shows at first. */
TEST(a_superpage_of_1_gib_comes_apart_as_it_has_to)
{
    static const struct model_world within = {
        .pick = random_below, .read = paging_read, .write = paging_write, .zeroes = middle_of_a_gigabyte, .fail = say,
    };
    const size_t arena = 8ul << 20;
    pfn_t before = 0;

    paging_start(FRAMES);
    /* Regions, as many as there can be, and the zeroes; and the first round leaves tables and the list of what is folded. */
    model_run(&world, 1);
    for (int i = 0; i < 4; i++) {
        model_run(&within, 40u << 2 * i);
        release_the_rest(arena);
        if (i)
            check(frame_count_free() + 1 >= before && frame_count_free() <= before + 1);
        else
            before = frame_count_free();
    }
}

/* Dirty as a whole, cleared as a whole; a part of it takes it apart, and loses nothing of the rest. */
TEST(dirty_bits_of_1_gib)
{
    const size_t pages = GIGABYTE / LWD_MEMORY_PAGE;
    const unsigned find = LWD_MEMORY_DIRTY, take = LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR;
    size_t granularity;

    paging_start(FRAMES);
    uint64_t *at = middle_of_a_gigabyte(LWD_MEMORY_BLOCK), *word = at + 12345;

    at = (uint64_t *)gigabyte;
    check_equal(lwd_memory_scan(at, GIGABYTE, find, NULL, NULL), 0);
    check(paging_write(word, 7));
    check_equal(lwd_memory_scan(at, LWD_MEMORY_PAGE, find, NULL, &granularity), 1);
    check_equal(granularity, GIGABYTE);
    check_equal(lwd_memory_scan(at, GIGABYTE, take, NULL, NULL), pages);
    check_equal(lwd_memory_scan(at, GIGABYTE, take, NULL, NULL), 0);
    check(paging_write(word, 8));
    check_equal(lwd_memory_scan(at, 3 * LWD_MEMORY_PAGE, take, NULL, NULL), 3);
    check_equal(lwd_memory_scan(at, GIGABYTE, take, NULL, &granularity), pages - 3);
    check_equal(granularity, LWD_MEMORY_BLOCK);
    check_equal(lwd_memory_scan(at, GIGABYTE, find, NULL, NULL), 0);
    check_equal(lwd_memory_release(at, GIGABYTE), 0);
}

TEST(a_superpage_comes_with_the_first_write_where_it_is_wanted)
{
    const size_t size = 3 * LWD_MEMORY_BLOCK;
    uint64_t value = 1;
    size_t granularity;

    paging_start(FRAMES);
    char *at = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);

    check(at != NULL);
    check_equal(lwd_memory_protect(at, size, LWD_MEMORY_WRITE), 0);
    check_equal(lwd_memory_want_superpages(at, 2 * LWD_MEMORY_BLOCK, true), 0);
    check(paging_read((uint64_t *)at, &value) && value == 0);
    check_equal(lwd_memory_private_pages(at, size), 0);
    check(paging_write((uint64_t *)(at + 5 * LWD_MEMORY_PAGE), 6));
    check_equal(lwd_memory_private_pages(at, size), 512);
    check_equal(lwd_memory_scan(at, LWD_MEMORY_BLOCK, LWD_MEMORY_DIRTY, NULL, &granularity), 512);
    check_equal(granularity, LWD_MEMORY_BLOCK);
    check_equal(lwd_memory_populate(at, size), 0);
    lwd_memory_scan(at + LWD_MEMORY_BLOCK, LWD_MEMORY_BLOCK, LWD_MEMORY_PRESENT, NULL, &granularity);
    check_equal(granularity, LWD_MEMORY_BLOCK);
    lwd_memory_scan(at + 2 * LWD_MEMORY_BLOCK, LWD_MEMORY_BLOCK, LWD_MEMORY_PRESENT, NULL, &granularity);
    check_equal(granularity, LWD_MEMORY_PAGE);
    check_equal(lwd_memory_release(at, size), 0);
}

TEST(superpages_are_as_large_as_the_processor_has_them)
{
    const unsigned access = LWD_MEMORY_WRITE | LWD_MEMORY_GIGABYTES;
    size_t granularity;

    paging_start(FRAMES);
    char *at = lwd_memory_reserve(GIGABYTE, GIGABYTE);

    check(at != NULL);
    paging_superpage_levels = 2;
    check_equal(lwd_memory_project(at, GIGABYTE, NULL, access), 0);
    check_equal(lwd_memory_scan(at, GIGABYTE, LWD_MEMORY_PRESENT, NULL, &granularity), GIGABYTE / LWD_MEMORY_PAGE);
    check_equal(granularity, LWD_MEMORY_BLOCK);
    /* What is there stays when it is refused. */
    check(paging_write((uint64_t *)at, 5));
    paging_superpage_levels = 1;
    check_equal(lwd_memory_project(at, GIGABYTE, NULL, access), -EOPNOTSUPP);
    check_equal(lwd_memory_want_superpages(at, GIGABYTE, true), 0);
    check_equal(lwd_memory_private_pages(at, GIGABYTE), GIGABYTE / LWD_MEMORY_PAGE);
    check_equal(lwd_memory_discard(at, LWD_MEMORY_BLOCK), 0);
    check(paging_write((uint64_t *)at, 6));
    check(lwd_memory_private_pages(at, LWD_MEMORY_BLOCK) < 512);
    check_equal(lwd_memory_release(at, GIGABYTE), 0);
}

/* The second block would have to come apart as well, for which there is no frame left. */
TEST(what_cannot_be_protected_whole_stays_as_it_was)
{
    const size_t half = LWD_MEMORY_BLOCK / 2;
    pfn_t frame, last = NO_FRAME;

    paging_start(16 << 9);
    char *at = lwd_memory_reserve(2 * LWD_MEMORY_BLOCK, LWD_MEMORY_BLOCK);

    check(at != NULL);
    check_equal(lwd_memory_protect(at, 2 * LWD_MEMORY_BLOCK, LWD_MEMORY_WRITE), 0);
    check_equal(lwd_memory_want_superpages(at, 2 * LWD_MEMORY_BLOCK, true), 0);
    check_equal(lwd_memory_populate(at, 2 * LWD_MEMORY_BLOCK), 0);
    check_equal(lwd_memory_protect(at, 2 * LWD_MEMORY_BLOCK, LWD_MEMORY_READ), 0);
    while ((frame = frame_alloc()) != NO_FRAME)
        last = frame;
    frame_free(last);
    check_equal(lwd_memory_protect(at + half, LWD_MEMORY_BLOCK, LWD_MEMORY_WRITE), -ENOMEM);
    check_equal(frame_count_free(), 0);
    for (size_t i = 0; i < 4; i++)
        check(!paging_write((uint64_t *)(at + i * half), i));
    frame_free(last - 1);
    check_equal(lwd_memory_protect(at + half, LWD_MEMORY_BLOCK, LWD_MEMORY_WRITE), 0);
    for (size_t i = 0; i < 4; i++)
        check_equal(paging_write((uint64_t *)(at + i * half), i), i == 1 || i == 2);
}
