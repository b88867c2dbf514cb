#include "paging.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/x86_64/memory.h"
#include "arch/x86_64/platform.h"
#include "arch/x86_64/traps.h"
#include "mm/frame.h"

#define FRAMES_MAX (1 << 20)
#define QUEUE 4096
#define TLB_ENTRIES 1024

const struct platform *platform;
const uint64_t *platform_frames;
struct boot_info boot_info;
struct pagetable_frames pagetable_frames;
void (*trap_page_fault)(struct trap_frame *frame, uintptr_t fault_address) = trap_unresolved;
unsigned long paging_changes, paging_commits;

static pte_t root[TABLE_ENTRIES] __attribute__((aligned(PAGE_SIZE)));
static bool is_table[FRAMES_MAX];

void paging_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    abort();
}

/* --- faults --- */

static bool is_unresolved;

void trap_unresolved(struct trap_frame *frame, uintptr_t fault_address)
{
    (void)frame;
    (void)fault_address;
    is_unresolved = true;
}

/* --- memory --- */

void page_zero(void *page)
{
    if (is_table[frame_of(page)])
        paging_fail("frame %lu is written while it is a table", frame_of(page));
    /* What is zero already is not written, and so takes no memory of the machine. */
    for (const uint64_t *word = page; word < (const uint64_t *)page + PAGE_SIZE / sizeof *word; word++)
        if (*word) {
            memset(page, 0, PAGE_SIZE);
            return;
        }
}

void page_copy(void *to, const void *from)
{
    if (is_table[frame_of(to)])
        paging_fail("frame %lu is written while it is a table", frame_of(to));
    memcpy(to, from, PAGE_SIZE);
}

static void reserve(uintptr_t at, size_t size)
{
    void *got = mmap((void *)at, size, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

    if (got != (void *)at)
        paging_fail("there is no room at 0x%lx", at);
}

/* What mm/ maps for itself, the list of frames, is there already. */
static int map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access)
{
    (void)va;
    (void)frames;
    (void)count;
    (void)access;
    return 0;
}

/* --- entries --- */

static pte_t *top_table(void)
{
    return root;
}

static pfn_t entry_frame(pte_t entry)
{
    return entry & (PTE_PRESENT | PTE_PARKED) ? (entry & PTE_FRAME) >> PAGE_SHIFT : NO_FRAME;
}

static pte_t leaf_entry(pfn_t frame, enum page_access access)
{
    return frame << PAGE_SHIFT | PTE_PRESENT | PTE_ACCESSED | (access & PAGE_WRITE ? PTE_WRITE | PTE_DIRTY : 0) |
           (access & PAGE_EXECUTE ? 0 : PTE_NO_EXECUTE);
}

static void show_frames(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access)
{
    for (size_t i = 0; i < count; i++)
        entries[i] = leaf_entry(frames[i], access) & ~PTE_DIRTY;
}

