/* What was written, in an lwd domain: the dirty bits of its own page tables. Writing costs nothing, being asked little. */
#include <lwd/memory.h>

#include <stdlib.h>

#include "written.h"

void *written_reserve(size_t size)
{
    void *at = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);

    if (at && lwd_memory_project(at, size, NULL, LWD_MEMORY_WRITE)) {
        lwd_memory_release(at, size);
        return NULL;
    }
    return at;
}

size_t written_since(void *at, size_t size, size_t *pages)
{
    /* A bit a page; if there is no memory even for that, everything counts as written. */
    uint64_t *bitmap = malloc((size / PAGE + 63) / 64 * sizeof *bitmap);
    struct lwd_memory_run run = { 0 };
    size_t count = 0;

    if (!bitmap) {
        while (count < size / PAGE) {
            pages[count] = count;
            count++;
        }
        return count;
    }
    lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, bitmap, NULL);
    while (lwd_memory_next_run(bitmap, size / PAGE, &run))
        for (size_t i = 0; i < run.count; i++)
            pages[count++] = run.first + i;
    free(bitmap);
    return count;
}
