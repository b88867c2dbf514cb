/*
 * A binary buddy allocator over frames: pure bookkeeping, so that it also runs on the host under sanitizers. Free blocks
 * are linked through their own first bytes; a struct frame for each frame says what begins there.
 */
#ifndef LWD_MM_BUDDY_H
#define LWD_MM_BUDDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/list.h"

/* Block sizes are 2^order frames, up to 1 GiB. */
#define BUDDY_ORDERS 19

struct frame {
    uint32_t references;        /* 0: not allocated */
    uint8_t free;               /* 1 + order of the free block that begins here; 0: none does */
    bool away;                  /* its memory was given back to Xen (mm/reservation.c) */
    bool recent;                /* kept by frame.c for the next that wants a single one */
};

struct buddy {
    /* Indexed by frame number; [0, limit) can be accessed. */
    struct frame *frames;
    uint64_t limit;
    /* Where frame 0's memory is. */
    char *memory;
    struct list free[BUDDY_ORDERS];
    uint32_t perhaps;           /* a bit for each order: where it is clear, the list is empty */
    uint64_t free_frames;
};

void buddy_init(struct buddy *buddy, struct frame *frames, void *memory);

/* Returns the first frame of a block of 2^order frames aligned to its size, or 0 if there is none. Contents: anything. */
uint64_t buddy_alloc(struct buddy *buddy, unsigned order);

/* Gives a block back, whole or in smaller aligned parts of it. Panics if any of it is not allocated, or out of range. */
void buddy_free(struct buddy *buddy, uint64_t frame, unsigned order);

/* Hands the frames [first, end) to the allocator for the first time, in the largest blocks that fit. */
void buddy_add(struct buddy *buddy, uint64_t first, uint64_t end);

#endif
