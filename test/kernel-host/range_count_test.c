/*
 * posix/memory/range_count.c: against an array of counts.
 */
#include "posix/memory/range_count.h"

#include "verdict.h"

#define PLACES 12
#define STEPS 20000

static void compare(const struct range_count *ranges, const unsigned *counts)
{
    const struct counted_range *range = ranges->first;
    size_t at = 0;

    for (; range; range = range->next) {
        check(range->start >= at && range->start < range->end && range->end <= PLACES && range->count);
        for (; at < range->start; at++)
            check_equal(counts[at], 0);
        for (; at < range->end; at++)
            check_equal(counts[at], range->count);
        check(!range->next || range->next->start != range->end || range->next->count != range->count);
    }
    for (; at < PLACES; at++)
        check_equal(counts[at], 0);
}

TEST(counts_are_those_of_an_array)
{
    struct range_count ranges = { 0 };
    unsigned counts[PLACES] = { 0 }, emptied = 0;

    for (unsigned step = 0; step < STEPS; step++) {
        size_t start = random_below(PLACES), end = start + 1 + random_below(PLACES - start);
        /* More is taken than added, so that nothing is left from time to time. */
        bool adds = random_below(3) == 0;

        check_equal((adds ? range_count_add : range_count_take)(&ranges, start, end), 0);
        for (size_t at = start; at < end; at++)
            counts[at] = adds ? counts[at] + 1 : counts[at] - (counts[at] > 0);
        compare(&ranges, counts);
        emptied += range_count_is_zero(&ranges);
    }
    check(emptied > 100);
}
