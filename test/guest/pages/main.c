/*
 * lwd/memory.h in a domain: the model (model.c), sharing in its shapes, wrong use, superpages, and at the end as much memory
 * as at the start. Handlers are in handlers.c.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <lwd/memory.h>

#include "model.h"
#include "verdict.h"

#define PAGE LWD_MEMORY_PAGE
#define BLOCK LWD_MEMORY_BLOCK
#define READ_WRITE (LWD_MEMORY_READ | LWD_MEMORY_WRITE)

static void say(const char *what, long page, long long is, long long should_be)
{
    fail("%s, page %ld: %lld and not %lld", what, page, is, should_be);
}

static void check_same_memory(size_t before)
{
    /* One empty page table is kept, or not, for what is mapped next. */
    check(lwd_memory_free() + PAGE >= before && lwd_memory_free() <= before + PAGE);
}

static char *reserve(size_t size)
{
    char *at = lwd_memory_reserve(size, BLOCK);

    check(at != NULL);
    check_equal((uintptr_t)at % BLOCK, 0);
    return at;
}

/* Memory comes into use as it is needed, and each 2 MiB of it takes a page to be described, for good. */
static void use_all_memory_once(void)
{
    size_t size = 1ul << 30;
    char *at = reserve(size);

    check_equal(lwd_memory_protect(at, size, READ_WRITE), 0);
    check_equal(lwd_memory_populate(at, size), -ENOMEM);
    check_equal(lwd_memory_release(at, size), 0);
}

TEST(random_operations_are_those_of_a_model)
{
    const struct model_world world = { .pick = random_below, .fail = say };

    use_all_memory_once();
    model_run(&world, 100);
    size_t before = lwd_memory_free();

    for (int i = 0; i < 6; i++) {
        model_run(&world, 400);
        check_same_memory(before);
    }
}

TEST(a_projection_can_be_larger_than_memory)
{
    size_t size = 4ul << 30, before;
    char *at = reserve(size);

    /* Tables above the lowest stay. */
    check_equal(lwd_memory_project(at, size, NULL, READ_WRITE), 0);
    check_equal(lwd_memory_discard(at, size), 0);
    before = lwd_memory_free();
    check_equal(lwd_memory_project(at, size, NULL, READ_WRITE), 0);
    check_same_memory(before);
    for (size_t i = 0; i < size; i += BLOCK / 2)
        check_equal(at[i], 0);
    check_equal(lwd_memory_private_pages(at, size), 0);
    for (size_t i = 0; i < 5; i++)
        at[i * (size / 5)] = (char)(i + 1);
    for (size_t i = 0; i < 5; i++)
        check_equal(at[i * (size / 5)], i + 1);
    check_equal(lwd_memory_private_pages(at, size), 5);
    check_equal(lwd_memory_release(at, size), 0);
    check_same_memory(before);
}

TEST(copies_of_copies_come_apart_in_any_order)
{
    enum { COPIES = 6 };
    char *copies[COPIES];
    size_t size = 2 * BLOCK + 40 * PAGE, before;

    for (int round = 0; round < 3; round++) {
        if (round == 1)
            before = lwd_memory_free();
        for (int i = 0; i < COPIES; i++)
            copies[i] = reserve(size);
        check_equal(lwd_memory_protect(copies[0], size, READ_WRITE), 0);
        memset(copies[0], 'a', size);
        for (int i = 1; i < COPIES; i++) {
            check_equal(lwd_memory_copy(copies[i], copies[(i - 1) / 2], size), 0);
            copies[i][BLOCK + (size_t)i * PAGE] = (char)('a' + i);
        }
        for (int i = 0; i < COPIES; i++) {
            int left = (i * 5 + round) % COPIES;

            for (int j = 1; j < COPIES; j++) {
                bool inherited = false;

                for (int ancestor = left; ancestor; ancestor = (ancestor - 1) / 2)
                    inherited |= ancestor == j;
                /* What an ancestor wrote before its copy was made is inherited: all of it was. */
                check_equal(copies[left][BLOCK + (size_t)j * PAGE], inherited ? 'a' + j : 'a');
            }
            check_equal(lwd_memory_release(copies[left], size), 0);
        }
    }
    check_same_memory(before);
}

