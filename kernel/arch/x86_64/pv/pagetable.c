/*
 * Page tables of a PV domain. They hold machine frames, are mapped read-only, and change only through Xen, which checks
 * each entry (paper, section 4.2; xen/xen.h, mmu_update). So changes are queued and handed over in batches, and a new
 * table is filled as ordinary memory first and checked as a whole when it is hooked in, at about half the cost of
 * changing its entries one by one.
 */
#include "arch/x86_64/pv/pv.h"

#include <errno.h>
#include <string.h>

#include <xen/grant_table.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"
#include "core/panic.h"

#define PTE_PRESENT (1UL << 0)
#define PTE_WRITE (1UL << 1)
#define PTE_USER (1UL << 2)
#define PTE_ACCESSED (1UL << 5)
#define PTE_DIRTY (1UL << 6)
#define PTE_NO_EXECUTE (1UL << 63)
#define PTE_FRAME 0x000ffffffffff000UL

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define ENTRIES 512
#define TOP_LEVEL 4

static const unsigned long *guest_to_machine;
static pte_t *top_table;

/* Changes on their way to Xen, in order. */
struct batch {
    mmu_update_t updates[128];
    unsigned count;
};

static void batch_flush(struct batch *batch)
{
    if (!batch->count)
        return;
    long result = hypercall4(__HYPERVISOR_mmu_update, HYPERCALL_ARG(batch->updates), batch->count, 0, DOMID_SELF);

    panic_if(result, "Xen refused a page-table update (error %ld, first of %u: %016lx = %016lx)", result, batch->count,
             (unsigned long)batch->updates[0].ptr, (unsigned long)batch->updates[0].val);
    batch->count = 0;
}

static uint64_t machine_address(const void *direct_address)
{
    return guest_to_machine[frame_of(direct_address)] << PAGE_SHIFT | ((uintptr_t)direct_address & (PAGE_SIZE - 1));
}

static void batch_add(struct batch *batch, const pte_t *entry, pte_t value)
{
    if (batch->count == ARRAY_SIZE(batch->updates))
        batch_flush(batch);
    batch->updates[batch->count++] = (mmu_update_t){
        .ptr = machine_address(entry) | MMU_NORMAL_PT_UPDATE,
        .val = value,
    };
}

static unsigned table_index(uintptr_t va, int level)
{
    return va >> (PAGE_SHIFT + 9 * (level - 1)) & (ENTRIES - 1);
}

static pte_t *entry_table(pte_t entry)
{
    return frame_address(pv_frame((entry & PTE_FRAME) >> PAGE_SHIFT));
}

/* The entry for `va` in the table of `level`, or null where a table above it is missing. */
static pte_t *find_entry(uintptr_t va, int level)
{
    pte_t *table = top_table;

    for (int at = TOP_LEVEL; at > level; at--) {
        pte_t entry = table[table_index(va, at)];

        if (!(entry & PTE_PRESENT))
            return NULL;
        table = entry_table(entry);
    }
    return &table[table_index(va, level)];
}

static pte_t leaf_entry(uint64_t machine_frame, enum page_access access)
{
    return machine_frame << PAGE_SHIFT | PTE_PRESENT | PTE_ACCESSED
         | (access & PAGE_WRITE ? PTE_WRITE | PTE_DIRTY : 0)
         | (access & PAGE_EXECUTE ? 0 : PTE_NO_EXECUTE);
}

/* Queues that `frame`, an ordinary page until now, becomes the table that `slot` points to. */
static void hook_table(struct batch *batch, pte_t *slot, pfn_t frame)
{
    pte_t *own_mapping = find_entry((uintptr_t)frame_address(frame), 1);

    batch_add(batch, own_mapping, *own_mapping & ~PTE_WRITE);
    batch_add(batch, slot, guest_to_machine[frame] << PAGE_SHIFT | TABLE_FLAGS);
}

/* The entry for `va` at `to_level`, with the tables above made as needed; null if there is no frame for one. */
static pte_t *reach_entry(struct batch *batch, uintptr_t va, int to_level)
{
    for (int level = TOP_LEVEL; level > to_level; level--) {
        pte_t *entry = find_entry(va, level);

        if (*entry & PTE_PRESENT)
            continue;
        pfn_t frame = pagetable_frames.take();

        if (frame == NO_FRAME)
            return NULL;
        memset(frame_address(frame), 0, PAGE_SIZE);
        hook_table(batch, entry, frame);
        batch_flush(batch);
    }
    return find_entry(va, to_level);
}

