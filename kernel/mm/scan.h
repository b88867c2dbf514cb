/*
 * What was touched: the accessed and dirty bits that the processor sets in page tables (paper, section 4.2).
 */
#ifndef LWD_MM_SCAN_H
#define LWD_MM_SCAN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Counts the pages of a range that is mapped for which any of the conditions holds (`what`: enum lwd_memory_scan_flags), and sets
 * their bits in `bitmap`, which may be null and is all zero. `granularity` receives the largest unit met, in bytes.
 */
size_t scan_range(uintptr_t at, size_t size, unsigned what, uint64_t *bitmap, size_t *granularity);

/* Pages of a range whose frames are shown nowhere else. */
size_t scan_private(uintptr_t at, size_t size);

#endif
