/*
 * Page faults in regions: pages that come when they are touched, and pages that are shared until they are written.
 */
#ifndef LWD_MM_FAULT_H
#define LWD_MM_FAULT_H

#include <stdbool.h>

#include "arch/x86_64/platform.h"
#include "mm/book.h"

/* From now on, faults in regions are resolved. */
void fault_init(void);

/*
 * Gives the page a frame that it alone shows and may write, with the contents that it showed. Returns how many pages from
 * it on have such frames now, at most `most`, which lie in its region; or -ENOMEM. `written`: it is about to be.
 */
long fault_own(const struct region *region, uintptr_t page, size_t most, bool written);

/*
 * Gives the block around the page a superpage if its region wants one there, and is all of the block, and the block shows
 * nothing or zeroes; false if it did not.
 */
bool fault_own_block(const struct region *region, uintptr_t page);

/* Shows a superpage of zeroes in a block; false if there is none to spare. Supplied by who makes regions want them. */
extern bool (*fault_superpage)(uintptr_t block);

/* Does a lowest entry show nothing, or nothing that could be accessed so, unless a handler does something about it? */
static inline bool fault_asks(pte_t entry, bool write)
{
    return likely(entry & PTE_GUARDED) ? write || !(entry & PTE_PRESENT) : entry == 0;
}

/* The same of the page. */
bool fault_needs_handler(uintptr_t page, bool write);

/*
 * Asks a region's handler about the fault of `frame` at `address`; supplied by who sets handlers. Returns if the access can be
 * tried again; what is refused ends in trap_unresolved(). May block.
 */
struct trap_frame;
extern void (*fault_ask)(const struct region *region, uintptr_t address, bool write, struct trap_frame *frame);

#endif
