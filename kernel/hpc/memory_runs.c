/*
 * lwd/memory.h: runs of set bits, in whole words where words are empty or full.
 */
#include "lwd/memory.h"

#include "core/bits.h"

/* Where the run ends that goes to the end of word `i` - 1. */
static size_t find_end(const uint64_t *bitmap, size_t pages, size_t i)
{
    while (i * 64 < pages && bitmap[i] == ~0UL)
        i++;
    return i * 64 < pages ? i * 64 + (size_t)__builtin_ctzl(~bitmap[i]) : pages;
}

static __attribute__((noinline)) bool find_run(const uint64_t *bitmap, size_t pages, struct lwd_memory_run *run)
{
    size_t at = run->first + run->count, i = at / 64;
    uint64_t word = at < pages ? bitmap[i] & ~0UL << at % 64 : 0;

    while (!word && (i + 1) * 64 < pages)
        word = bitmap[++i];
    size_t first = word ? i * 64 + (size_t)__builtin_ctzl(word) : pages;

    if (first >= pages) {
        *run = (struct lwd_memory_run){ pages, 0 };
        return false;
    }
    /* The sum carries through the run's bits into the one behind it. */
    uint64_t behind = word + (word & -word);
    size_t end = behind ? i * 64 + (size_t)__builtin_ctzl(behind) : find_end(bitmap, pages, i + 1);

    *run = (struct lwd_memory_run){ first, MIN(end, pages) - first };
    return true;
}

/* Mostly the next run begins and ends in the word where the last one ended. */
bool lwd_memory_next_run(const uint64_t *bitmap, size_t pages, struct lwd_memory_run *run)
{
    size_t at = run->first + run->count;
    uint64_t ahead = at < pages ? bitmap[at / 64] >> at % 64 : 0;

    if (ahead == 0 || ahead == ~0UL)
        return find_run(bitmap, pages, run);
    size_t first = at + (size_t)__builtin_ctzl(ahead);
    size_t count = (size_t)__builtin_ctzl(~(ahead >> __builtin_ctzl(ahead)));

    /* Behind the word's end are zeroes of the shift's. */
    if (first % 64 + count >= 64 || first + count > pages)
        return find_run(bitmap, pages, run);
    *run = (struct lwd_memory_run){ first, count };
    return true;
}
