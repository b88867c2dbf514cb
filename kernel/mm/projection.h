/*
 * Showing the same pages all over a range (paper, section 4.2). A pattern is one full page table, read-only, that any
 * number of blocks lead to.
 */
#ifndef LWD_MM_PROJECTION_H
#define LWD_MM_PROJECTION_H

#include <stdbool.h>

#include "arch/x86_64/platform.h"

/* The table's entries, which repeat every so many pages. */
struct pattern {
    pfn_t table;
    unsigned pages;
};

/* One page of zeroes, which are the same frame wherever zeroes are shown. Null if there is no memory for it yet. */
const struct pattern *pattern_zero(void);

/* Its frame, NO_FRAME as long as there is none. */
extern pfn_t pattern_zero_frame;

/* Is this frame the zeroes? */
static inline bool pattern_is_zero(pfn_t frame)
{
    return frame == pattern_zero_frame && frame != NO_FRAME;
}

/* Does a slot lead to the table of zeroes that whole blocks share? */
bool pattern_is_zero_table(pte_t slot);

/*
 * Makes a pattern of `pages` frames, a power of two up to BLOCK_PAGES, whose references it takes over. -ENOMEM, and then
 * they are the caller's.
 */
int pattern_make(struct pattern *pattern, const pfn_t *frames, unsigned pages);

/* Its pages live on where they are shown. */
void pattern_drop(const struct pattern *pattern);

/*
 * Shows the pattern in place of what the range showed; `at` and `size` are multiples of the pattern's size, and in regions.
 * -ENOMEM, and then part of it is done.
 */
int projection_show(uintptr_t at, size_t size, const struct pattern *pattern);

#endif
