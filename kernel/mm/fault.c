/*
 * What happens when a page of a region is touched that is not there, or that others show as well and is written.
 *
 * All but the asking of handlers runs on the stack of what faulted, with its vector registers in use: nothing here touches
 * them.
 */
#include "mm/fault.h"

#include <errno.h>

#include "arch/x86_64/memory.h"
#include "arch/x86_64/traps.h"
#include "core/bits.h"
#include "core/panic.h"
#include "mm/frame.h"
#include "mm/map.h"
#include "mm/projection.h"
#include "mm/region.h"
#include "mm/table.h"

/* Pages that are brought in with one that is touched, at most. */
#define AHEAD_MAX 64

bool (*fault_superpage)(uintptr_t block);
void (*fault_ask)(const struct region *region, uintptr_t address, bool write, struct trap_frame *frame);

/*
 * A program that goes through fresh memory in order is met with more and more pages at a time: what is given ahead is
 * never more than what it has touched. Faults anywhere else bring in the one page.
 */
static struct {
    uintptr_t expected;
    size_t ahead;
} order;

static void expect_behind(uintptr_t page, size_t ahead)
{
    order.ahead = ahead;
    order.expected = page + ahead * PAGE_SIZE;
}

static size_t pages_ahead(uintptr_t page)
{
    expect_behind(page, page == order.expected ? MIN(2 * order.ahead, AHEAD_MAX) : 1);
    return order.ahead;
}

static SELDOM pfn_t take_spare_frame(void)
{
    return map_give_up_spare() ? frame_alloc() : NO_FRAME;
}

static pfn_t take_frame(void)
{
    pfn_t frame = frame_alloc();

    return likely(frame != NO_FRAME) ? frame : take_spare_frame();
}

static pte_t *own_entry(uintptr_t page)
{
    pte_t *entry = table_own(page);

    return !entry && map_give_up_spare() ? table_own(page) : entry;
}

/* What `entry` shows, as far as one like it can be replaced by fresh zeroes: nothing, or the zeroes. */
static bool is_blank(pte_t entry)
{
    return entry == 0 || ((entry & PTE_PRESENT) && !(entry & PTE_GUARDED) && pattern_is_zero(platform->entry_frame(entry)));
}

/* How many pages from `page` on, at most `most`, are of the first one's kind: bare, or showing zeroes. */
static size_t count_alike(uintptr_t page, size_t most)
{
    const pte_t *slot = table_find_slot(page);

    most = MIN(most, (BLOCK_SIZE - page % BLOCK_SIZE) / PAGE_SIZE);
    if (!slot || !*slot)
        return most;
    const pte_t *entry = entry_table(*slot) + table_index(page, 1);
    size_t count = 1;

    while (count < most && is_blank(entry[count]) && !entry[count] == !entry[0])
        count++;
    return count;
}

/* Shows fresh zeroed frames in place of `count` blank pages of one block. */
static int show_fresh(uintptr_t page, size_t count, enum page_access access, bool written)
{
    static pfn_t frames[BLOCK_PAGES];
    bool was_bare = table_entry_at(page) == 0;
    struct draft draft;

    if (!frame_alloc_many(frames, count))
        return -ENOMEM;
    if (!draft_begin(&draft, page, count)) {
        while (count)
            frame_free(frames[--count]);
        return -ENOMEM;
    }
    for (size_t i = 0; i < count; i++)
        page_zero(frame_address(frames[i]));
    platform->show_frames(draft.entries, frames, count, access);
    if (written)
        draft.entries[0] |= PTE_DIRTY;
    draft_show(&draft);
    table_finish(page, was_bare ? 0 : count);
    return 0;
}

/*
 * The page alone, whose entry is its place's own: a frame with what it shows, or the frame that it has made writable if
 * nobody else shows that. False if there is no frame. In line, for the usual fault.
 */
