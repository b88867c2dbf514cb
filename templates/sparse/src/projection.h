/*
 * What the program wants of page tables: ranges far larger than memory, of which any part shows zeroes or one and the same
 * block over and over, until it is written. lwd.c has it from lwd/memory.h, ../linux/projection.c by mapping a file.
 *
 * Addresses and sizes are whole pages.
 */
#ifndef PROJECTION_H
#define PROJECTION_H

#include <stdbool.h>
#include <stddef.h>

/* A range of zeroes, each page of which becomes memory when it is first written. Null if there is no room for it. */
void *projection_reserve(size_t size);
void projection_release(void *at, size_t size);

/*
 * Shows `block`, which must stay as it is meanwhile, in the `size` bytes from `at` on, again and again; writing there
 * changes that place alone. `size` is a multiple of `block_size`. Returns false if there is no memory left.
 */
bool projection_show(void *at, size_t size, const void *block, size_t block_size);

/*
 * Makes `to`, which is as large and shows zeroes, the same as `from`; what is written in either later is seen in that one
 * alone. Returns false if there is no memory left.
 */
bool projection_copy(void *to, const void *from, size_t size);

/* Pages of the range that are memory of its own, since they were written. */
size_t projection_pages_written(const void *at, size_t size);

#endif
