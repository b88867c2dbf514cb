/*
 * The address space, for C, assembler and the linker script. kernel/README.md draws it.
 *
 * There is one mapping of each frame, the direct map, and the image is linked inside of it: where a frame is text, its
 * only mapping is read-only. What applications map goes into regions of its own, far above.
 */
#ifndef LWD_ARCH_LAYOUT_H
#define LWD_ARCH_LAYOUT_H

#define PAGE_SHIFT 12
#define PAGE_SIZE (1 << PAGE_SHIFT)
/* What one lowest-level page table maps; memory comes into use in these steps. */
#define BLOCK_SHIFT 21
#define BLOCK_SIZE (1 << BLOCK_SHIFT)
#define BLOCK_PAGES (BLOCK_SIZE / PAGE_SIZE)

/*
 * Guest-physical address 0 appears here. All below is never mapped: a null pointer with any reasonable offset faults.
 * Low enough that the image stays in the lower 2 GiB, which the small code model wants. (Tests of mm/ on the host, whose
 * memory is more than fits there beside a sanitizer's, say another place.)
 */
#ifndef DIRECT_BASE
#define DIRECT_BASE 0x10000000
#endif

/* PVH is loaded at guest-physical 1 MiB (below is the legacy hole); PV at the same place, so that one ELF does for both. */
#define IMAGE_OFFSET 0x100000

/* One struct frame for each frame of the domain (mm/frame.h). */
#define FRAME_TABLE_BASE 0x200000000000
/* The grant table, shared with Xen. */
#define GRANT_TABLE_BASE 0x280000000000
/* On PV, the list of machine frames of a domain that has grown (pv/reservation.c). */
#define MACHINE_LIST_BASE 0x2c0000000000
/* The C library's heap, grown by sbrk. */
#define HEAP_BASE 0x300000000000
#define HEAP_END 0x3f0000000000
/* What applications map (mm/region.h). */
#define REGION_BASE 0x400000000000
#define REGION_END 0x5f0000000000
/* Thread stacks, with an unmapped page between each two. */
#define STACK_BASE 0x600000000000
#define STACK_END 0x610000000000

#endif
