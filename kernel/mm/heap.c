/*
 * The heap grows by whole steps of pages, so that many small growths cost one hypercall between them.
 */
#include "mm/heap.h"

#include "arch/x86_64/layout.h"
#include "core/bits.h"
#include "mm/map.h"

#define STEP (16 * PAGE_SIZE)

static uintptr_t end = HEAP_BASE;
static uintptr_t mapped_end = HEAP_BASE;

static int map_up_to(uintptr_t wanted)
{
    uintptr_t generous = ALIGN_UP(wanted, (uintptr_t)STEP);
    uintptr_t exact = ALIGN_UP(wanted, (uintptr_t)PAGE_SIZE);

    if (map_fresh(mapped_end, (generous - mapped_end) / PAGE_SIZE, true) == 0) {
        mapped_end = generous;
        return 0;
    }
    int error = map_fresh(mapped_end, (exact - mapped_end) / PAGE_SIZE, true);

    if (!error)
        mapped_end = exact;
    return error;
}

static void unmap_down_to(uintptr_t wanted)
{
    uintptr_t keep = ALIGN_UP(wanted, (uintptr_t)STEP);

    if (keep < mapped_end) {
        unmap_and_free(keep, (mapped_end - keep) / PAGE_SIZE);
        mapped_end = keep;
    }
}

SELDOM void *heap_move_end(intptr_t bytes)
{
    uintptr_t before = end;

    if (bytes > (intptr_t)(HEAP_END - end) || bytes < -(intptr_t)(end - HEAP_BASE))
        return NULL;
    uintptr_t wanted = end + (uintptr_t)bytes;

    if (wanted > mapped_end && map_up_to(wanted))
        return NULL;
    if (bytes < 0)
        unmap_down_to(wanted);
    end = wanted;
    return (void *)before;
}
