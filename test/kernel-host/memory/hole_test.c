/*
 * mm/frame.c where memory has a hole, as that of a PVH domain with more than 3.75 GiB: what lies behind it is used as what
 * lies before it, and nothing of it is needed to get there.
 */
#include <stdlib.h>

#include "arch/x86_64/platform.h"
#include "mm/frame.h"
#include "paging.h"
#include "verdict.h"

/* As large as Xen's, which is more frames than one page of the list describes by far. */
#define HOLE (64 << 10)
#define HOLE_START (8 * BLOCK_PAGES)
#define HOLE_END (HOLE_START + HOLE)
#define END (HOLE_END + 8 * BLOCK_PAGES)

static bool is_memory(pfn_t frame)
{
    return frame > 0 && frame < END && (frame < HOLE_START || frame >= HOLE_END);
}

/* A frame at a time, so that there are as few left as there may be when the hole comes. */
TEST(all_memory_on_both_sides_of_a_hole_is_used)
{
    static pfn_t taken[END];
    size_t count = 0, beyond = 0;

    paging_start_with_hole(2 * BLOCK_PAGES, HOLE_START, HOLE_END, END);
    size_t promised = frame_count_free();

    while ((taken[count] = frame_alloc()) != NO_FRAME) {
        check(is_memory(taken[count]));
        beyond += taken[count++] >= HOLE_END;
    }
    check_equal(frame_count_free(), 0);
    /* The list of frames takes a page for each block of memory, and one for all of the hole. */
    check(count <= promised && promised - count <= (END - HOLE) / BLOCK_PAGES + 1);
    check(beyond > 7 * BLOCK_PAGES);
    while (count)
        frame_free(taken[--count]);
    /* Joined again, on either side and not across. */
    frame_give_up_recent();
    pfn_t first = frame_alloc_block(9);

    check(first != NO_FRAME && is_memory(first) && is_memory(first + BLOCK_PAGES - 1));
}
