/*
 * The exceptions that a PV guest can get, once for the entry code and once for the table that Xen is given:
 * ENTRY(vector, whether an error code is pushed).
 */
#ifndef LWD_PV_VECTORS_H
#define LWD_PV_VECTORS_H

#define PV_TRAP_VECTORS(ENTRY)                                                              \
    ENTRY(0, 0) ENTRY(1, 0) ENTRY(3, 0) ENTRY(4, 0) ENTRY(5, 0) ENTRY(6, 0) ENTRY(7, 0)     \
    ENTRY(10, 1) ENTRY(11, 1) ENTRY(12, 1) ENTRY(13, 1) ENTRY(14, 1) ENTRY(16, 0)           \
    ENTRY(17, 1) ENTRY(19, 0)

#endif