static inline __attribute__((always_inline)) bool own_here(const struct region *region, uintptr_t page, pte_t *entry,
                                                           bool written)
{
    enum page_access access = region_page_access(region->access);
    pte_t now = *entry, dirty = written ? PTE_DIRTY : now & PTE_DIRTY;
    pfn_t before = table_frame(now);

    if (before != NO_FRAME && !frame_is_shared(before)) {
        if (!(now & PTE_WRITE) || written)
            platform->show_page(page, entry, before, access, dirty, false);
        return true;
    }
    pfn_t frame = take_frame();

    if (unlikely(frame == NO_FRAME))
        return false;
    if (before == pattern_zero_frame || before == NO_FRAME)
        page_zero(frame_address(frame));
    else
        page_copy(frame_address(frame), frame_address(before));
    platform->show_page(page, entry, frame, access, dirty, page_is_remembered(now));
    if (before != NO_FRAME)
        frame_drop(before);
    return true;
}

static int own_one(const struct region *region, uintptr_t page, bool written)
{
    pte_t *entry = own_entry(page);

    return entry && own_here(region, page, entry, written) ? 0 : -ENOMEM;
}

long fault_own(const struct region *region, uintptr_t page, size_t most, bool written)
{
    pte_t *slot = table_find_slot(page);
    bool is_block = slot && table_is_block(*slot);

    if (is_block && book_is_writable(ALIGN_DOWN(page, (uintptr_t)BLOCK_SIZE), BLOCK_SIZE) && table_claim_block(slot))
        return (long)MIN(most, (BLOCK_SIZE - page % BLOCK_SIZE) / PAGE_SIZE);
    if (most > 1 && !is_block && is_blank(table_entry_at(page))) {
        size_t count = count_alike(page, most);

        if (count > 1 && show_fresh(page, count, region_page_access(region->access), written) == 0)
            return (long)count;
    }
    int error = own_one(region, page, written);

    return error ? error : 1;
}

bool fault_own_block(const struct region *region, uintptr_t page)
{
    uintptr_t block = ALIGN_DOWN(page, (uintptr_t)BLOCK_SIZE);

    if (likely(!region->superpages) || region->start > block || region->end - block < BLOCK_SIZE ||
        (region->access & (REGION_WRITE | REGION_EXECUTE)) != REGION_WRITE)
        return false;
    const pte_t *slot = table_find_slot(block);

    return (!slot || !*slot || pattern_is_zero_table(*slot)) && fault_superpage(block);
}

/* Shows zeroes where nothing is: in the whole block if there is nothing in all of it, else in the page and some after it. */
static int show_zeroes(const struct region *region, uintptr_t page, size_t ahead)
{
    const struct pattern *zero = pattern_zero();
    uintptr_t block = ALIGN_DOWN(page, (uintptr_t)BLOCK_SIZE);
    const pte_t *slot = table_find_slot(page);

    if (!zero)
        return -ENOMEM;
    if ((!slot || !*slot) && region->start <= block && region->end - block >= BLOCK_SIZE &&
        !(region->access & REGION_EXECUTE))
        return projection_show(block, BLOCK_SIZE, zero);
    return projection_show(page, count_alike(page, ahead) * PAGE_SIZE, zero);
}

/* A touch of a page that is bare, or of which the entry does not allow it though its region does. */
static int meet(const struct region *region, uintptr_t page, bool write)
{
    if (write && fault_own_block(region, page))
        return 0;
    size_t ahead = pages_ahead(page);

    if (ahead > 1) {
        size_t left = (region->end - page) / PAGE_SIZE, spare = frame_count_free() / 4 + 1;

        ahead = MIN(ahead, MIN(left, spare));
    }
    if (write) {
        long done = fault_own(region, page, ahead, true);

        return done < 0 ? (int)done : 0;
    }
    if (table_entry_at(page) == 0)
        return show_zeroes(region, page, ahead);
    /* Parked, or not executable until now. */
    pte_t *own = own_entry(page);

    if (!own)
        return -ENOMEM;
    pfn_t frame = platform->entry_frame(*own);
    enum page_access access = region_page_access(region->access);

    platform->show_page(page, own, frame, frame_is_shared(frame) ? access & ~PAGE_WRITE : access, *own & PTE_DIRTY,
                        page_is_remembered(*own));
    return 0;
}

/* Does the region allow what was tried? */
static bool is_allowed(const struct region *region, uint64_t error)
{
    if (error & FAULT_FETCH)
        return region->access & REGION_EXECUTE;
    return region->access & (error & FAULT_WRITE ? REGION_WRITE : REGION_READ);
}

