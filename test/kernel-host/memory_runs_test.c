/*
 * lwd/memory.h's runs: against bits looked at one by one, in bitmaps of any length whose bits are rare, frequent, in long runs,
 * or end with their words; what lies behind the last page is nobody's.
 */
#include "lwd/memory.h"

#include "verdict.h"

#define WORDS 5

static bool is_set(const uint64_t *bitmap, size_t page)
{
    return bitmap[page / 64] >> page % 64 & 1;
}

static void check_runs(const uint64_t *bitmap, size_t pages)
{
    struct lwd_memory_run run = { 0 };

    for (size_t page = 0; page < pages;) {
        size_t end = page;

        while (end < pages && is_set(bitmap, end))
            end++;
        if (end == page) {
            page++;
            continue;
        }
        check(lwd_memory_next_run(bitmap, pages, &run));
        check_equal(run.first, page);
        check_equal(run.count, end - page);
        page = end;
    }
    check(!lwd_memory_next_run(bitmap, pages, &run));
    check_equal(run.first, pages);
    check_equal(run.count, 0);
}

TEST(runs_are_those_of_the_bits)
{
    for (unsigned round = 0; round < 20000; round++) {
        uint64_t bitmap[WORDS];
        unsigned density = (unsigned)random_below(6);

        for (size_t i = 0; i < WORDS; i++) {
            uint64_t one = random_bits(), other = random_bits();
            const uint64_t kinds[] = { 0, ~0UL, one & other & random_bits(), one | other | random_bits(), one, 1UL << 63 | 1 };

            bitmap[i] = kinds[random_below(2) ? density : random_below(6)];
        }
        check_runs(bitmap, random_below(WORDS * 64 + 1));
    }
}

TEST(neighbours_across_words_are_one_run)
{
    uint64_t bitmap[WORDS] = { 1UL << 5 | 1UL << 63, 1 | 1UL << 63, 0, 1UL << 63, ~0UL };

    check_runs(bitmap, WORDS * 64);
    check_runs(bitmap, WORDS * 64 - 1);
    check_runs(bitmap, 64);
    check_runs(bitmap, 0);
}