/* Maps `count` pages that one lowest-level table holds. */
static int map_within_table(struct batch *batch, uintptr_t va, const pfn_t *frames, size_t count,
                            enum page_access access)
{
    pte_t *slot = reach_entry(batch, va, 2);
    unsigned first = table_index(va, 1);

    if (!slot)
        return -ENOMEM;
    if (*slot & PTE_PRESENT) {
        pte_t *table = entry_table(*slot);

        for (size_t i = 0; i < count; i++)
            batch_add(batch, &table[first + i], leaf_entry(guest_to_machine[frames[i]], access));
        return 0;
    }
    pfn_t frame = pagetable_frames.take();

    if (frame == NO_FRAME)
        return -ENOMEM;
    pte_t *table = frame_address(frame);

    memset(table, 0, PAGE_SIZE);
    for (size_t i = 0; i < count; i++)
        table[first + i] = leaf_entry(guest_to_machine[frames[i]], access);
    hook_table(batch, slot, frame);
    return 0;
}

static size_t pages_left_in_table(uintptr_t va, size_t count)
{
    return MIN(count, ENTRIES - table_index(va, 1));
}

static int pv_map(uintptr_t va, const pfn_t *frames, size_t count, enum page_access access)
{
    struct batch batch = { .count = 0 };

    for (size_t done = 0; done < count;) {
        uintptr_t at = va + done * PAGE_SIZE;
        size_t part = pages_left_in_table(at, count - done);
        int error = map_within_table(&batch, at, frames + done, part, access);

        if (error) {
            batch_flush(&batch);
            platform->unmap(va, done, NULL);
            return error;
        }
        done += part;
    }
    batch_flush(&batch);
    return 0;
}

static void flush_tlb(void)
{
    struct mmuext_op operation = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
    long result = hypercall4(__HYPERVISOR_mmuext_op, HYPERCALL_ARG(&operation), 1, 0, DOMID_SELF);

    panic_if(result, "Xen refused to flush the TLB (error %ld)", result);
}

static void pv_unmap(uintptr_t va, size_t count, pfn_t *frames)
{
    struct batch batch = { .count = 0 };

    for (size_t done = 0; done < count;) {
        uintptr_t at = va + done * PAGE_SIZE;
        size_t part = pages_left_in_table(at, count - done);
        pte_t *entry = find_entry(at, 1);

        for (size_t i = 0; i < part; i++) {
            bool present = entry && (entry[i] & PTE_PRESENT);

            if (frames)
                frames[done + i] = present ? pv_frame((entry[i] & PTE_FRAME) >> PAGE_SHIFT) : NO_FRAME;
            if (present)
                batch_add(&batch, &entry[i], 0);
        }
        done += part;
    }
    batch_flush(&batch);
    flush_tlb();
}

static pfn_t pv_lookup(uintptr_t va, enum page_access access)
{
    const pte_t *entry = find_entry(va, 1);

    if (!entry || !(*entry & PTE_PRESENT) || ((access & PAGE_WRITE) && !(*entry & PTE_WRITE)))
        return NO_FRAME;
    uint64_t machine = (*entry & PTE_FRAME) >> PAGE_SHIFT;
    pfn_t frame = pv_frame(machine);

    /* Xen's own frames that we see (grant table, shared page) are none of ours. */
    return frame < boot_info.frames && guest_to_machine[frame] == machine ? frame : NO_FRAME;
}

/* How far the builder's mapping goes: the first frame that has none. A block's last entry speaks for the block. */
static pfn_t find_mapped_end(pfn_t frames)
{
    for (pfn_t block = 0; block < frames; block += BLOCK_PAGES) {
        pte_t *slot = find_entry((uintptr_t)frame_address(block), 2);

        if (!slot || !(*slot & PTE_PRESENT))
            return block;
        const pte_t *table = entry_table(*slot);
        pfn_t pages = MIN(frames - block, (pfn_t)BLOCK_PAGES);

        if (table[pages - 1] & PTE_PRESENT)
            continue;
        for (pfn_t page = 0; page < pages; page++)
            if (!(table[page] & PTE_PRESENT))
                return block + page;
    }
    return frames;
}

