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

#define FRAMES 8192

static void say(const char *what, long page, long long is, long long should_be)
{
    fail("%s, page %ld: %lld and not %lld", what, page, is, should_be);
}

static const struct model_world world = { random_below, paging_read, paging_write, say };

TEST(random_operations_are_those_of_a_model)
{
    paging_start(FRAMES, false);
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

    paging_start(FRAMES, false);
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

    paging_start(FRAMES, false);
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
