/*
 * Giving memory back and having it again. The frames that were never used go first, since nobody knows them yet: the end
 * of memory moves. Then free ones go, the largest blocks first; each is marked in its struct frame, out of the buddies'
 * hands and, on PV, out of the direct map. They come back in the opposite order, and behind the end there can be more
 * than the domain began with.
 */
#include "mm/reservation.h"

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/frame.h"

/* One lowest-level table's worth at a time: what the platform takes. */
#define LARGEST_ORDER (BLOCK_SHIFT - PAGE_SHIFT)

static struct frame *const states = (struct frame *)FRAME_TABLE_BASE;

static size_t away;
/* No frame below is away. */
static pfn_t first_away;

pfn_t reservation_pages(void)
{
    pfn_t end = frame_end();

    return end - (end > boot_info.hole_start ? boot_info.hole_end - boot_info.hole_start : 0) - away;
}

/* --- giving --- */

/* Frames that nobody used yet, from the end backwards. */
static size_t give_unused(size_t count)
{
    size_t given = 0;

    while (given < count) {
        pfn_t end = frame_end(), low = frame_frontier();

        if (end > boot_info.hole_end)
            low = MAX(low, boot_info.hole_end);
        if (end <= low)
            break;
        pfn_t first = MAX(MAX(low, ALIGN_DOWN(end - 1, (pfn_t)BLOCK_PAGES)), end - MIN(end, count - given));
        size_t gone = platform->give_back(first, end - first, false);

        /* Whatever of them has gone is in front of what has not: only all of them move the end. */
        if (gone < end - first) {
            platform->take_back(first, gone, false);
            break;
        }
        frame_set_end(first);
        given += gone;
    }
    return given;
}

static void mark_away(pfn_t first, size_t count)
{
    for (pfn_t frame = first; frame < first + count; frame++) {
        states[frame].references = 0;
        states[frame].away = true;
    }
    if (away == 0 || first < first_away)
        first_away = first;
    away += count;
}

/* A block from the allocator. False if not all of it could go. */
static bool give_block(pfn_t first, unsigned order)
{
    size_t count = (size_t)1 << order;

    for (size_t i = 0; i < count; i++)
        page_zero(frame_address(first + i));
    size_t gone = platform->give_back(first, count, true);

    mark_away(first, gone);
    for (pfn_t frame = first + gone; frame < first + count; frame++)
        frame_free_block(frame, 0);
    return gone == count;
}

static size_t give_free(size_t count)
{
    size_t given = 0;

    frame_give_up_recent();
    for (int order = LARGEST_ORDER; order >= 0; order--)
        while (count - given >= (size_t)1 << order) {
            pfn_t first = frame_alloc_block((unsigned)order);

            if (first == NO_FRAME)
                break;
            if (!give_block(first, (unsigned)order))
                return given;
            given += (size_t)1 << order;
        }
    return given;
}

size_t reservation_shrink(size_t count, size_t keep)
{
    size_t free = frame_count_free();

    count = MIN(count, free > keep ? free - keep : 0);
    size_t given = give_unused(count);

    return given + give_free(count - given);
}

/* --- taking --- */

static size_t run_length(pfn_t first, pfn_t end)
{
    pfn_t frame = first;

    while (frame < end && states[frame].away)
        frame++;
    return frame - first;
}

/* Free from now on. A whole block is freed as one, of which one page is touched. */
static void mark_here(pfn_t first, size_t count)
{
    unsigned order = count == (size_t)1 << LARGEST_ORDER ? LARGEST_ORDER : 0;

    for (pfn_t frame = first; frame < first + count; frame++) {
        states[frame].away = false;
        states[frame].references = 1;
    }
    for (size_t done = 0; done < count; done += (size_t)1 << order)
        frame_free_block(first + done, order);
    away -= count;
}

/* Frames that were given, from the lowest on. */
static size_t take_given(size_t count)
{
    size_t taken = 0;

    while (away > 0 && taken < count) {
        while (!states[first_away].away)
            first_away++;
        pfn_t block_end = MIN(ALIGN_DOWN(first_away + BLOCK_PAGES, (pfn_t)BLOCK_PAGES), frame_frontier());
        size_t wanted = MIN(run_length(first_away, block_end), count - taken);
        size_t got = platform->take_back(first_away, wanted, true);

        mark_here(first_away, got);
        taken += got;
        if (got < wanted)
            break;
    }
    return taken;
}

/* Frames behind the end. */
static size_t take_more(size_t count)
{
    size_t taken = 0;

    while (taken < count) {
        pfn_t end = frame_end();

        if (boot_info.hole_end && end == boot_info.hole_start)
            end = boot_info.hole_end;
        size_t wanted = MIN(ALIGN_DOWN(end + BLOCK_PAGES, (pfn_t)BLOCK_PAGES) - end, count - taken);
        size_t got = platform->take_back(end, wanted, false);

        boot_info.end = MAX(boot_info.end, end + got);
        if (got > 0)
            frame_set_end(end + got);
        taken += got;
        if (got < wanted)
            break;
    }
    return taken;
}

size_t reservation_grow(size_t count)
{
    pfn_t most = platform->most_frames(), now = reservation_pages();

    count = MIN(count, most > now ? most - now : 0);
    size_t taken = take_given(count);

    return taken < MIN(count, away + taken) ? taken : taken + take_more(count - taken);
}
