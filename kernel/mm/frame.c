/*
 * Frames: the buddy allocator, and the frontier up to which the domain's memory is in the direct map.
 */
#include "mm/frame.h"

#include "arch/x86_64/memory.h"
#include "core/panic.h"

/* If fewer free frames would be left, the next block is brought in. Enough for the page tables that doing so takes. */
#define LOW_WATER 16

#define FRAMES_PER_TABLE_PAGE (PAGE_SIZE / sizeof(struct frame))

static struct buddy buddy;

/*
 * Single frames that were freed last, or split off ahead: taking one from the buddies may mean to halve a block many times,
 * and giving it back to join it again.
 */
#define RECENT_MAX 64

/* If there are none, so large a block is split into such at once. */
#define REFILL_ORDER 5

static struct {
    unsigned count;
    pfn_t frames[RECENT_MAX];
} recent;

/* Frames below are in the direct map and have a struct frame. */
static pfn_t frontier;
/* Frames from here on have no memory; never the hole's end. */
static pfn_t memory_end;
static bool advancing;

/* The first frames are taken one after the other behind what the builder used, until the allocator itself works. */
static pfn_t boot_take(void)
{
    panic_if(boot_info.used_end >= boot_info.mapped_end, "too little memory to start");
    return boot_info.used_end++;
}

/*
 * Gives the frames [first, end) their struct frame each; `first` is where the last call ended. Those of a hole are all on one
 * page of zeroes: there are more of them than memory that is left just then may be able to describe.
 */
static SELDOM void map_frame_table(pfn_t first, pfn_t end, bool is_hole)
{
    uintptr_t page = FRAME_TABLE_BASE + first / FRAMES_PER_TABLE_PAGE * PAGE_SIZE;
    pfn_t frame = NO_FRAME;

    for (; first < end; first += FRAMES_PER_TABLE_PAGE, page += PAGE_SIZE) {
        if (!is_hole || frame == NO_FRAME) {
            frame = pagetable_frames.take();
            panic_if(frame == NO_FRAME, "no memory left to describe memory");
            page_zero(frame_address(frame));
        }
        panic_if(platform->map(page, &frame, 1, is_hole ? PAGE_READ : PAGE_WRITE), "no memory left for page tables");
    }
}

SELDOM void frame_init(void)
{
    pagetable_frames.take = boot_take;
    frontier = boot_info.mapped_end;
    memory_end = boot_info.frames;
    if (memory_end > boot_info.hole_start)
        memory_end += boot_info.hole_end - boot_info.hole_start;
    map_frame_table(0, frontier, false);
    buddy_init(&buddy, (struct frame *)FRAME_TABLE_BASE, frame_address(0));
    buddy.limit = frontier;

    pagetable_frames.take = frame_alloc;
    pagetable_frames.give = frame_free;
    buddy_add(&buddy, 1, boot_info.used_start);
    buddy_add(&buddy, boot_info.used_end, frontier);
}

/* The hole's frames are described too, as never free: a block's neighbour can then be looked at wherever it lies. */
static void step_over_hole(void)
{
    if (frontier != boot_info.hole_start)
        return;
    map_frame_table(frontier, boot_info.hole_end, true);
    frontier = boot_info.hole_end;
}

/* Brings the next block of the domain's memory into the direct map. */
static SELDOM void advance_frontier(void)
{
    static pfn_t block[BLOCK_PAGES];

    advancing = true;
    step_over_hole();
    pfn_t next = MIN(ALIGN_DOWN(frontier + BLOCK_PAGES, (pfn_t)BLOCK_PAGES), memory_end);
    size_t count = next - frontier;

    for (size_t i = 0; i < count; i++)
        block[i] = frontier + i;
    if (frontier % FRAMES_PER_TABLE_PAGE == 0)
        map_frame_table(frontier, next, false);
    panic_if(platform->map((uintptr_t)frame_address(frontier), block, count, PAGE_WRITE),
             "no memory left for page tables");
    buddy.limit = next;
    buddy_add(&buddy, frontier, next);
    frontier = next;
    advancing = false;
}

static void keep_recent(pfn_t frame)
{
    frame_state(frame)->recent = true;
    recent.frames[recent.count++] = frame;
}

static pfn_t take_recent(void)
{
    pfn_t frame = recent.frames[--recent.count];

    frame_state(frame)->recent = false;
    return frame;
}

/* False if that would take more than there is to spare. The lowest is taken first. */
static bool refill_recent(void)
{
    bool is_plenty = buddy.free_frames >= LOW_WATER + (1UL << REFILL_ORDER);
    pfn_t first = is_plenty ? buddy_alloc(&buddy, REFILL_ORDER) : NO_FRAME;

    for (pfn_t frame = first + (1UL << REFILL_ORDER); first != NO_FRAME && frame > first;)
        keep_recent(--frame);
    return first != NO_FRAME;
}

bool frame_give_up_recent(void)
{
    bool any = recent.count > 0;

    while (recent.count)
        buddy_free(&buddy, take_recent(), 0);
    return any;
}

pfn_t frame_alloc_block(unsigned order)
{
    while (buddy.free_frames < LOW_WATER + (1UL << order) && frontier < memory_end && !advancing)
        advance_frontier();
    pfn_t frame = buddy_alloc(&buddy, order);

    while (frame == NO_FRAME && frontier < memory_end && !advancing) {
        advance_frontier();
        frame = buddy_alloc(&buddy, order);
    }
    if (frame == NO_FRAME && frame_give_up_recent())
        frame = buddy_alloc(&buddy, order);
    return frame;
}

pfn_t frame_alloc(void)
{
    return recent.count || refill_recent() ? take_recent() : frame_alloc_block(0);
}

bool frame_alloc_many(pfn_t *frames, size_t count)
{
    unsigned order = BUDDY_ORDERS - 1;

    for (size_t done = 0; done < count;) {
        while (1UL << order > count - done)
            order--;
        pfn_t first = frame_alloc_block(order);

        if (first == NO_FRAME && order == 0) {
            while (done)
                frame_free(frames[--done]);
            return false;
        }
        if (first == NO_FRAME) {
            order--;
            continue;
        }
        for (size_t end = done + (1UL << order); done < end; done++)
            frames[done] = first++;
    }
    return true;
}

/* The frame stays allocated as far as the buddies know; that it is one they gave is checked when they get it back. */
void frame_free(pfn_t frame)
{
    const struct frame *state = frame_state(frame);

    panic_if(frame == NO_FRAME || frame >= frontier || state->references != 1 || state->recent,
             "freeing frame %lu, which is not allocated, or freed already, or shared", frame);
    if (recent.count == RECENT_MAX)
        frame_give_up_recent();
    keep_recent(frame);
}

void frame_free_block(pfn_t frame, unsigned order)
{
    buddy_free(&buddy, frame, order);
}

pfn_t frame_count_free(void)
{
    bool hole = frontier <= boot_info.hole_start && memory_end > boot_info.hole_start;

    return buddy.free_frames + recent.count + (memory_end - frontier) - (hole ? boot_info.hole_end - boot_info.hole_start : 0);
}

pfn_t frame_frontier(void)
{
    return frontier;
}

pfn_t frame_end(void)
{
    return memory_end;
}

void frame_set_end(pfn_t end)
{
    memory_end = boot_info.hole_end && end == boot_info.hole_end ? boot_info.hole_start : end;
}
