/*
 * How often each part of something is used: ranges are added and taken off again, whole or in other pieces. For what is
 * mapped several times at the same addresses (posix/memory/memory_object.h).
 */
#ifndef LWD_POSIX_MEMORY_RANGE_COUNT_H
#define LWD_POSIX_MEMORY_RANGE_COUNT_H

#include <stdbool.h>
#include <stddef.h>

/* A part with one count, which is not 0. */
struct counted_range {
    struct counted_range *next; /* by address; neighbours without a gap have different counts */
    size_t start, end;
    size_t count;
};

struct range_count {
    struct counted_range *first;
};

static inline bool range_count_is_zero(const struct range_count *ranges)
{
    return !ranges->first;
}

/*
 * Counts every part of [start, end) once more, or once less if it is counted. Memory is the C library's. Return 0, or -ENOMEM
 * with nothing changed.
 */
int range_count_add(struct range_count *ranges, size_t start, size_t end);
int range_count_take(struct range_count *ranges, size_t start, size_t end);

#endif
