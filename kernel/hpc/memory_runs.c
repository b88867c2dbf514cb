/*
 * lwd/memory.h: runs of set bits, in whole words where words are empty or full.
 */
#include "lwd/memory.h"

/* The first bit from `at` on that is not `value`'s opposite: set if it is 0, clear if it is ~0. `pages` if there is none. */
static size_t find(const uint64_t *bitmap, size_t pages, size_t at, uint64_t inverted)
{
    while (at < pages) {
        uint64_t word = (bitmap[at / 64] ^ inverted) >> at % 64;

        if (word) {
            size_t found = at + (size_t)__builtin_ctzl(word);

            return found < pages ? found : pages;
        }
        at = (at / 64 + 1) * 64;
    }
    return pages;
}

bool lwd_memory_next_run(const uint64_t *bitmap, size_t pages, struct lwd_memory_run *run)
{
    size_t first = find(bitmap, pages, run->first + run->count, 0);
    size_t end = find(bitmap, pages, first, ~0UL);

    *run = (struct lwd_memory_run){ first, end - first };
    return first < pages;
}