/*
 * The grant table's frames are Xen's, not ours: they have machine numbers only, and a place of their own.
 */
static void *pv_map_grant_table(unsigned frames)
{
    static xen_pfn_t machine_frames[64];
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = MIN(frames, ARRAY_SIZE(machine_frames)) };
    struct batch batch = { .count = 0 };

    set_xen_guest_handle(setup.frame_list, machine_frames);
    long error = hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, HYPERCALL_ARG(&setup), 1);

    if (error || setup.status != GNTST_okay )
        return NULL;
    pte_t *entries = reach_entry(&batch, GRANT_TABLE_BASE, 1);

    if (!entries)
        return NULL;
    for (unsigned i = 0; i < setup.nr_frames; i++)
        batch_add(&batch, &entries[i], leaf_entry(machine_frames[i], PAGE_WRITE));
    batch_flush(&batch);
    return (void *)GRANT_TABLE_BASE;
}

static uint64_t pv_grant_frame(pfn_t frame)
{
    return guest_to_machine[frame];
}

void pv_pagetable_init(const struct start_info *start)
{
    guest_to_machine = (const unsigned long *)start->mfn_list;
    top_table = (pte_t *)start->pt_base;
    boot_info.mapped_end = find_mapped_end(boot_info.frames);
}

void *pv_map_frame_zero(uint64_t machine)
{
    struct batch batch = { .count = 0 };

    batch_add(&batch, find_entry(DIRECT_BASE, 1), machine | PTE_PRESENT | PTE_WRITE | PTE_NO_EXECUTE | PTE_ACCESSED);
    batch_flush(&batch);
    flush_tlb();
    return (void *)DIRECT_BASE;
}

static bool overlaps(uintptr_t block, const char *start, const char *end)
{
    return block + BLOCK_SIZE > (uintptr_t)start && block < (uintptr_t)end;
}

/* Protects a block with text or constants in it page by page. */
static void protect_pages(struct batch *batch, uintptr_t block)
{
    pte_t *table = entry_table(*find_entry(block, 2));

    for (unsigned i = 0; i < ENTRIES && (table[i] & PTE_PRESENT); i++) {
        uintptr_t va = block + i * PAGE_SIZE;
        bool text = va >= (uintptr_t)image_start && va < (uintptr_t)text_end;
        bool constant = va >= (uintptr_t)text_end && va < (uintptr_t)rodata_end;
        pte_t entry = text || constant ? table[i] & ~PTE_WRITE : table[i];

        batch_add(batch, &table[i], text ? entry : entry | PTE_NO_EXECUTE);
    }
}

/* The builder maps everything writable and executable. Blocks without image lose execution by one bit at level 2. */
void pv_protect_image(void)
{
    struct batch batch = { .count = 0 };
    uintptr_t end = (uintptr_t)frame_address(boot_info.mapped_end);

    for (uintptr_t block = DIRECT_BASE; block < end; block += BLOCK_SIZE) {
        pte_t *entry = find_entry(block, 2);

        if (overlaps(block, image_start, rodata_end))
            protect_pages(&batch, block);
        else
            batch_add(&batch, entry, *entry | PTE_NO_EXECUTE);
    }
    batch_flush(&batch);
    flush_tlb();
}

static void pv_set_thread_pointer(uintptr_t base)
{
    hypercall2(__HYPERVISOR_set_segment_base, SEGBASE_FS, base);
}

/* "ud2; .ascii xen" in front of cpuid makes Xen answer by the guest's own policy, where the bare instruction may not. */
static struct cpuid pv_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid id;

    __asm__ volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e; cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(subleaf));
    return id;
}

const struct platform pv_platform = {
    .name = "PV",
    .cpuid = pv_cpuid,
    .map = pv_map,
    .unmap = pv_unmap,
    .lookup = pv_lookup,
    .map_grant_table = pv_map_grant_table,
    .grant_frame = pv_grant_frame,
    .set_thread_pointer = pv_set_thread_pointer,
};
