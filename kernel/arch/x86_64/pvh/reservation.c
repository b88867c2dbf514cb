/*
 * Memory of a PVH domain that goes back to Xen and comes again (xen/memory.h): behind the domain's own page tables, which
 * do not change. A whole block is one number, so that Xen can keep it one block.
 */
#include "arch/x86_64/pvh/pvh.h"

#include <xen/memory.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"

/*
 * Xen counts some pages as the domain's that are no memory for it to use (console, xenstore): so many fewer of those that
 * it counts are taken to be there.
 */
#define SPECIAL_PAGES 32

/* Numbers on their way to Xen; nothing that uses them blocks. */
static xen_pfn_t numbers[BLOCK_PAGES];

static size_t exchange(unsigned operation, size_t extents, unsigned order)
{
    struct xen_memory_reservation request = { .nr_extents = extents, .extent_order = order, .domid = DOMID_SELF };

    set_xen_guest_handle(request.extent_start, numbers);
    long done = hypercall2(__HYPERVISOR_memory_op, operation, HYPERCALL_ARG(&request));

    return done > 0 ? (size_t)done << order : 0;
}

static size_t change(unsigned operation, pfn_t first, size_t count)
{
    numbers[0] = first;
    if (count == BLOCK_PAGES && exchange(operation, 1, BLOCK_SHIFT - PAGE_SHIFT))
        return count;
    for (size_t i = 0; i < count; i++)
        numbers[i] = first + i;
    return exchange(operation, count, 0);
}

size_t pvh_give_back(pfn_t first, size_t count, bool shown)
{
    (void)shown;
    return change(XENMEM_decrease_reservation, first, count);
}

size_t pvh_take_back(pfn_t first, size_t count, bool shown)
{
    (void)shown;
    return change(XENMEM_populate_physmap, first, count);
}

/* What the memory map says, and no more: behind it are the pages of Xen's. */
pfn_t pvh_most_frames(void)
{
    return boot_info.end - (boot_info.hole_end - boot_info.hole_start);
}

static long pages_of_ours(void)
{
    domid_t self = DOMID_SELF;

    return hypercall2(__HYPERVISOR_memory_op, XENMEM_current_reservation, HYPERCALL_ARG(&self));
}

static void refuse(pfn_t first, pfn_t end)
{
    while (first < end) {
        pfn_t next = MIN(end, ALIGN_DOWN(first + BLOCK_PAGES, (pfn_t)BLOCK_PAGES));

        pvh_give_back(first, next - first, false);
        first = next;
    }
}

void pvh_refuse_promises(void)
{
    long there = pages_of_ours() - SPECIAL_PAGES;
    pfn_t promised = boot_info.frames;

    if (there <= 0 || (pfn_t)there + 2 * SPECIAL_PAGES >= promised)
        return;
    boot_info.frames = (pfn_t)there;
    if (boot_info.hole_end == 0) {
        refuse(boot_info.frames, promised);
        return;
    }
    refuse(MIN(boot_info.frames, boot_info.hole_start), boot_info.hole_start);
    pfn_t hole = boot_info.hole_end - boot_info.hole_start;

    refuse(MAX(boot_info.frames + hole, boot_info.hole_end), boot_info.end);
}
