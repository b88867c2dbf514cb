/*
 * Page tables of a PV domain. They hold machine frames, are mapped read-only, and change only through Xen, which checks
 * each entry (paper, section 4.2; xen/xen.h, mmu_update). So changes are queued and handed over in batches, and a new
 * table is filled as ordinary memory first and checked as a whole when it is hooked in, at about half the cost of
 * changing its entries one by one.
 */
#include "arch/x86_64/pv/table.h"

#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/memory.h"
#include "core/bits.h"
#include "core/panic.h"

#define TABLE_FLAGS (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

unsigned long *guest_to_machine;
static pte_t *top_table;

void table_init(const struct start_info *start)
{
    guest_to_machine = (unsigned long *)start->mfn_list;
    top_table = (pte_t *)start->pt_base;
}

void batch_flush(struct batch *batch)
{
    if (!batch->count)
        return;
    long result = hypercall4(__HYPERVISOR_mmu_update, HYPERCALL_ARG(batch->updates), batch->count, 0, DOMID_SELF);

    panic_if(result, "Xen refused a page-table update (error %ld, first of %u: %016lx = %016lx)", result, batch->count,
             (unsigned long)batch->updates[0].ptr, (unsigned long)batch->updates[0].val);
    batch->count = 0;
}

uint64_t machine_address(const void *direct_address)
{
    return guest_to_machine[frame_of(direct_address)] << PAGE_SHIFT | ((uintptr_t)direct_address & (PAGE_SIZE - 1));
}

void batch_add(struct batch *batch, const pte_t *entry, pte_t value)
{
    if (batch->count == ARRAY_SIZE(batch->updates))
        batch_flush(batch);
    batch->updates[batch->count++] = (mmu_update_t){
        .ptr = machine_address(entry) | MMU_NORMAL_PT_UPDATE,
        .val = value,
    };
}

pte_t *pv_entry_table(pte_t entry)
{
    return frame_address(pv_frame((entry & PTE_FRAME) >> PAGE_SHIFT));
}

struct pv_last_table pv_last_table;

pte_t *pv_find_entry(uintptr_t va, int level)
{
    pte_t *table = top_table;

    for (int at = TOP_LEVEL; at > level; at--) {
        pte_t entry = table[table_index(va, at)];

        if (!(entry & PTE_PRESENT))
            return NULL;
        table = pv_entry_table(entry);
    }
    return &table[table_index(va, level)];
}

SELDOM pte_t *pv_find_page_slowly(uintptr_t va)
{
    pte_t *table = pv_find_entry(ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE), 1);

    if (!table)
        return NULL;
    pv_last_table = (struct pv_last_table){ ALIGN_DOWN(va, (uintptr_t)BLOCK_SIZE), table };
    return &table[table_index(va, 1)];
}

pfn_t pv_entry_frame(pte_t entry)
{
    if (!(entry & (PTE_PRESENT | PTE_PARKED)))
        return NO_FRAME;
    uint64_t machine = ((entry & PTE_PRESENT ? entry : ~entry) & PTE_FRAME) >> PAGE_SHIFT;
    pfn_t frame = pv_frame(machine);

    /* Xen's own frames that we see (grant table, shared page) are none of ours. */
    return frame < boot_info.end && guest_to_machine[frame] == machine ? frame : NO_FRAME;
}

void seal_frame(struct batch *batch, pfn_t frame)
{
    pte_t *own_mapping = pv_find_page((uintptr_t)frame_address(frame));

    batch_add(batch, own_mapping, *own_mapping & ~PTE_WRITE);
}

void unseal_frame(struct batch *batch, pfn_t frame)
{
    pte_t *own_mapping = pv_find_page((uintptr_t)frame_address(frame));

    batch_add(batch, own_mapping, *own_mapping | PTE_WRITE);
}

pte_t pv_table_entry(pfn_t table)
{
    return guest_to_machine[table] << PAGE_SHIFT | TABLE_FLAGS;
}

pte_t *pv_top_table(void)
{
    return top_table;
}

void hook_table(struct batch *batch, pte_t *slot, pfn_t frame)
{
    seal_frame(batch, frame);
    batch_add(batch, slot, pv_table_entry(frame));
}

pfn_t unhook_table(struct batch *batch, pte_t *slot)
{
    pfn_t frame = frame_of(pv_entry_table(*slot));

    pv_last_table.block = 0;
    batch_add(batch, slot, 0);
    unseal_frame(batch, frame);
    return frame;
}

SELDOM pte_t *pv_reach_entry(struct batch *batch, uintptr_t va, int to_level)
{
    for (int level = TOP_LEVEL; level > to_level; level--) {
        pte_t *entry = pv_find_entry(va, level);

        if (*entry & PTE_PRESENT)
            continue;
        pfn_t frame = pagetable_frames.take();

        if (frame == NO_FRAME)
            return NULL;
        page_zero(frame_address(frame));
        hook_table(batch, entry, frame);
        batch_flush(batch);
    }
    return pv_find_entry(va, to_level);
}

void pv_flush_tlb(void)
{
    struct mmuext_op operation = { .cmd = MMUEXT_TLB_FLUSH_LOCAL };
    long result = hypercall4(__HYPERVISOR_mmuext_op, HYPERCALL_ARG(&operation), 1, 0, DOMID_SELF);

    panic_if(result, "Xen refused to flush the TLB (error %ld)", result);
}
