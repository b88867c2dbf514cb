/*
 * lwd/memory.h: the way of a translation.
 */
#include "lwd/memory.h"

#include <errno.h>

#include "arch/x86_64/platform.h"

int lwd_memory_walk(const void *address, const uint64_t *entries[LWD_MEMORY_LEVELS])
{
    const pte_t *table = platform->top_table();
    int count = 0;

    for (int level = TOP_LEVEL;; level--) {
        const pte_t *entry = &table[table_index((uintptr_t)address, level)];

        if (!(*entry & PTE_PRESENT))
            return -EFAULT;
        entries[count++] = entry;
        if (level == 1 || (*entry & PTE_BLOCK))
            return count;
        table = entry_table(*entry);
    }
}
