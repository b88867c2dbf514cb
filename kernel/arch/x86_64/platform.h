/*
 * The platform seam: what the kernel needs of the way that it runs under Xen. pv/ and pvh/ each supply one struct
 * platform; the entry that the domain builder took decides which, and nothing above asks.
 *
 * Frame numbers are guest frame numbers (guest-physical address / PAGE_SIZE) throughout; machine frames do not leave pv/.
 */
#ifndef LWD_ARCH_PLATFORM_H
#define LWD_ARCH_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/event_channel.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/layout.h"
#include "arch/x86_64/pte.h"
#include "core/bits.h"

typedef uint64_t pfn_t;

/* Frame 0 is never handed out (the shared info page has its place), so 0 can mean "none". */
#define NO_FRAME 0

struct platform {
    const char *name;

    /* The cpuid instruction as Xen answers it for this guest, which can be less than what the processor has. */
    struct cpuid (*cpuid)(uint32_t leaf, uint32_t subleaf);

    /*
     * Maps `count` frames at the page-aligned address `va`, where nothing is mapped. Page-table frames come from
     * `pagetable_frames`. Returns 0 or -ENOMEM, and then nothing of the range is mapped. One hypercall for some
     * hundreds of pages.
     */
    int (*map)(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access);

    /*
     * Takes `count` pages from `va` on out of the address space. `frames`, where not null, receives each page's frame,
     * NO_FRAME where none was. After return no translation to them is left on this CPU.
     */
    void (*unmap)(uintptr_t va, size_t count, pfn_t *frames);

    /*
     * The frame that `va` shows, if a program may access it so (PAGE_WRITE: for writing as well); else NO_FRAME. Reads the
     * page tables as they are: no hypercall.
     */
    pfn_t (*lookup)(uintptr_t va, enum page_access access);

    /*
     * Page tables as memory, for those that share them between places (mm/table.h): the root, and what entries are made
     * of and say. entry_frame() is the frame that an entry of any level shows, remembers or leads to; NO_FRAME if it is
     * none of ours. leaf_entry() shows a frame, table_entry() leads to a table.
     */
    pte_t *(*top_table)(void);
    pfn_t (*entry_frame)(pte_t entry);
    pte_t (*leaf_entry)(pfn_t frame, enum page_access access);
    pte_t (*table_entry)(pfn_t table);
    /* Fills in `count` entries, in memory that is no table yet, that show frames and are not dirty. */
    void (*show_frames)(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access);
    /* An entry that allows no access but remembers the frame. */
    pte_t (*parked_entry)(pfn_t frame);
    /* Can one entry of this level show memory, by PTE_BLOCK: 2 MiB in level 2, 1 GiB in level 3? */
    bool (*has_superpages)(int level);

    /*
     * Queues a change of an entry; that an ordinary frame, filled with entries, is to be a table; and that a table to which
     * nothing leads any more is to be an ordinary frame. In this order, and at commit() at the latest: until then entries
     * may read as they were.
     */
    void (*set_entry)(pte_t *entry, pte_t value);
    /*
     * Likewise that of `words` times 64 entries of one table, those that have their bit in `which` lose `bits`, which are no
     * frame's. Returns how many that are.
     */
    size_t (*clear_bits)(pte_t *entries, const uint64_t *which, size_t words, pte_t bits);
    void (*make_table)(pfn_t frame);
    void (*unmake_table)(pfn_t frame);

    /*
     * At once: whether a table, which is one by now, is to stay checked even while nothing leads to it. It is then quick
     * to lead to it again.
     */
    void (*keep_table)(pfn_t table, bool keep);

    /*
     * What is queued has happened, by one hypercall for each some hundred changes. No translation is then left on this CPU
     * of `count` pages from `va` on; 0: there was none of anything that has changed.
     */
    void (*commit)(uintptr_t va, size_t count);

    /*
     * Changes the lowest entry for `va`, whose table is there, at once, in one hypercall. With `forget` its translation is
     * not left on this CPU: page_is_remembered() says whether it could be. show_page() makes the entry: it shows `frame`,
     * and is not dirty but for what `more` says (PTE_DIRTY, PTE_GUARDED).
     */
    void (*set_page)(uintptr_t va, pte_t *entry, pte_t value, bool forget);
    void (*show_page)(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget);

    /*
     * Makes the first `frames` frames of the grant table accessible, once; at most 64. Returns their address, null if there is
     * no memory for that, or Xen shows fewer. grant_frame() is what a grant entry names a frame of ours by.
     */
    void *(*map_grant_table)(unsigned frames);
    uint64_t (*grant_frame)(pfn_t frame);

    /*
     * Gives the memory of the frames [first, first + count) back to Xen, which does not wipe it. They are in use by nobody,
     * lie in one block of 2 MiB, and are `shown` in the direct map or not yet. A PVH domain goes on showing them there, and
     * an access then ends it. Returns how many have gone, from the first on.
     */
    size_t (*give_back)(pfn_t first, size_t count, bool shown);

