/*
 * Memory of a PV domain that goes back to Xen and comes again (xen/memory.h). The domain keeps the list of its machine
 * frames, which the domain builder made as long as the domain was then; where the domain grows beyond, the list is shown
 * again at a place where it can grow too, a page for each 2 MiB.
 */
#include "arch/x86_64/pv/table.h"

#include <xen/memory.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"
#include "core/panic.h"

/* In the list: the frame has no memory. */
#define NO_MACHINE_FRAME (~0UL)

#define LIST_PER_PAGE (PAGE_SIZE / sizeof(unsigned long))

/* Numbers on their way to Xen or from it; nothing that uses them blocks. */
static xen_pfn_t numbers[BLOCK_PAGES];

static size_t exchange(unsigned operation, size_t count)
{
    struct xen_memory_reservation request = { .nr_extents = count, .domid = DOMID_SELF };

    set_xen_guest_handle(request.extent_start, numbers);
    long done = hypercall2(__HYPERVISOR_memory_op, operation, HYPERCALL_ARG(&request));

    return done > 0 ? (size_t)done : 0;
}

static int show(pfn_t first, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = first + i;
    return pv_map((uintptr_t)frame_address(first), numbers, count, PAGE_WRITE);
}

size_t pv_give_back(pfn_t first, size_t count, bool shown)
{
    if (shown)
        pv_unmap((uintptr_t)frame_address(first), count, NULL);
    for (size_t i = 0; i < count; i++)
        numbers[i] = guest_to_machine[first + i];
    size_t gone = exchange(XENMEM_decrease_reservation, count);

    for (size_t i = 0; i < gone; i++)
        guest_to_machine[first + i] = NO_MACHINE_FRAME;
    if (shown && gone < count)
        panic_if(show(first + gone, count - gone), "Xen did not take frame %lu, and it cannot be shown again", first + gone);
    return gone;
}

/* The list where it can grow; as many frames as its pages have room for. */
static pfn_t listed;

static bool move_list(void)
{
    static bool failed;
    size_t pages = DIV_ROUND_UP(boot_info.frames, LIST_PER_PAGE);
    pfn_t list = frame_of(guest_to_machine);

    if (failed || (uintptr_t)guest_to_machine % PAGE_SIZE)
        return false;
    for (size_t done = 0; done < pages; done += BLOCK_PAGES) {
        size_t part = MIN(pages - done, (size_t)BLOCK_PAGES);

        for (size_t i = 0; i < part; i++)
            numbers[i] = list + done + i;
        failed = pv_map(MACHINE_LIST_BASE + done * PAGE_SIZE, numbers, part, PAGE_WRITE) != 0;
        if (failed)
            return false;
    }
    guest_to_machine = (unsigned long *)MACHINE_LIST_BASE;
    listed = pages * LIST_PER_PAGE;
    return true;
}

/* Makes room in the list for the frames below `end`; false if there is no memory for that. */
static bool reach_in_list(pfn_t end)
{
    if (end <= boot_info.frames)
        return true;
    if (!listed && !move_list())
        return false;
    while (listed < end) {
        pfn_t page = pagetable_frames.take();

        if (page == NO_FRAME)
            return false;
        if (pv_map((uintptr_t)&guest_to_machine[listed], &page, 1, PAGE_WRITE)) {
            pagetable_frames.give(page);
            return false;
        }
        listed += LIST_PER_PAGE;
    }
    return true;
}

size_t pv_take_back(pfn_t first, size_t count, bool shown)
{
    if (!reach_in_list(first + count))
        return 0;
    for (size_t i = 0; i < count; i++)
        numbers[i] = first + i;
    size_t come = exchange(XENMEM_populate_physmap, count);

    for (size_t i = 0; i < come; i++)
        guest_to_machine[first + i] = numbers[i];
    if (!shown || come == 0 || show(first, come) == 0)
        return come;
    pv_give_back(first, come, false);
    return 0;
}

pfn_t pv_most_frames(void)
{
    domid_t self = DOMID_SELF;
    long most = hypercall2(__HYPERVISOR_memory_op, XENMEM_maximum_reservation, HYPERCALL_ARG(&self));

    return most > 0 ? (pfn_t)most : 0;
}
