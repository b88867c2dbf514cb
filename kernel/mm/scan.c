/*
 * Reading the accessed and dirty bits, which costs what reading the page tables does, and clearing them in a batch.
 */
#include "mm/scan.h"

#include "arch/x86_64/scan_words.h"
#include "core/bits.h"
#include "lwd/memory.h"
#include "mm/frame.h"
#include "mm/table.h"

/* Entries that are looked at together, as the bits of a word. */
#define WORD 64

struct scan {
    pte_t wanted;               /* bits of an entry, of which any counts */
    pte_t cleared;              /* of those that count */
    uint64_t *bitmap;
    size_t count;
    /* Pages of which bits have been cleared lie in [first, end). */
    uintptr_t changed_first, changed_end;
};

/* Addresses rise throughout a scan. */
static void note_change(struct scan *scan, uintptr_t va, uintptr_t end)
{
    if (scan->changed_end == 0)
        scan->changed_first = va;
    scan->changed_end = end;
}

/* Pages from `index` on have been touched; the range may begin anywhere in a word. */
static void note_found(const struct scan *scan, uint64_t found, size_t index)
{
    unsigned shift = index % WORD;

    if (!scan->bitmap)
        return;
    scan->bitmap[index / WORD] |= found << shift;
    if (shift && found >> (WORD - shift))
        scan->bitmap[index / WORD + 1] |= found >> (WORD - shift);
}

/* Entries of one table, the first of which is page `index` of the range, and what is looked for in them. */
struct part {
    pte_t *entries;
    pte_t wanted, cleared;
    size_t index;
    uintptr_t va;
};

static void scan_one(struct scan *scan, const struct part *part, size_t i)
{
    pte_t *entry = part->entries + i;
    uintptr_t va = part->va + i * PAGE_SIZE;

    if (!(*entry & part->wanted))
        return;
    note_found(scan, 1, part->index + i);
    scan->count++;
    if (!(*entry & part->cleared))
        return;
    note_change(scan, va, va + PAGE_SIZE);
    platform->set_entry(entry, *entry & ~part->cleared);
}

static size_t count_bits(const uint64_t *words, size_t count)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += (size_t)__builtin_popcountl(words[i]);
    return sum;
}

/* Clears what has been found in words of entries, of which the first is the part's `i`th. Returns how many. */
static size_t clear_found(struct scan *scan, const struct part *part, size_t i, const uint64_t *found, size_t words)
{
    size_t first = 0, last = words;

    while (first < words && !found[first])
        first++;
    if (first == words)
        return 0;
    while (!found[last - 1])
        last--;
    uintptr_t va = part->va + i * PAGE_SIZE, end = va + (last * WORD - (size_t)__builtin_clzl(found[last - 1])) * PAGE_SIZE;

    note_change(scan, va + (first * WORD + (size_t)__builtin_ctzl(found[first])) * PAGE_SIZE, end);
    return platform->clear_bits(part->entries + i, found, last, part->cleared);
}

/* So many words of entries, of which the first is the part's `i`th, aligned to two entries. Who clears has counted, too. */
static void scan_some_words(struct scan *scan, const struct part *part, size_t i, size_t words)
{
    uint64_t some[BLOCK_PAGES / WORD];
    size_t index = part->index + i;
    bool in_place = scan->bitmap && index % WORD == 0;
    uint64_t *found = in_place ? scan->bitmap + index / WORD : some;

    scan_words(part->entries + i, words, part->wanted, found);
    for (size_t word = 0; !in_place && word < words; word++)
        note_found(scan, found[word], index + word * WORD);
    if (part->cleared == part->wanted) {
        scan->count += clear_found(scan, part, i, found, words);
        return;
    }
    scan->count += count_bits(found, words);
    if (!part->cleared)
        return;
    /* Not all that counts need have what is cleared. */
    scan_words(part->entries + i, words, part->cleared, some);
    clear_found(scan, part, i, some, words);
}

