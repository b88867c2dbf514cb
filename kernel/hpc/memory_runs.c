/*
 * lwd/memory.h: runs of set bits, in whole words where words are empty or full.
 */
#include "lwd/memory.h"

#include "core/bits.h"

#define WORD 64

/* The word's bits that stand for pages. */
static uint64_t word_at(const uint64_t *bitmap, size_t pages, size_t i)
{
    size_t left = pages - i * WORD;

    return likely(left >= WORD) ? bitmap[i] : bitmap[i] & ~(~0UL << left);
}

/* Where the run ends that goes to the end of word `i` - 1. */
static size_t find_end(const uint64_t *bitmap, size_t pages, size_t i)
{
    while (i * WORD < pages && bitmap[i] == ~0UL)
        i++;
    return i * WORD < pages ? i * WORD + (size_t)__builtin_ctzl(~word_at(bitmap, pages, i)) : pages;
}

struct lwd_memory_run lwd_memory_find_runs(const uint64_t *bitmap, size_t pages, size_t at)
{
    size_t i = at / WORD;
    uint64_t word = at < pages ? word_at(bitmap, pages, i) & ~0UL << at % WORD : 0;

    while (!word && (i + 1) * WORD < pages)
        word = word_at(bitmap, pages, ++i);
    uint64_t lowest = word & -word;
    /* Those that have a neighbour ahead, or may have one in the next word. */
    uint64_t joined = word & (word >> 1 | 1UL << (WORD - 1));

    if (!word)
        return (struct lwd_memory_run){ .first = pages, .next = pages };
    if (!joined)
        return (struct lwd_memory_run){ .count = 1, .next = (i + 1) * WORD, .alone = word };
    if (!(joined & lowest)) {
        unsigned left = (unsigned)__builtin_clzl(joined & -joined) + 1;

        return (struct lwd_memory_run){ .count = 1, .next = (i + 1) * WORD - left, .alone = word << left };
    }
    size_t first = i * WORD + (size_t)__builtin_ctzl(word);
    /* The sum carries through the run's bits into the one behind it. */
    uint64_t behind = word + lowest;
    size_t end = behind ? i * WORD + (size_t)__builtin_ctzl(behind) : find_end(bitmap, pages, i + 1);

    return (struct lwd_memory_run){ .first = first, .count = end - first, .next = end };
}