TEST(dirty_pages_are_those_that_were_written)
{
    static uint64_t bitmap[3 * 512 / 64];
    size_t size = 3 * BLOCK;
    char *at = reserve(size);

    check_equal(lwd_memory_project(at, size, NULL, READ_WRITE), 0);
    check_equal(lwd_memory_populate(at, size), 0);
    check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY, bitmap, NULL), 0);
    for (size_t page = 3; page < 1536; page += 100)
        at[page * PAGE] = 1;
    for (int round = 0; round < 2; round++) {
        check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, bitmap, NULL), 16);
        for (size_t page = 0; page < 1536; page++)
            check_equal(bitmap[page / 64] >> page % 64 & 1, page % 100 == 3);
        check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY, bitmap, NULL), 0);
        for (size_t page = 3; page < 1536; page += 100)
            at[page * PAGE] = 2;
    }
    struct lwd_memory_run run = { 0 };

    memset(at + 700 * PAGE, 1, 90 * PAGE);
    lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, bitmap, NULL);
    for (size_t page = 3; page < 700; page += 100) {
        check(lwd_memory_next_run(bitmap, 1536, &run));
        check_equal(run.first, page);
        check_equal(run.count, 1);
    }
    check(lwd_memory_next_run(bitmap, 1536, &run));
    check_equal(run.first, 700);
    check_equal(run.count, 90);
    /* What is there counts, and what is dirty is cleared, wherever the range begins in a word. */
    for (size_t first = 0; first < 3; first++) {
        for (size_t page = first; page < 1536; page += 7)
            at[page * PAGE] = 3;
        check_equal(lwd_memory_scan(at + first * PAGE, size - first * PAGE, LWD_MEMORY_PRESENT | LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR,
                                    bitmap, NULL), 1536 - first);
        check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY, bitmap, NULL), 0);
    }
    check_equal(lwd_memory_release(at, size), 0);
}

TEST(superpages_where_there_are_any)
{
    size_t size = 4 * BLOCK, granularity;
    char *at = reserve(size);
    int result = lwd_memory_project(at, size, NULL, READ_WRITE | LWD_MEMORY_SUPERPAGES);

    if (result == -EOPNOTSUPP) {
        lwd_memory_release(at, size);
        verdict_skip("a PV domain has none");
    }
    size_t before = lwd_memory_free();
    char *copy = reserve(size);

    check_equal(result, 0);
    check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY, NULL, &granularity), 0);
    check_equal(granularity, BLOCK);
    at[BLOCK + 5] = 7;
    check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, NULL, NULL), 512);
    check_equal(lwd_memory_scan(at, size, LWD_MEMORY_DIRTY, NULL, NULL), 0);
    /* To clear a part of one is not to forget the rest. */
    at[3 * BLOCK] = 0;
    check_equal(lwd_memory_scan(at + 3 * BLOCK, 10 * PAGE, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, NULL, NULL), 10);
    check_equal(lwd_memory_scan(at + 3 * BLOCK, BLOCK, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, NULL, &granularity), 502);
    check_equal(granularity, PAGE);
    /* A copy shares them; writing takes apart what it is in, for the copy and the original alone. */
    check_equal(lwd_memory_copy(copy, at, size), 0);
    check_equal(lwd_memory_private_pages(at, size), 0);
    copy[BLOCK + 5] = 8;
    at[3 * PAGE] = 9;
    check_equal(copy[3 * PAGE], 0);
    check_equal(at[BLOCK + 5], 7);
    check_equal(lwd_memory_private_pages(at, size), 2);
    check_equal(lwd_memory_release(copy, size), 0);
    check_equal(lwd_memory_private_pages(at, size), 4 * 512);
    at[2 * BLOCK] = 1;
    check_equal(lwd_memory_scan(at + 2 * BLOCK, BLOCK, LWD_MEMORY_DIRTY, NULL, &granularity), 512);
    /* A part of one goes: the rest stays, page by page. */
    check_equal(lwd_memory_discard(at + 2 * BLOCK + PAGE, PAGE), 0);
    check_equal(at[2 * BLOCK], 1);
    check_equal(at[2 * BLOCK + PAGE], 0);
    check_equal(lwd_memory_release(at, size), 0);
    check(lwd_memory_free() + 4 * PAGE >= before + size);
}