    /*
     * Has Xen put memory, with anything in it, behind such frames again, or for the first time. Returns how many have some
     * now, from the first on; none if there is no frame for a table.
     */
    size_t (*take_back)(pfn_t first, size_t count, bool shown);

    /* How many frames the domain could have. */
    pfn_t (*most_frames)(void);

    /*
     * Sleeps until an event is pending, or until Xen's time is `deadline` (NO_DEADLINE: never); returns at once if one is.
     * May return early. Events stay masked for the domain, as ever. The deadline needs no event, which takes Xen as long again
     * to tell a PVH domain as to wake it.
     */
    void (*sleep)(uint64_t deadline);

    /* Slow path of set_thread_pointer() for processors without FSGSBASE. */
    void (*set_thread_pointer)(uintptr_t base);
};

/* Set by the entry, before anything else runs. */
extern const struct platform *platform;

/* Which guest frame a frame number in an entry means; null where it is that itself. Set with `platform`. */
extern const uint64_t *platform_frames;

/* What the domain builder told us, the same for every platform. Addresses are in the direct map unless said. */
struct boot_info {
    /* The processor's time stamp at the entry, from which the boot is measured. */
    uint64_t entry_tsc;
    /*
     * Memory that the domain begins with: so many frames, from frame 0 on, with one hole in them if hole_end is more than
     * hole_start.
     */
    pfn_t frames;
    /* Frames from here on were never ours. Grows with the domain (mm/reservation.c). */
    pfn_t end;
    pfn_t hole_start, hole_end;
    /* Frames [used_start, used_end) hold the image and what the builder put behind it. */
    pfn_t used_start, used_end;
    /* Frames below this are in the direct map already. */
    pfn_t mapped_end;

    void *console_ring;
    void *xenstore_ring;
    evtchn_port_t console_port;
    evtchn_port_t xenstore_port;

    const char *command_line;
    /* Whole pages of the read-only root's archive; null if the domain was given none. */
    const void *ramdisk;
    size_t ramdisk_size;
};

extern struct boot_info boot_info;

/* Where platforms get page-table frames from, in the direct map; supplied by mm/. `take` returns NO_FRAME if none is left. */
struct pagetable_frames {
    pfn_t (*take)(void);
    void (*give)(pfn_t frame);
};

extern struct pagetable_frames pagetable_frames;

static inline void *frame_address(pfn_t frame)
{
    return (void *)(DIRECT_BASE + (frame << PAGE_SHIFT));
}

/* The frame that a present entry shows, or the table that it leads to, which is known to be ours. */
static inline pfn_t entry_own_frame(pte_t entry)
{
    uint64_t number = (entry & PTE_FRAME) >> PAGE_SHIFT;

    return platform_frames ? platform_frames[number] : number;
}

/* Of an entry that leads to a table, in which nothing is above the frame's number. */
static inline pte_t *entry_table(pte_t entry)
{
    uint64_t number = entry >> PAGE_SHIFT;

    return frame_address(platform_frames ? platform_frames[number] : number);
}

/* What Xen shares with the domain: every platform has it at frame 0, so that a look for events is one instruction. */
#define SHARED_INFO ((struct shared_info *)DIRECT_BASE)

static inline pfn_t frame_of(const void *direct_address)
{
    return ((uintptr_t)direct_address - DIRECT_BASE) >> PAGE_SHIFT;
}

/* The image's parts, from the linker script; all page-aligned. */
extern char image_start[], text_end[], rodata_end[], image_end[];

/*
 * Saves the callee-saved state on the current stack, its pointer in *save, and continues on `load`. Neither blocks nor
 * allocates. arch/x86_64/switch.S.
 */
void context_switch(uintptr_t *save, uintptr_t load);

/*
 * Prepares a stack that ends at `top` (16-byte aligned) so that the first context_switch() to the result calls
 * function(argument), which must not return. It begins with the caller's floating-point environment, as C11 7.6 wants.
 */
uintptr_t context_prepare(uintptr_t top, void (*function)(void *), void *argument);

/* Calls function(argument) with its frames from `top` downwards, or where the stack is if that is 0. arch/x86_64/switch.S. */
void call_on_stack(void (*function)(void *), void *argument, uintptr_t top);

/* Where a flow goes on that context_switch() has left with this stack pointer, and its frame pointer then. */
uintptr_t context_return_address(uintptr_t stack_pointer);
uintptr_t context_frame_pointer(uintptr_t stack_pointer);

static inline void set_thread_pointer(uintptr_t base)
{
    if (likely(cpu_has_fsgsbase))
        cpu_write_fsbase(base);
    else
        platform->set_thread_pointer(base);
}

#endif
