/*
 * The PVH platform: what the kernel gets behind platform.h.
 */
#include "arch/x86_64/pvh/pvh.h"

#include <xen/memory.h>
#include <xen/sched.h>

#include "arch/x86_64/hypercall.h"
#include "core/bits.h"
#include "core/panic.h"

/* Where a PC has its PCI devices; a PVH domain has none, so Xen's frames can be shown there. */
#define GRANT_FRAMES_AT (0xf0000000UL >> PAGE_SHIFT)

/* Has Xen show a frame of its own at guest frame `at`. */
static int show_frame(unsigned space, unsigned index, pfn_t at)
{
    struct xen_add_to_physmap request = { .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = at };

    return (int)hypercall2(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, HYPERCALL_ARG(&request));
}

void pvh_map_shared_info(void)
{
    int error = show_frame(XENMAPSPACE_shared_info, 0, 0);

    panic_if(error, "Xen does not show the shared page (error %d)", error);
}

static void *pvh_map_grant_table(unsigned frames)
{
    pfn_t list[64];
    unsigned count = 0;

    while (count < MIN(frames, ARRAY_SIZE(list)) &&
           show_frame(XENMAPSPACE_grant_table, count, GRANT_FRAMES_AT + count) == 0) {
        list[count] = GRANT_FRAMES_AT + count;
        count++;
    }
    if (count < frames || pvh_map(GRANT_TABLE_BASE, list, count, PAGE_WRITE))
        return NULL;
    return (void *)GRANT_TABLE_BASE;
}

static uint64_t pvh_grant_frame(pfn_t frame)
{
    return frame;
}

static void pvh_sleep(uint64_t deadline)
{
    struct sched_poll until = { .timeout = deadline };

    if (deadline == NO_DEADLINE)
        pvh_halt();
    else
        pvh_poll(&until);
}

static void pvh_set_thread_pointer(uintptr_t base)
{
    __asm__ volatile("wrmsr" : : "c"(MSR_FS_BASE), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)));
}

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid id;

    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(subleaf));
    return id;
}

/* QEMU's own processor, whose emulated SVM forgets at an exit that AVX was switched on: its instructions are invalid then. */
static bool forgets_avx(void)
{
    struct cpuid brand = cpuid(0x80000002, 0);

    return brand.eax == 0x554d4551 /* "QEMU" */ && brand.ebx == 0x47435420 /* " TCG" */;
}

static struct cpuid pvh_cpuid(uint32_t leaf, uint32_t subleaf)
{
    enum { STATES_LEAF = 0xd, STATES_X87_AND_SSE = 3 };
    struct cpuid id = cpuid(leaf, subleaf);

    if (leaf == STATES_LEAF && subleaf == 0 && forgets_avx())
        id.eax &= STATES_X87_AND_SSE;
    return id;
}

/* Every processor with long mode has 2 MiB; of 1 GiB it says whether it does. */
static bool pvh_has_superpages(int level)
{
    enum { FEATURES_LEAF = 0x80000001, FEATURE_1_GIB = 1 << 26 };

    return level == 2 || (level == 3 && (cpuid(FEATURES_LEAF, 0).edx & FEATURE_1_GIB));
}

const struct platform pvh_platform = {
    .name = "PVH",
    .cpuid = pvh_cpuid,
    .map = pvh_map,
    .unmap = pvh_unmap,
    .lookup = pvh_lookup,
    .top_table = pvh_get_top_table,
    .entry_frame = pvh_entry_frame,
    .leaf_entry = pvh_leaf_entry,
    .table_entry = pvh_table_entry,
    .parked_entry = pvh_parked_entry,
    .show_frames = pvh_show_frames,
    .has_superpages = pvh_has_superpages,
    .set_entry = pvh_set_entry,
    .clear_bits = pvh_clear_bits,
    .make_table = pvh_change_kind,
    .unmake_table = pvh_change_kind,
    .keep_table = pvh_keep_table,
    .commit = pvh_commit,
    .set_page = pvh_set_page,
    .show_page = pvh_show_page,
    .map_grant_table = pvh_map_grant_table,
    .grant_frame = pvh_grant_frame,
    .give_back = pvh_give_back,
    .take_back = pvh_take_back,
    .most_frames = pvh_most_frames,
    .sleep = pvh_sleep,
    .set_thread_pointer = pvh_set_thread_pointer,
};
