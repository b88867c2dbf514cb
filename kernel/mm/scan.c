/*
 * Reading the accessed and dirty bits, which costs what reading the page tables does, and clearing them in a batch.
 */
#include "mm/scan.h"

#include "core/bits.h"
#include "lwd/memory.h"
#include "mm/frame.h"
#include "mm/table.h"

/* Entries that are looked at together, as the bits of a word; and those of which most have nothing to say. */
#define WORD 64
#define GROUP 8

struct scan {
    pte_t wanted;               /* bits of an entry, of which any counts */
    pte_t cleared;              /* of those that count */
    uint64_t *bitmap;
    size_t count;
    /* Pages of which bits have been cleared lie in [first, end). */
    uintptr_t changed_first, changed_end;
};

static void note_change(struct scan *scan, uintptr_t va, size_t pages)
{
    scan->changed_first = MIN(scan->changed_first, va);
    scan->changed_end = MAX(scan->changed_end, va + pages * PAGE_SIZE);
}

/* A bit for each entry of a group that has any of `bits`: one or all, mostly. Not within the loop that seldom finds one. */
static __attribute__((noinline)) uint64_t find_in_group(const pte_t *e, pte_t bits)
{
    uint64_t found = 0;

    if ((e[0] & e[7] & bits) && (e[0] & e[1] & e[2] & e[3] & e[4] & e[5] & e[6] & e[7] & bits))
        return (1 << GROUP) - 1;
#pragma unroll
    for (unsigned i = 0; i < GROUP; i++)
        if (unlikely(e[i] & bits))
            found |= 1UL << i;
    return found;
}

static uint64_t find_in_word(const pte_t *entries, pte_t bits)
{
    uint64_t found = 0;

#pragma unroll
    for (unsigned i = 0; i < WORD; i += GROUP) {
        const pte_t *e = entries + i;

        if (unlikely((e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]) & bits))
            found |= find_in_group(e, bits) << i;
    }
    return found;
}

static uint64_t find_in_part(const pte_t *entries, size_t count, pte_t bits)
{
    uint64_t found = 0;

    for (size_t i = 0; i < count; i++)
        found |= (uint64_t)((entries[i] & bits) != 0) << i;
    return found;
}

static size_t count_bits(uint64_t word)
{
    return word & (word - 1) ? (size_t)__builtin_popcountl(word) : 1;
}

/* Pages from `index` on have been touched; the range may begin anywhere in a word. */
static void note_found(struct scan *scan, uint64_t found, size_t index)
{
    unsigned shift = index % WORD;

    scan->count += count_bits(found);
    if (!scan->bitmap)
        return;
    scan->bitmap[index / WORD] |= found << shift;
    if (shift && found >> (WORD - shift))
        scan->bitmap[index / WORD + 1] |= found >> (WORD - shift);
}

static void clear(struct scan *scan, pte_t *entries, uint64_t which, pte_t bits, uintptr_t va)
{
    unsigned first = (unsigned)__builtin_ctzl(which), last = WORD - 1 - (unsigned)__builtin_clzl(which);

    note_change(scan, va + first * PAGE_SIZE, last - first + 1);
    platform->clear_bits(entries, which, bits);
}

/* `count` entries of one table that `slot` leads to; the first is page `index` of the range. */
static void scan_table(struct scan *scan, pte_t slot, size_t count, size_t index, uintptr_t va)
{
    /* Dirty bits in a table that is somebody else's are of no concern here. */
    pte_t ours = slot & PTE_OTHERS_DIRTY ? ~PTE_DIRTY : ~0UL;
    pte_t wanted = scan->wanted & ours, cleared = scan->cleared & ours;
    pte_t *entries = entry_table(slot) + table_index(va, 1);

    for (size_t i = 0; i < count; i += WORD) {
        bool is_whole = count - i >= WORD;
        uint64_t found = is_whole ? find_in_word(entries + i, wanted) : find_in_part(entries + i, count - i, wanted);

        if (!found)
            continue;
        note_found(scan, found, index + i);
        /* Not all that counts need have what is cleared. */
        if (cleared && cleared != wanted)
            found &= find_in_part(entries + i, MIN(count - i, (size_t)WORD), cleared);
        if (cleared && found)
            clear(scan, entries + i, found, cleared, va + i * PAGE_SIZE);
    }
}

/* Part of a superpage, all pages of which have been touched if any has. */
static void scan_block(struct scan *scan, pte_t *slot, size_t count, size_t index, uintptr_t va)
{
    if (!(*slot & scan->wanted))
        return;
    for (size_t i = index; scan->bitmap && i < index + count; i++)
        scan->bitmap[i / WORD] |= 1UL << i % WORD;
    scan->count += count;
    if (*slot & scan->wanted & scan->cleared) {
        note_change(scan, ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE), BLOCK_PAGES);
        platform->set_entry(slot, *slot & ~scan->cleared);
    }
}

static pte_t bits_of(unsigned what)
{
    return (what & LWD_MEMORY_DIRTY ? PTE_DIRTY : 0) | (what & LWD_MEMORY_ACCESSED ? PTE_ACCESSED : 0);
}

size_t scan_range(uintptr_t at, size_t size, unsigned what, uint64_t *bitmap, size_t *granularity)
{
    struct scan scan = {
        .wanted = bits_of(what) | (what & LWD_MEMORY_PRESENT ? PTE_PRESENT : 0),
        .cleared = what & LWD_MEMORY_CLEAR ? bits_of(what) : 0,
        .bitmap = bitmap,
        .changed_first = UINTPTR_MAX,
    };
    size_t pages = size / PAGE_SIZE;

    *granularity = PAGE_SIZE;
    for (size_t done = 0; done < pages;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, pages - done);
        pte_t *slot = table_find_slot(va);

        if (slot && table_is_block(*slot)) {
            scan_block(&scan, slot, part, done, va);
            *granularity = BLOCK_SIZE;
        } else if (slot && *slot) {
            scan_table(&scan, *slot, part, done, va);
        }
        done += part;
    }
    if (scan.changed_end)
        table_finish(scan.changed_first, (scan.changed_end - scan.changed_first) / PAGE_SIZE);
    return scan.count;
}

static size_t count_own(uintptr_t va, size_t count, pte_t slot)
{
    pfn_t first = platform->entry_frame(slot);
    size_t own = 0;

    if (table_is_table(slot) && frame_is_shared(first))
        return 0;
    for (size_t i = 0; i < count; i++) {
        unsigned index = table_index(va, 1) + (unsigned)i;
        pte_t entry = table_is_block(slot) ? slot : ((const pte_t *)frame_address(first))[index];
        pfn_t frame = entry ? platform->entry_frame(entry) : NO_FRAME;

        if (table_is_block(slot))
            frame += index;
        own += frame != NO_FRAME && !frame_is_shared(frame);
    }
    return own;
}

size_t scan_private(uintptr_t at, size_t size)
{
    size_t pages = size / PAGE_SIZE, own = 0;

    for (size_t done = 0; done < pages;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = table_part(va, pages - done);
        const pte_t *slot = table_find_slot(va);

        if (slot && *slot)
            own += count_own(va, part, *slot);
        done += part;
    }
    return own;
}
