/*
 * lwd/memory.h: what was touched, and how much is a range's own.
 */
#include "lwd/memory.h"

#include "core/bits.h"
#include "hpc/memory.h"
#include "mm/scan.h"

long lwd_memory_scan(const void *at, size_t size, unsigned what, uint64_t *bitmap, size_t *granularity)
{
    int error = memory_check_range(at, size);
    size_t unit;

    if (error)
        return error;
    for (size_t i = 0; bitmap && i < DIV_ROUND_UP(size / LWD_MEMORY_PAGE, 64); i++)
        bitmap[i] = 0;
    return (long)scan_range((uintptr_t)at, size, what, bitmap, granularity ? granularity : &unit);
}

long lwd_memory_private_pages(const void *at, size_t size)
{
    int error = memory_check_range(at, size);

    return error ? error : (long)scan_private((uintptr_t)at, size);
}