/* With the first write, where they are wanted; from malloc() where the heap grows by whole blocks. */
TEST(superpages_on_demand)
{
    size_t size = 3 * BLOCK, granularity;
    char *at = mmap(reserve(size), size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    bool has_superpages = lwd_memory_project(at, BLOCK, NULL, READ_WRITE | LWD_MEMORY_SUPERPAGES) == 0;
    const uint64_t *entries[LWD_MEMORY_LEVELS];
    int pages = LWD_MEMORY_LEVELS, superpages = pages - has_superpages;

    check_equal(lwd_memory_walk(at, entries), has_superpages ? superpages : -EFAULT);
    check_equal(madvise(at, size, MADV_HUGEPAGE), 0);
    check_equal(lwd_memory_walk(at + BLOCK, entries), -EFAULT);
    check_equal(at[BLOCK], 0);
    check_equal(lwd_memory_walk(at + BLOCK, entries), pages);
    at[BLOCK + 9] = 9;
    check_equal(lwd_memory_walk(at + BLOCK, entries), superpages);
    check(*entries[superpages - 1] & 1);
    check_equal(lwd_memory_scan(at + BLOCK, BLOCK, LWD_MEMORY_DIRTY, NULL, &granularity), has_superpages ? 512 : 1);
    check_equal(granularity, has_superpages ? BLOCK : PAGE);
    check_equal(madvise(at, size, MADV_NOHUGEPAGE), 0);
    at[2 * BLOCK] = 1;
    check_equal(lwd_memory_walk(at + 2 * BLOCK, entries), pages);
    check_equal(at[BLOCK + 9], 9);
    check_equal(lwd_memory_release(at, size), 0);

    size_t before = lwd_memory_free();
    char *large = malloc(5 * BLOCK), *block = (char *)(((uintptr_t)large + BLOCK - 1) & -BLOCK);

    check(large != NULL);
    check_equal(lwd_memory_walk(block, entries), superpages);
    check_equal(lwd_memory_walk(block + BLOCK, entries), superpages);
    memset(large, 1, 5 * BLOCK);
    /* Of which a part goes back, and then the rest. */
    check(realloc(large, 2 * BLOCK + 5 * PAGE) == large);
    malloc_trim(0);
    for (size_t i = 0; i < 2 * BLOCK + 5 * PAGE; i++)
        check_equal(large[i], 1);
    check(lwd_memory_free() + 3 * BLOCK >= before);
    free(large);
    malloc_trim(0);
    check(lwd_memory_free() + 3 * PAGE >= before);
}

TEST(wrong_use_is_refused)
{
    char *at = reserve(BLOCK), page[PAGE];

    check(lwd_memory_reserve(0, PAGE) == NULL);
    check(lwd_memory_reserve(PAGE, 3 * PAGE) == NULL);
    check(lwd_memory_reserve(1ul << 60, PAGE) == NULL);
    check(lwd_memory_pattern_new(page, 3 * PAGE) == NULL);
    check(lwd_memory_pattern_new(page, 2 * BLOCK) == NULL);
    check_equal(lwd_memory_project(at, 0, NULL, READ_WRITE), -EINVAL);
    check_equal(lwd_memory_project(at + 1, PAGE, NULL, READ_WRITE), -EINVAL);
    check_equal(lwd_memory_project(at, SIZE_MAX & -PAGE, NULL, READ_WRITE), -EINVAL);
    check_equal(lwd_memory_project(at, BLOCK, NULL, 64), -EINVAL);
    check_equal(lwd_memory_project(at, 4 * BLOCK, NULL, READ_WRITE), -ENOMEM);
    check_equal(lwd_memory_project(page, PAGE, NULL, READ_WRITE), -EINVAL);
    check_equal(lwd_memory_copy(at + PAGE, at, 2 * PAGE), -EINVAL);
    check_equal(lwd_memory_copy(at, at + PAGE, PAGE), -EACCES);
    check_equal(lwd_memory_release(at, BLOCK), 0);
    check_equal(lwd_memory_release(at, BLOCK), -EINVAL);
    check_equal(lwd_memory_discard(at, BLOCK), -ENOMEM);
    check_equal(lwd_memory_scan(at, BLOCK, LWD_MEMORY_DIRTY, NULL, NULL), -ENOMEM);
}

TEST(too_little_memory_is_an_error)
{
    size_t size = 1ul << 30, before;
    char *at = reserve(size);

    for (int round = 0; round < 2; round++) {
        check_equal(lwd_memory_project(at, size, NULL, READ_WRITE), 0);
        check_equal(lwd_memory_populate(at, size), -ENOMEM);
        check_equal(lwd_memory_discard(at, size), 0);
        /* Page tables are made of memory as well. */
        check_equal(lwd_memory_protect(at, size, READ_WRITE), 0);
        if (round == 0)
            before = lwd_memory_free();
    }
    check_same_memory(before);
    check(lwd_memory_take(1ul << 30) == NULL);
    check_same_memory(before);
    check_equal(lwd_memory_release(at, size), 0);
}

TEST(mmap_is_of_the_same_kind)
{
    size_t size = 2 * BLOCK;
    char *from = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *to = reserve(size);

    check(from != MAP_FAILED);
    from[BLOCK] = 5;
    check_equal(lwd_memory_copy(to, from, size), 0);
    check_equal(munmap(from, size), 0);
    check_equal(to[BLOCK], 5);
    check_equal(to[0], 0);
    check_equal(lwd_memory_release(to, size), 0);
}

int main(void)
{
    return test_run_all();
}