static pte_t table_entry(pfn_t table)
{
    return table << PAGE_SHIFT | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static pte_t parked_entry(pfn_t frame)
{
    return frame << PAGE_SHIFT | PTE_PARKED;
}

/* --- changes --- */

enum change_kind { SET, MAKE, UNMAKE };

static struct change {
    enum change_kind kind;
    pte_t *entry;
    pte_t value;
} queue[QUEUE];
static unsigned queued;

static void apply(const struct change *change)
{
    pfn_t frame = entry_frame(change->value);

    switch (change->kind) {
    case SET:
        /* PTE_USER tells entries that lead to tables from those that show pages. */
        if ((change->value & PTE_USER) && !is_table[frame])
            paging_fail("an entry leads to frame %lu, which is no table", frame);
        if (!(change->value & PTE_USER) && (change->value & PTE_PRESENT) && is_table[frame])
            paging_fail("an entry shows frame %lu, which is a table", frame);
        if (frame != NO_FRAME && frame_state(frame)->recent)
            paging_fail("an entry shows frame %lu, which is free", frame);
        *change->entry = change->value;
        return;
    case MAKE:
        is_table[change->value >> PAGE_SHIFT] = true;
        return;
    case UNMAKE:
        is_table[change->value >> PAGE_SHIFT] = false;
    }
}

static void put(enum change_kind kind, pte_t *entry, pte_t value)
{
    if (queued == QUEUE)
        paging_fail("%u changes at once", queued);
    queue[queued++] = (struct change){ kind, entry, value };
}

static void set_entry(pte_t *entry, pte_t value)
{
    put(SET, entry, value);
}

static size_t clear_bits(pte_t *entries, const uint64_t *which, size_t words, pte_t bits)
{
    size_t count = 0;

    if ((uintptr_t)entries / PAGE_SIZE != (uintptr_t)(entries + words * 64 - 1) / PAGE_SIZE)
        paging_fail("bits are cleared beyond the end of a table");
    for (size_t i = 0; i < words * 64; i++)
        if (which[i / 64] >> i % 64 & 1) {
            put(SET, &entries[i], entries[i] & ~bits);
            count++;
        }
    return count;
}

static void make_table(pfn_t frame)
{
    put(MAKE, NULL, frame << PAGE_SHIFT);
}

static void unmake_table(pfn_t frame)
{
    put(UNMAKE, NULL, frame << PAGE_SHIFT);
}

static void keep_table(pfn_t table, bool keep)
{
    (void)keep;
    if (!is_table[table])
        paging_fail("frame %lu is kept, or let go of, as a table, and is none", table);
}

/* --- the processor --- */

/* Translations that are remembered. */
static struct translation {
    uintptr_t page;
    pfn_t frame;
    bool writable, dirty;
} tlb[TLB_ENTRIES];

static void flush(uintptr_t va, size_t count)
{
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        if (count > TLB_ENTRIES || tlb[i].page - va < count * PAGE_SIZE)
            tlb[i].page = 0;
}

static void commit(uintptr_t va, size_t count)
{
    paging_changes += queued;
    paging_commits += queued > 0;
    for (unsigned i = 0; i < queued; i++)
        apply(&queue[i]);
    queued = 0;
    if (count)
        flush(va, count);
}

static void set_page(uintptr_t va, pte_t *entry, pte_t value, bool forget)
{
    apply(&(struct change){ SET, entry, value });
    paging_changes++;
    paging_commits++;
    if (forget)
        flush(va, 1);
}

static void show_page(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget)
{
    set_page(va, entry, (leaf_entry(frame, access) & ~PTE_DIRTY) | more, forget);
}

/* The lowest entry for an address, how many pages it shows, and whether the tables above allow writing; null if there is none. */
static pte_t *find(uintptr_t va, bool *writable, size_t *size)
{
    pte_t *table = root;

    *writable = true;
    for (int level = TOP_LEVEL;; level--) {
        pte_t *entry = &table[table_index(va, level)];

        if (!(*entry & PTE_PRESENT))
            return NULL;
        *writable = *writable && (*entry & PTE_WRITE);
        *size = 1UL << 9 * (level - 1);
        if (level == 1 || (*entry & PTE_BLOCK))
            return entry;
        table = frame_address(entry_frame(*entry));
    }
}

static pfn_t lookup(uintptr_t va, enum page_access access)
{
    bool writable;
    size_t size;
    const pte_t *entry = find(va, &writable, &size);

    if (!entry || ((access & PAGE_WRITE) && !writable))
        return NO_FRAME;
    return entry_frame(*entry) + va / PAGE_SIZE % size;
}

/*
 * Walks the tables and remembers what it finds; null if the access is not allowed. What is remembered without the right to
 * write is taken for the truth once, and forgotten by the fault.
 */
static struct translation *translate(uintptr_t page, bool write)
{
    struct translation *cached = &tlb[page / PAGE_SIZE % TLB_ENTRIES];
    bool writable;
    size_t size;

    if (cached->page == page && (!write || (cached->writable && cached->dirty)))
        return cached;
    if (cached->page == page && write && !cached->writable) {
        cached->page = 0;
        return NULL;
    }
    pte_t *entry = find(page, &writable, &size);

    if (!entry || (write && !writable))
        return NULL;
    *entry |= PTE_ACCESSED | (write ? PTE_DIRTY : 0);
    *cached = (struct translation){ page, entry_frame(*entry) + page / PAGE_SIZE % size, writable,
                                    *entry & PTE_DIRTY };
    return cached;
}

static uint64_t *touch(uintptr_t address, bool write)
{
    uintptr_t page = ALIGN_DOWN(address, (uintptr_t)PAGE_SIZE);
    struct translation *found;

    if (queued)
        paging_fail("a program runs before %u changes are committed", queued);
    while (!(found = translate(page, write))) {
        struct trap_frame frame = { .vector = TRAP_PAGE_FAULT };

        frame.error = (lookup(page, PAGE_READ) != NO_FRAME ? FAULT_PRESENT : 0) | (write ? FAULT_WRITE : 0);
        is_unresolved = false;
        trap_page_fault(&frame, address);
        if (is_unresolved)
            return NULL;
        if (queued)
            paging_fail("a fault leaves %u changes uncommitted", queued);
    }
    return (uint64_t *)((char *)frame_address(found->frame) + address % PAGE_SIZE);
}

bool paging_read(const uint64_t *at, uint64_t *value)
{
    const uint64_t *place = touch((uintptr_t)at, false);

    if (place)
        *value = *place;
    return place;
}

bool paging_write(uint64_t *at, uint64_t value)
{
    uint64_t *place = touch((uintptr_t)at, true);

    if (place)
        *place = value;
    return place;
}

int paging_superpage_levels = 3;

static bool has_superpages(int level)
{
    return level <= paging_superpage_levels;
}

static void start(struct boot_info memory, unsigned frames)
{
    static struct platform made;

    made = (struct platform){
        .name = "made", .map = map, .lookup = lookup, .top_table = top_table, .entry_frame = entry_frame,
        .leaf_entry = leaf_entry, .table_entry = table_entry, .parked_entry = parked_entry,
        .show_frames = show_frames,
        .has_superpages = has_superpages, .set_entry = set_entry, .clear_bits = clear_bits,
        .make_table = make_table,
        .unmake_table = unmake_table, .keep_table = keep_table, .commit = commit, .set_page = set_page,
        .show_page = show_page,
    };
    if (platform)
        return;
    platform = &made;
    reserve(DIRECT_BASE, (size_t)frames * PAGE_SIZE);
    reserve(FRAME_TABLE_BASE, frames * sizeof(struct frame));
    boot_info = memory;
    boot_info.used_start = boot_info.used_end = 1;
    frame_init();
}

void paging_start(unsigned frames)
{
    start((struct boot_info){ .frames = frames, .mapped_end = frames }, frames);
}

void paging_start_with_hole(unsigned mapped, unsigned hole_start, unsigned hole_end, unsigned end)
{
    start((struct boot_info){ .frames = end - (hole_end - hole_start), .mapped_end = mapped, .end = end,
                              .hole_start = hole_start, .hole_end = hole_end },
          end);
}
