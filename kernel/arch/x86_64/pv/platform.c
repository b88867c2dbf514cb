/*
 * The PV platform: what the kernel gets behind platform.h.
 */
#include "arch/x86_64/pv/table.h"

#include <xen/grant_table.h>
#include <xen/sched.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"

/*
 * The grant table's frames are Xen's, not ours: they have machine numbers only, and a place of their own.
 */
static void *pv_map_grant_table(unsigned frames)
{
    static xen_pfn_t machine_frames[64];
    struct gnttab_setup_table setup = { .dom = DOMID_SELF, .nr_frames = MIN(frames, ARRAY_SIZE(machine_frames)) };
    BATCH(batch);

    set_xen_guest_handle(setup.frame_list, machine_frames);
    long error = hypercall3(__HYPERVISOR_grant_table_op, GNTTABOP_setup_table, HYPERCALL_ARG(&setup), 1);

    if (error || setup.status != GNTST_okay)
        return NULL;
    pte_t *entries = pv_reach_entry(&batch, GRANT_TABLE_BASE, 1);

    if (!entries)
        return NULL;
    for (unsigned i = 0; i < setup.nr_frames; i++)
        batch_add(&batch, &entries[i], pv_leaf_entry(machine_frames[i], PAGE_WRITE));
    batch_flush(&batch);
    return (void *)GRANT_TABLE_BASE;
}

static uint64_t pv_grant_frame(pfn_t frame)
{
    return guest_to_machine[frame];
}

/*
 * Xen looks for pending events after they are unmasked, so none can slip in between; it masks them when it tells of one. To
 * block unmasks them itself, to poll does not.
 */
static void pv_sleep(uint64_t deadline)
{
    struct sched_poll until = { .timeout = deadline };
    uint8_t *mask = &SHARED_INFO->vcpu_info[0].evtchn_upcall_mask;

    if (deadline == NO_DEADLINE) {
        hypercall2(__HYPERVISOR_sched_op, SCHEDOP_block, 0);
        return;
    }
    WRITE_ONCE(*mask, 0);
    hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, HYPERCALL_ARG(&until));
    WRITE_ONCE(*mask, 1);
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

/* Xen took them from PV domains. */
static bool pv_has_superpages(int level)
{
    (void)level;
    return false;
}

const struct platform pv_platform = {
    .name = "PV",
    .cpuid = pv_cpuid,
    .map = pv_map,
    .unmap = pv_unmap,
    .lookup = pv_lookup,
    .top_table = pv_top_table,
    .entry_frame = pv_entry_frame,
    .leaf_entry = pv_frame_entry,
    .table_entry = pv_table_entry,
    .parked_entry = pv_parked_entry,
    .show_frames = pv_show_frames,
    .has_superpages = pv_has_superpages,
    .set_entry = pv_set_entry,
    .clear_bits = pv_clear_bits,
    .make_table = pv_make_table,
    .unmake_table = pv_unmake_table,
    .keep_table = pv_keep_table,
    .commit = pv_commit,
    .set_page = pv_set_page,
    .show_page = pv_show_page,
    .map_grant_table = pv_map_grant_table,
    .grant_frame = pv_grant_frame,
    .give_back = pv_give_back,
    .take_back = pv_take_back,
    .most_frames = pv_most_frames,
    .sleep = pv_sleep,
    .set_thread_pointer = pv_set_thread_pointer,
};
