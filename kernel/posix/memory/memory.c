/*
 * Memory for the C library's allocator.
 */
#include <stddef.h>
#include <unistd.h>

#include "mm/heap.h"
#include "posix/result.h"

void *sbrk(ptrdiff_t increment)
{
    void *before = heap_move_end(increment);

    return before ? before : (void *)posix_result(-ENOMEM);
}
