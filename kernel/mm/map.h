/*
 * Ranges of fresh pages: what heap and stacks are made of.
 */
#ifndef LWD_MM_MAP_H
#define LWD_MM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/platform.h"

/*
 * Puts `count` writable pages at `va`, where nothing is mapped, filled with zeroes or with anything. All or nothing:
 * returns 0 or -ENOMEM. Not for event handlers (a static list of frames is in use meanwhile); does not block.
 */
int map_fresh(uintptr_t va, size_t count, bool zeroed);

/*
 * Where not null: gives back memory that is kept for later, true if there was any. Called when there is no other left, and
 * then what failed is tried once more.
 */
extern bool (*map_spare)(void);

static inline bool map_give_up_spare(void)
{
    return map_spare && map_spare();
}

/* Unmaps `count` pages that map_fresh() made and frees their frames. */
void unmap_and_free(uintptr_t va, size_t count);

#endif
