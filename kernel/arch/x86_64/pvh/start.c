/*
 * The first C code of a PVH domain: from its start info (xen/arch-x86/hvm/start_info.h) to the state that kernel_main()
 * expects.
 */
#include <stddef.h>
#include <stdint.h>

#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/pvh/pvh.h"
#include "core/bits.h"
#include "core/panic.h"

void pvh_start(uint32_t start);
_Noreturn void kernel_main(void);

/* Everything that the builder left is below 768 MiB, which the entry has mapped. */
static const void *at(uint64_t physical)
{
    return (const void *)(DIRECT_BASE + physical);
}

/* Xen says where its leaves of cpuid begin by its name in the first one. */
static uint32_t xen_leaves(void)
{
    uint32_t leaf = XEN_CPUID_FIRST_LEAF;

    while (leaf < XEN_CPUID_FIRST_LEAF + 0x10000 && platform->cpuid(leaf, 0).ebx != XEN_CPUID_SIGNATURE_EBX)
        leaf += 0x100;
    return leaf;
}

/* Xen fills in the hypercall page when its address is written to a register that a leaf of cpuid names. */
static void make_hypercall_page(void)
{
    uint32_t msr = platform->cpuid(xen_leaves() + 2, 0).ebx;
    uint64_t physical = (uintptr_t)hypercall_page - DIRECT_BASE;

    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)physical), "d"((uint32_t)(physical >> 32)) : "memory");
}

/* Memory: what lies from address 0 on without a gap, and one more range above, if there is one. */
static void find_memory(const struct hvm_start_info *start)
{
    const struct hvm_memmap_table_entry *map = at(start->memmap_paddr);
    pfn_t end = 0, upper = 0, upper_end = 0;

    for (unsigned i = 0; i < start->memmap_entries; i++) {
        pfn_t first = map[i].addr >> PAGE_SHIFT, behind = (map[i].addr + map[i].size) >> PAGE_SHIFT;

        if (map[i].type != XEN_HVM_MEMMAP_TYPE_RAM)
            continue;
        if (first <= end) {
            end = MAX(end, behind);
        } else if (behind - first > upper_end - upper) {
            upper = ALIGN_UP(first, (pfn_t)BLOCK_PAGES);
            upper_end = behind;
        }
    }
    boot_info.frames = boot_info.end = end;
    if (upper >= upper_end)
        return;
    boot_info.hole_start = ALIGN_DOWN(end, (pfn_t)BLOCK_PAGES);
    boot_info.hole_end = upper;
    boot_info.frames = boot_info.hole_start + (upper_end - upper);
    boot_info.end = upper_end;
}

static void use(uint64_t physical, uint64_t bytes)
{
    boot_info.used_end = MAX(boot_info.used_end, (physical + bytes + PAGE_SIZE - 1) >> PAGE_SHIFT);
}

static void find_used_frames(const struct hvm_start_info *start)
{
    const struct hvm_modlist_entry *modules = at(start->modlist_paddr);

    boot_info.used_start = frame_of(image_start);
    boot_info.used_end = frame_of(image_end);
    use((uintptr_t)start - DIRECT_BASE, sizeof *start);
    use(start->memmap_paddr, start->memmap_entries * sizeof(struct hvm_memmap_table_entry));
    if (start->cmdline_paddr)
        use(start->cmdline_paddr, PAGE_SIZE);
    if (!start->nr_modules)
        return;
    use(start->modlist_paddr, start->nr_modules * sizeof *modules);
    use(modules->paddr, modules->size);
    boot_info.ramdisk = at(modules->paddr);
    boot_info.ramdisk_size = modules->size;
}

static uint64_t parameter(unsigned index)
{
    struct xen_hvm_param param = { .domid = DOMID_SELF, .index = index };
    long result = hypercall2(__HYPERVISOR_hvm_op, HVMOP_get_param, HYPERCALL_ARG(&param));

    panic_if(result, "Xen does not say parameter %u of the domain (error %ld)", index, result);
    return param.value;
}

/* The first page tables lie behind all that is in use, as those that frame_init() takes do. */
static pfn_t take_frame(void)
{
    return boot_info.used_end++;
}

void pvh_start(uint32_t start_address)
{
    const struct hvm_start_info *start = at(start_address);

    boot_info.entry_tsc = cpu_read_tsc();
    platform = &pvh_platform;
    pagetable_frames.take = take_frame;
    make_hypercall_page();
    find_memory(start);
    find_used_frames(start);
    pvh_refuse_promises();
    pvh_pagetable_init();
    pvh_map_shared_info();

    boot_info.console_ring = pvh_map_foreign(parameter(HVM_PARAM_CONSOLE_PFN));
    boot_info.console_port = (evtchn_port_t)parameter(HVM_PARAM_CONSOLE_EVTCHN);
    boot_info.xenstore_ring = pvh_map_foreign(parameter(HVM_PARAM_STORE_PFN));
    boot_info.xenstore_port = (evtchn_port_t)parameter(HVM_PARAM_STORE_EVTCHN);
    boot_info.command_line = start->cmdline_paddr ? at(start->cmdline_paddr) : "";

    pvh_traps_init();
    cpu_enable_features();
    kernel_main();
}
