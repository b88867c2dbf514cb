/*
 * Page tables of a PV domain by the entry: the operations of platform.h with which mm/ shares tables. They are queued here,
 * and Xen takes a queue in one hypercall, with the flush of what the processor remembers.
 */
#include "arch/x86_64/pv/table.h"

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"
#include "core/panic.h"

#define FLUSH_PAGE (UVMF_INVLPG | UVMF_LOCAL)

static struct batch queue;

pte_t pv_frame_entry(pfn_t frame, enum page_access access)
{
    return pv_leaf_entry(guest_to_machine[frame], access);
}

void pv_show_frames(pte_t *entries, const pfn_t *frames, size_t count, enum page_access access)
{
    const unsigned long *machine = guest_to_machine;
    pte_t flags = pte_flags(access) & ~PTE_DIRTY;

    for (size_t i = 0; i < count; i++)
        entries[i] = machine[frames[i]] << PAGE_SHIFT | flags;
}

/* The number inverted: Xen refuses the plain one (L1TF). */
pte_t pv_parked_entry(pfn_t frame)
{
    return (~(guest_to_machine[frame] << PAGE_SHIFT) & PTE_FRAME) | PTE_PARKED;
}

void pv_set_entry(pte_t *entry, pte_t value)
{
    batch_add(&queue, entry, value);
}

size_t pv_clear_bits(pte_t *entries, const uint64_t *which, size_t words, pte_t bits)
{
    uint64_t first = machine_address(entries) | MMU_NORMAL_PT_UPDATE;
    size_t count = 0;

    for (; words; words--, which++, entries += 64, first += 64 * sizeof *entries)
        for (uint64_t left = *which; left; left &= left - 1, count++) {
            size_t i = (size_t)__builtin_ctzl(left);

            if (queue.count == ARRAY_SIZE(queue.updates))
                batch_flush(&queue);
            queue.updates[queue.count++] = (mmu_update_t){ .ptr = first + i * sizeof *entries, .val = entries[i] & ~bits };
        }
    return count;
}

void pv_make_table(pfn_t frame)
{
    seal_frame(&queue, frame);
}

void pv_unmake_table(pfn_t frame)
{
    unseal_frame(&queue, frame);
}

SELDOM void pv_keep_table(pfn_t table, bool keep)
{
    struct mmuext_op pin = { .cmd = keep ? MMUEXT_PIN_L1_TABLE : MMUEXT_UNPIN_TABLE };

    pin.arg1.mfn = guest_to_machine[table];
    long result = hypercall4(__HYPERVISOR_mmuext_op, HYPERCALL_ARG(&pin), 1, 0, DOMID_SELF);

    panic_if(result, "Xen refused to keep or let go of the page table in frame %lu (error %ld)", table, result);
}

/* Both in one hypercall: the changes, and the flush. */
static void commit_and_flush(uintptr_t va, size_t count)
{
    struct mmuext_op flush = { .cmd = count == 1 ? MMUEXT_INVLPG_LOCAL : MMUEXT_TLB_FLUSH_LOCAL };

    flush.arg1.linear_addr = va;
    multicall_entry_t calls[2] = {
        { .op = __HYPERVISOR_mmu_update, .args = { (uintptr_t)queue.updates, queue.count, 0, DOMID_SELF } },
        { .op = __HYPERVISOR_mmuext_op, .args = { (uintptr_t)&flush, 1, 0, DOMID_SELF } },
    };
    long result = hypercall2(__HYPERVISOR_multicall, HYPERCALL_ARG(calls), ARRAY_SIZE(calls));

    panic_if(result || (long)calls[0].result || (long)calls[1].result,
             "Xen refused a page-table update (errors %ld, %ld and %ld, first of %u: %016lx = %016lx)", result,
             (long)calls[0].result, (long)calls[1].result, queue.count, (unsigned long)queue.updates[0].ptr,
             (unsigned long)queue.updates[0].val);
    queue.count = 0;
}

void pv_commit(uintptr_t va, size_t count)
{
    /* What was looked up last may have been taken out. */
    pv_last_table.block = 0;
    if (count && queue.count)
        commit_and_flush(va, count);
    else if (count)
        pv_flush_tlb();
    else
        batch_flush(&queue);
}

void pv_set_page(uintptr_t va, pte_t *entry, pte_t value, bool forget)
{
    long result = hypercall3(__HYPERVISOR_update_va_mapping, va, value, forget ? FLUSH_PAGE : UVMF_NONE);

    (void)entry;
    panic_if(result, "Xen refused to make the page at 0x%lx %016lx (error %ld)", va, value, result);
}

void pv_show_page(uintptr_t va, pte_t *entry, pfn_t frame, enum page_access access, pte_t more, bool forget)
{
    pv_set_page(va, entry, (pv_leaf_entry(guest_to_machine[frame], access) & ~PTE_DIRTY) | more, forget);
}
