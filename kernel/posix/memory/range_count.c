/*
 * Ranges that are counted, as a list of parts. A change first makes the range's ends boundaries between parts and its gaps
 * parts of count 0, which is all that needs memory; parts that are 0, or as their neighbour, go at last.
 */
#include "posix/memory/range_count.h"

#include <errno.h>
#include <stdlib.h>

/* Puts a part in the place that `link` leads to. */
static bool insert(struct counted_range **link, size_t start, size_t end, size_t count)
{
    struct counted_range *range = malloc(sizeof *range);

    if (!range)
        return false;
    *range = (struct counted_range){ .next = *link, .start = start, .end = end, .count = count };
    *link = range;
    return true;
}

/* No part goes on behind `place` that begins before it. */
static bool split_at(struct range_count *ranges, size_t place)
{
    struct counted_range *range = ranges->first;

    while (range && range->end <= place)
        range = range->next;
    if (!range || range->start >= place)
        return true;
    if (!insert(&range->next, place, range->end, range->count))
        return false;
    range->end = place;
    return true;
}

static bool fill_gaps(struct range_count *ranges, size_t start, size_t end)
{
    struct counted_range **link = &ranges->first;

    for (; start < end; link = &(*link)->next) {
        while (*link && (*link)->end <= start)
            link = &(*link)->next;
        size_t until = *link && (*link)->start < end ? (*link)->start : end;

        if (start < until && !insert(link, start, until, 0))
            return false;
        start = (*link)->end;
    }
    return true;
}

/* Strikes out what is 0, and makes one of neighbours that are alike. */
static void tidy(struct range_count *ranges)
{
    struct counted_range **link = &ranges->first;

    while (*link) {
        struct counted_range *range = *link, *next = range->next;

        if (range->count == 0) {
            *link = next;
            free(range);
        } else if (next && next->start == range->end && next->count == range->count) {
            range->end = next->end;
            range->next = next->next;
            free(next);
        } else {
            link = &range->next;
        }
    }
}

int range_count_add(struct range_count *ranges, size_t start, size_t end)
{
    bool ready = split_at(ranges, start) && split_at(ranges, end) && fill_gaps(ranges, start, end);

    for (struct counted_range *range = ranges->first; ready && range; range = range->next)
        if (range->start >= start && range->end <= end)
            range->count++;
    tidy(ranges);
    return ready ? 0 : -ENOMEM;
}

int range_count_take(struct range_count *ranges, size_t start, size_t end)
{
    bool ready = split_at(ranges, start) && split_at(ranges, end);

    for (struct counted_range *range = ranges->first; ready && range; range = range->next)
        if (range->start >= start && range->end <= end)
            range->count--;
    tidy(ranges);
    return ready ? 0 : -ENOMEM;
}