/* `count` entries of one table that `slot` leads to; the first is page `index` of the range. */
static void scan_table(struct scan *scan, pte_t slot, size_t count, size_t index, uintptr_t va)
{
    /* Dirty bits in a table that is somebody else's are of no concern here. */
    pte_t ours = slot & PTE_OTHERS_DIRTY ? ~PTE_DIRTY : ~0UL;
    struct part part = { entry_table(slot) + table_index(va, 1), scan->wanted & ours, scan->cleared & ours, index, va };
    size_t i = 0;

    /* Whole words are looked at where they are aligned to two entries. */
    if (count && (uintptr_t)part.entries % (2 * sizeof(pte_t)))
        scan_one(scan, &part, i++);
    size_t words = (count - i) / WORD;

    if (words)
        scan_some_words(scan, &part, i, words);
    for (i += words * WORD; i < count; i++)
        scan_one(scan, &part, i);
}

static void set_bits(uint64_t *bitmap, size_t first, size_t count)
{
    for (size_t i = first, end = first + count; i < end; i++) {
        if (i % WORD == 0 && end - i >= WORD) {
            bitmap[i / WORD] = ~0UL;
            i += WORD - 1;
        } else {
            bitmap[i / WORD] |= 1UL << i % WORD;
        }
    }
}

static bool clears(const struct scan *scan, pte_t entry)
{
    return entry & scan->wanted & scan->cleared;
}

/* `count` pages of a superpage of `unit` pages, all of which have been touched if any has. If they are cleared they are all. */
static void scan_superpage(struct scan *scan, pte_t *entry, size_t unit, size_t count, size_t index, uintptr_t va)
{
    if (!(*entry & scan->wanted))
        return;
    if (scan->bitmap)
        set_bits(scan->bitmap, index, count);
    scan->count += count;
    if (count == unit && clears(scan, *entry)) {
        note_change(scan, va, va + count * PAGE_SIZE);
        platform->set_entry(entry, *entry & ~scan->cleared);
    }
}

/* Up to `count` pages of what is shown as 1 GiB. Returns how many; 0 if there is none, or it is to be taken apart. */
static __attribute__((noinline)) size_t scan_gigabyte(struct scan *scan, size_t count, size_t index, uintptr_t va)
{
    pte_t *entry = table_find_gigabyte(va);

    if (likely(!entry))
        return 0;
    size_t part = MIN(count, (GIGABYTE - va % GIGABYTE) / PAGE_SIZE);

    if (part < GIGABYTE / PAGE_SIZE && clears(scan, *entry))
        return 0;
    scan_superpage(scan, entry, GIGABYTE / PAGE_SIZE, part, index, va);
    return part;
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
    };
    size_t pages = size / PAGE_SIZE;

    *granularity = PAGE_SIZE;
    for (size_t done = 0; done < pages;) {
        uintptr_t va = at + done * PAGE_SIZE;
        size_t part = unlikely(table_unfold) ? scan_gigabyte(&scan, pages - done, done, va) : 0;

        if (part) {
            *granularity = GIGABYTE;
        } else {
            part = table_part(va, pages - done);
            pte_t *slot = table_find_slot(va);

            if (slot && table_is_block(*slot)) {
                *granularity = MAX(*granularity, (size_t)BLOCK_SIZE);
                /* A part is cleared, but the rest not forgotten: it is taken apart. Without a frame for that nothing is
                 * cleared. */
                if (part < BLOCK_PAGES && clears(&scan, *slot))
                    table_own(va);
            }
            if (slot && table_is_table(*slot))
                scan_table(&scan, *slot, part, done, va);
            else if (slot && *slot)
                scan_superpage(&scan, slot, BLOCK_PAGES, part, done, va);
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
        bool is_whole = table_find_gigabyte(va);
        size_t part = is_whole ? MIN(pages - done, (GIGABYTE - va % GIGABYTE) / PAGE_SIZE) : table_part(va, pages - done);
        const pte_t *slot = is_whole ? NULL : table_find_slot(va);

        /* As long as 1 GiB is shown as one, nobody else shows any of it. */
        if (is_whole)
            own += part;
        else if (slot && *slot)
            own += count_own(va, part, *slot);
        done += part;
    }
    return own;
}
