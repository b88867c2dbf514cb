/* Projections in an lwd domain: entries of its own page tables. */
#include <lwd/memory.h>

#include "projection.h"

void *projection_reserve(size_t size)
{
    void *at = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);

    if (at && lwd_memory_project(at, size, NULL, LWD_MEMORY_WRITE)) {
        lwd_memory_release(at, size);
        return NULL;
    }
    return at;
}

void projection_release(void *at, size_t size)
{
    lwd_memory_release(at, size);
}

bool projection_show(void *at, size_t size, const void *block, size_t block_size)
{
    static const void *shown;
    static struct lwd_memory_pattern *pattern;

    if (block != shown) {
        if (pattern)
            lwd_memory_pattern_free(pattern);
        pattern = lwd_memory_pattern_new(block, block_size);
        shown = pattern ? block : NULL;
    }
    return pattern && lwd_memory_project(at, size, pattern, LWD_MEMORY_WRITE) == 0;
}

bool projection_copy(void *to, const void *from, size_t size)
{
    return lwd_memory_copy(to, from, size) == 0;
}

size_t projection_pages_written(const void *at, size_t size)
{
    return (size_t)lwd_memory_private_pages(at, size);
}
