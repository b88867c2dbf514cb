/*
 * Ranges of fresh zeroed pages: what heap and stacks are made of.
 */
#ifndef LWD_MM_MAP_H
#define LWD_MM_MAP_H

#include <stddef.h>
#include <stdint.h>

/* Puts `count` zeroed, writable pages at `va`, where nothing is mapped. All or nothing: returns 0 or -ENOMEM. */
int map_zeroed(uintptr_t va, size_t count);

/* Unmaps `count` pages that map_zeroed() made and frees their frames. */
void unmap_and_free(uintptr_t va, size_t count);

#endif
