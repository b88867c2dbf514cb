/*
 * Memory that knows which of its pages were written. lwd.c reads the page tables' dirty bits (lwd/memory.h);
 * ../linux/written.c has the kernel's soft-dirty bits.
 */
#ifndef WRITTEN_H
#define WRITTEN_H

#include <stdbool.h>
#include <stddef.h>

enum { PAGE = 4096 };

/* `size` bytes of zeroes, whole pages, each of which becomes memory when it is first written. Null: no room. */
void *written_reserve(size_t size);

/*
 * Stores in `pages` the numbers, ascending, of the range's pages that were written since the last call, room for all of
 * them, and returns how many. Each page counts from now on as not written.
 */
size_t written_since(void *at, size_t size, size_t *pages);

#endif
