/*
 * The exceptions of a processor, once for the entry code and once for the table that the processor is given:
 * ENTRY(vector, whether an error code is pushed).
 */
#ifndef LWD_PVH_VECTORS_H
#define LWD_PVH_VECTORS_H

#define PVH_TRAP_VECTORS(ENTRY)                                                             \
    ENTRY(0, 0) ENTRY(1, 0) ENTRY(2, 0) ENTRY(3, 0) ENTRY(4, 0) ENTRY(5, 0) ENTRY(6, 0)     \
    ENTRY(7, 0) ENTRY(8, 1) ENTRY(10, 1) ENTRY(11, 1) ENTRY(12, 1) ENTRY(13, 1)             \
    ENTRY(14, 1) ENTRY(16, 0) ENTRY(17, 1) ENTRY(18, 0) ENTRY(19, 0)

/* Where Xen says that an event is pending. */
#define PVH_EVENT_VECTOR 32
#define PVH_VECTORS 33

/* Selectors of the descriptor table. */
#define PVH_CODE 0x08
#define PVH_DATA 0x10
#define PVH_TASK 0x18

#endif
