/*
 * Mapping fresh memory, one page table's worth at a time: a table that is new is then filled as memory and checked by
 * Xen once.
 */
#include "mm/map.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "mm/frame.h"

bool (*map_spare)(void);

/* The frames on their way; nothing that uses it blocks. */
static pfn_t frames[BLOCK_PAGES];

/* How many of `count` pages from `va` on lie in one page table. */
static size_t part_in_table(uintptr_t va, size_t count)
{
    return MIN(count, BLOCK_PAGES - va / PAGE_SIZE % BLOCK_PAGES);
}

static void free_frames(size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (frames[i] != NO_FRAME)
            frame_free(frames[i]);
}

/* Pages that lie in one page table. */
static int map_part(uintptr_t va, size_t count, bool zeroed)
{
    if (!frame_alloc_many(frames, count))
        return -ENOMEM;
    for (size_t i = 0; zeroed && i < count; i++)
        page_zero(frame_address(frames[i]));
    int error = platform->map(va, frames, count, PAGE_WRITE);

    if (error)
        free_frames(count);
    return error;
}

static int try_map(uintptr_t va, size_t count, bool zeroed)
{
    /* So that a request beyond all memory does not first use up all of it. */
    if (count > frame_count_free())
        return -ENOMEM;
    for (size_t done = 0; done < count;) {
        size_t part = part_in_table(va + done * PAGE_SIZE, count - done);
        int error = map_part(va + done * PAGE_SIZE, part, zeroed);

        if (error) {
            unmap_and_free(va, done);
            return error;
        }
        done += part;
    }
    return 0;
}

int map_fresh(uintptr_t va, size_t count, bool zeroed)
{
    int error = try_map(va, count, zeroed);

    return error && map_give_up_spare() ? try_map(va, count, zeroed) : error;
}

void unmap_and_free(uintptr_t va, size_t count)
{
    for (size_t done = 0; done < count;) {
        size_t part = part_in_table(va + done * PAGE_SIZE, count - done);

        platform->unmap(va + done * PAGE_SIZE, part, frames);
        free_frames(part);
        done += part;
    }
}
