/*
 * Frames: the buddy allocator, and the frontier up to which the domain's memory is in the direct map.
 */
#include "mm/frame.h"

#include <string.h>

#include "core/panic.h"

/* With fewer free frames than this the next block is brought in. Enough for the page tables that doing so takes. */
#define LOW_WATER 16

#define FRAMES_PER_TABLE_PAGE (PAGE_SIZE / sizeof(struct frame))

static struct buddy buddy;

/* Frames below are in the direct map and have a struct frame. */
static pfn_t frontier;
static bool advancing;

/* The first frames are taken one after the other behind what the builder used, until the allocator itself works. */
static pfn_t boot_take(void)
{
    panic_if(boot_info.used_end >= boot_info.mapped_end, "too little memory to start");
    return boot_info.used_end++;
}

/* Gives the frames [first, end) their struct frame each; `first` is where the last call ended. */
static void map_frame_table(pfn_t first, pfn_t end)
{
    uintptr_t page = FRAME_TABLE_BASE + first / FRAMES_PER_TABLE_PAGE * PAGE_SIZE;

    for (; first < end; first += FRAMES_PER_TABLE_PAGE, page += PAGE_SIZE) {
        pfn_t frame = pagetable_frames.take();

        panic_if(frame == NO_FRAME, "no memory left to describe memory");
        memset(frame_address(frame), 0, PAGE_SIZE);
        panic_if(platform->map(page, &frame, 1, PAGE_WRITE), "no memory left for page tables");
    }
}

void frame_init(void)
{
    pagetable_frames.take = boot_take;
    frontier = boot_info.mapped_end;
    map_frame_table(0, frontier);
    buddy_init(&buddy, (struct frame *)FRAME_TABLE_BASE, frame_address(0));
    buddy.limit = frontier;

    pagetable_frames.take = frame_alloc;
    pagetable_frames.give = frame_free;
    buddy_add(&buddy, 1, boot_info.used_start);
    buddy_add(&buddy, boot_info.used_end, frontier);
}

static pfn_t memory_end(void)
{
    return boot_info.frames + (boot_info.hole_end - boot_info.hole_start);
}

/* The hole's frames are described too, as never free: a block's neighbour can then be looked at wherever it lies. */
static void step_over_hole(void)
{
    if (frontier != boot_info.hole_start)
        return;
    map_frame_table(frontier, boot_info.hole_end);
    frontier = boot_info.hole_end;
}

/* Brings the next block of the domain's memory into the direct map. */
static void advance_frontier(void)
{
    static pfn_t block[BLOCK_PAGES];

    advancing = true;
    step_over_hole();
    pfn_t end = MIN(ALIGN_DOWN(frontier + BLOCK_PAGES, (pfn_t)BLOCK_PAGES), memory_end());
    size_t count = end - frontier;

    for (size_t i = 0; i < count; i++)
        block[i] = frontier + i;
    if (frontier % FRAMES_PER_TABLE_PAGE == 0)
        map_frame_table(frontier, end);
    panic_if(platform->map((uintptr_t)frame_address(frontier), block, count, PAGE_WRITE),
             "no memory left for page tables");
    buddy.limit = end;
    buddy_add(&buddy, frontier, end);
    frontier = end;
    advancing = false;
}

pfn_t frame_alloc_block(unsigned order)
{
    while (buddy.free_frames < LOW_WATER && frontier < memory_end() && !advancing)
        advance_frontier();
    pfn_t frame = buddy_alloc(&buddy, order);

    while (frame == NO_FRAME && frontier < memory_end() && !advancing) {
        advance_frontier();
        frame = buddy_alloc(&buddy, order);
    }
    return frame;
}

pfn_t frame_alloc(void)
{
    return frame_alloc_block(0);
}

void frame_free(pfn_t frame)
{
    buddy_free(&buddy, frame, 0);
}

void frame_free_block(pfn_t frame, unsigned order)
{
    buddy_free(&buddy, frame, order);
}

pfn_t frame_count_free(void)
{
    pfn_t beyond = frontier <= boot_info.hole_start ? boot_info.hole_end - boot_info.hole_start : 0;

    return buddy.free_frames + (memory_end() - beyond - frontier);
}
