/*
 * The C library's heap: one growing range, behind sbrk.
 */
#ifndef LWD_MM_HEAP_H
#define LWD_MM_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Moves the end of the heap by `bytes`, which may be negative, and returns where it was before; null if there is no
 * memory or the heap would end before it begins. New memory is zeroed.
 */
void *heap_move_end(intptr_t bytes);

#endif
