/*
 * Entries of the processor's page tables, as both platforms write them.
 */
#ifndef LWD_ARCH_PTE_H
#define LWD_ARCH_PTE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/layout.h"

typedef uint64_t pte_t;

#define PTE_PRESENT (1UL << 0)
#define PTE_WRITE (1UL << 1)
#define PTE_USER (1UL << 2)
#define PTE_ACCESSED (1UL << 5)
#define PTE_DIRTY (1UL << 6)
/* In a table of level 2 or 3: the entry shows memory and leads to no table. */
#define PTE_BLOCK (1UL << 7)
/* Ours: no access, but the frame is remembered. */
#define PTE_PARKED (1UL << 9)
/* Ours, in the lowest level: what the entry does not allow, the range's handler may (lwd/memory.h). */
#define PTE_GUARDED (1UL << 10)
/* Ours, in level 2: the table's dirty bits tell of writes at another place that shares it. */
#define PTE_OTHERS_DIRTY (1UL << 11)
#define PTE_NO_EXECUTE (1UL << 63)
#define PTE_FRAME 0x000ffffffffff000UL

#define TABLE_ENTRIES 512
#define TOP_LEVEL 4

/* Bits in which access to a page is asked for. */
enum page_access {
    PAGE_READ = 0,
    PAGE_WRITE = 1,
    PAGE_EXECUTE = 2,
};

/* What an entry says of a page that may be accessed so; one that may be written is taken to be dirty. Without branches. */
static inline pte_t pte_flags(enum page_access access)
{
    uint64_t write = access & PAGE_WRITE, refuse = ~(uint64_t)access & PAGE_EXECUTE;

    return PTE_PRESENT | PTE_ACCESSED | write * (PTE_WRITE | PTE_DIRTY) | refuse << 62;
}

/*
 * Can the processor remember a lowest entry? It remembers nothing that is not there. That it does is of no matter where the
 * entry shows the same frame as before and gains rights: at worst a write faults of which the tables know nothing wrong, and by
 * that the processor forgets. Such a fault is tried again (mm/fault.c).
 */
static inline bool page_is_remembered(pte_t entry)
{
    return entry & PTE_PRESENT;
}

/* The place of the entry for `va` in its table of `level`, 1 being the lowest. */
static inline unsigned table_index(uintptr_t va, int level)
{
    return va >> (PAGE_SHIFT + 9 * (level - 1)) & (TABLE_ENTRIES - 1);
}

#endif
