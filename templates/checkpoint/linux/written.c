/*
 * The same on Linux, where pages are told from others by the kernel's soft-dirty bits: cleared for the whole process by a
 * write to a file, read page by page from another. A page's first write after that is a fault. A kernel that has no such
 * bits has everything count as written.
 */
#define _GNU_SOURCE
#include "../src/written.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define SOFT_DIRTY (1ULL << 55)

static bool is_dirty(int map, const void *page)
{
    uint64_t entry;

    return pread(map, &entry, sizeof entry, (off_t)((uintptr_t)page / PAGE * sizeof entry)) != sizeof entry ||
           entry & SOFT_DIRTY;
}

void *written_reserve(size_t size)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? NULL : at;
}

size_t written_since(void *at, size_t size, size_t *pages)
{
    static _Alignas(PAGE) volatile char written[PAGE];
    int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), clear = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    size_t count = 0;

    written[0] = 1;
    bool known = is_dirty(map, (const void *)written);

    for (size_t page = 0; page < size / PAGE; page++)
        if (!known || is_dirty(map, (char *)at + page * PAGE))
            pages[count++] = page;
    /* If they cannot be cleared, more pages than were written will count. */
    (void)!write(clear, "4", 1);
    close(map);
    close(clear);
    return count;
}
