/*
 * Mapping fresh memory, some pages at a time so that the lists of frames stay small.
 */
#include "mm/map.h"

#include <errno.h>

#include "core/bits.h"
#include "mm/frame.h"

#define PART 64

static void free_frames(const pfn_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (frames[i] != NO_FRAME)
            frame_free(frames[i]);
}

/* At most PART pages. */
static int map_part(uintptr_t va, size_t count)
{
    pfn_t frames[PART];

    for (size_t i = 0; i < count; i++) {
        frames[i] = frame_alloc_zeroed();
        if (frames[i] == NO_FRAME) {
            free_frames(frames, i);
            return -ENOMEM;
        }
    }
    int error = platform->map(va, frames, count, PAGE_WRITE);

    if (error)
        free_frames(frames, count);
    return error;
}

int map_zeroed(uintptr_t va, size_t count)
{
    /* So that a request beyond all memory does not first use up all of it. */
    if (count > frame_count_free())
        return -ENOMEM;
    for (size_t done = 0; done < count;) {
        size_t part = MIN(count - done, (size_t)PART);
        int error = map_part(va + done * PAGE_SIZE, part);

        if (error) {
            unmap_and_free(va, done);
            return error;
        }
        done += part;
    }
    return 0;
}

void unmap_and_free(uintptr_t va, size_t count)
{
    pfn_t frames[PART];

    for (size_t done = 0; done < count;) {
        size_t part = MIN(count - done, (size_t)PART);

        platform->unmap(va + done * PAGE_SIZE, part, frames);
        free_frames(frames, part);
        done += part;
    }
}