/* What the lowest table says of the page, or the slot that is a block; 0 if there is nothing. */
static pte_t find_entry(uintptr_t page, pte_t slot)
{
    return table_is_table(slot) ? entry_table(slot)[table_index(page, 1)] : slot;
}

static pte_t read_slot(uintptr_t page)
{
    const pte_t *slot = table_find_slot(page);

    return slot ? *slot : 0;
}

/* Do the page tables allow it by now? */
static bool is_possible(pte_t slot, pte_t entry, uint64_t error)
{
    if ((error & FAULT_FETCH) || !(entry & PTE_PRESENT))
        return false;
    return !(error & FAULT_WRITE) || (slot & entry & PTE_WRITE);
}

/*
 * Then the processor did not know of a right that was granted without telling it (page_is_remembered()), and does now. But if
 * the same fault comes again and again, something is wrong that will not go away.
 */
static bool try_again(const struct trap_frame *frame, uintptr_t page)
{
    enum { MOST = 65536 };
    static uintptr_t last_rip, last_page;
    static unsigned count;

    count = frame->rip == last_rip && page == last_page ? count + 1 : 0;
    last_rip = frame->rip;
    last_page = page;
    return count < MOST;
}

static bool needs_handler(pte_t slot, pte_t entry, bool write)
{
    return !table_is_block(slot) && fault_asks(entry, write);
}

static __attribute__((noinline)) bool needs_handler_anywhere(uintptr_t page, bool write)
{
    pte_t slot = read_slot(page);

    return needs_handler(slot, find_entry(page, slot), write);
}

bool fault_needs_handler(uintptr_t page, bool write)
{
    pte_t *entry;

    return table_own_quickly(page, &entry) ? fault_asks(*entry, write) : needs_handler_anywhere(page, write);
}

static _Noreturn void report_no_memory(const struct trap_frame *frame, uintptr_t page)
{
    crash_begin(CRASH_BUS, "out of memory: no frame is left for the page at 0x%lx, which was mapped but never written",
                page);
    crash_print_address(frame->rip);
    crash_end(frame->rbp);
}

static __attribute__((noinline)) void resolve_any(struct trap_frame *frame, uintptr_t address)
{
    const struct region *region = book_find(address);
    uintptr_t page = ALIGN_DOWN(address, (uintptr_t)PAGE_SIZE);

    if (!region || !is_allowed(region, frame->error)) {
        trap_unresolved(frame, address);
        return;
    }
    pte_t slot = read_slot(page), entry = find_entry(page, slot);
    bool write = frame->error & FAULT_WRITE;

    if (is_possible(slot, entry, frame->error)) {
        if (!try_again(frame, page))
            trap_unresolved(frame, address);
    } else if (region->handler.function && needs_handler(slot, entry, write)) {
        fault_ask(region, address, write, frame);
    } else if (meet(region, page, write)) {
        report_no_memory(frame, page);
    }
}

/* A first write, out of order, to a page that has no frame of its own. */
static __attribute__((noinline)) void resolve_first(struct trap_frame *frame, uintptr_t address, pte_t *entry)
{
    uintptr_t page = ALIGN_DOWN(address, (uintptr_t)PAGE_SIZE);

    expect_behind(page, 1);
    if (unlikely(!own_here(book_found, page, entry, true)))
        report_no_memory(frame, page);
}

/* The usual ones take the short way: a write in the region of the last fault, to a page whose table is its place's own. */
static void resolve(struct trap_frame *frame, uintptr_t address)
{
    const struct region *region = book_found;
    pte_t *entry;

    if (likely((frame->error & FAULT_WRITE) && region && address - region->start < region->end - region->start &&
               (region->access & REGION_WRITE) && table_own_quickly(address, &entry))) {
        if (unlikely(region->handler.function) && likely(fault_asks(*entry, true))) {
            fault_ask(region, address, true, frame);
            return;
        }
        if (!(*entry & (PTE_WRITE | PTE_GUARDED)) && address - order.expected >= PAGE_SIZE) {
            resolve_first(frame, address, entry);
            return;
        }
    }
    resolve_any(frame, address);
}

void fault_init(void)
{
    trap_page_fault = resolve;
}
