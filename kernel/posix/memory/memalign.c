/*
 * Aligned memory in POSIX's form; the C library's allocator does it.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

/* Returns an errno. */
int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)))
        return EINVAL;
    int before = errno;
    void *found = memalign(alignment, size);

    errno = before;
    if (!found)
        return ENOMEM;
    *memory = found;
    return 0;
}
