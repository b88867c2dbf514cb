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
#include "core/bits.h"

typedef uint64_t pfn_t;

/* Frame 0 is never handed out (the shared info page has its place), so 0 can mean "none". */
#define NO_FRAME 0

enum page_access {
    PAGE_READ = 0,
    PAGE_WRITE = 1,
    PAGE_EXECUTE = 2,
};

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
     * Shows `frame` at `va` in place of what was there, which is the caller's to free. Returns 0, or -ENOMEM if a page
     * table was missing and there is no frame for it. One hypercall where the table is there.
     */
    int (*replace)(uintptr_t va, pfn_t frame, enum page_access access);

    /*
     * Changes what may be done with those of `count` pages from `va` on that show a frame, which they keep even if they
     * are not `accessible` at all. Pages that show the frame `never_writable` stay read-only.
     */
    void (*protect)(uintptr_t va, size_t count, bool accessible, enum page_access access, pfn_t never_writable);

    /*
     * The frame that `va` shows, if a program may access it so (PAGE_WRITE: for writing as well); else NO_FRAME. Reads the
     * page tables as they are: no hypercall.
     */
    pfn_t (*lookup)(uintptr_t va, enum page_access access);

    /* How many of `count` pages from `va` on have nothing, up to the first that has, or to the end of the page table. */
    size_t (*count_bare)(uintptr_t va, size_t count);

    /*
     * Makes the first `frames` frames of the grant table accessible, once. Returns their address, null if there is no
     * memory for that. grant_frame() is what a grant entry names a frame of ours by.
     */
    void *(*map_grant_table)(unsigned frames);
    uint64_t (*grant_frame)(pfn_t frame);

    /* Sleeps until an event is pending; returns at once if one is. Events stay masked for the domain, as ever. */
    void (*sleep)(void);

    /* Slow path of set_thread_pointer() for processors without FSGSBASE. */
    void (*set_thread_pointer)(uintptr_t base);
};

/* Set by the entry, before anything else runs. */
extern const struct platform *platform;

/* What the domain builder told us, the same for every platform. Addresses are in the direct map unless said. */
struct boot_info {
    /* The processor's time stamp at the entry, from which the boot is measured. */
    uint64_t entry_tsc;
    /* Memory of the domain: so many frames, from frame 0 on, with one hole in them if hole_end is more than hole_start. */
    pfn_t frames;
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
 * function(argument), which must not return. It begins with the caller's floating-point control state, as C11 7.6 wants.
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
