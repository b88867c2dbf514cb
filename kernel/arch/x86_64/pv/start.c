/*
 * The first C code of a PV domain: from Xen's start_info (xen/xen.h) to the state that kernel_main() expects.
 */
#include <stddef.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/pv/pv.h"
#include "core/bits.h"

void pv_start(struct start_info *start);
_Noreturn void kernel_main(void);

static pfn_t frame_behind(const void *address, size_t bytes)
{
    return frame_of((const char *)address + bytes + PAGE_SIZE - 1);
}

/*
 * The builder lays out, in this order and without a gap: image, ramdisk, frame list, start_info, xenstore and console
 * pages, page tables, boot stack. The last is free, since the entry left it.
 */
static void find_used_frames(const struct start_info *start)
{
    boot_info.used_start = frame_of(image_start);
    boot_info.used_end = frame_behind(image_end, 0);
    boot_info.used_end = MAX(boot_info.used_end, frame_behind((void *)start->mfn_list, start->nr_pages * sizeof(long)));
    boot_info.used_end = MAX(boot_info.used_end, frame_behind((void *)start->pt_base, start->nr_pt_frames * PAGE_SIZE));
    boot_info.used_end = MAX(boot_info.used_end, frame_behind(start, sizeof *start));
    if (start->mod_len)
        boot_info.used_end = MAX(boot_info.used_end, frame_behind((void *)start->mod_start, start->mod_len));
}

void pv_start(struct start_info *start)
{
    boot_info.entry_tsc = cpu_read_tsc();
    platform = &pv_platform;
    platform_frames = (const uint64_t *)MACH2PHYS_VIRT_START;
    boot_info.frames = boot_info.end = start->nr_pages;
    find_used_frames(start);
    pv_pagetable_init(start);
    pv_map_frame_zero(start->shared_info);

    boot_info.console_ring = frame_address(pv_frame(start->console.domU.mfn));
    boot_info.console_port = start->console.domU.evtchn;
    boot_info.xenstore_ring = frame_address(pv_frame(start->store_mfn));
    boot_info.xenstore_port = start->store_evtchn;
    boot_info.command_line = (const char *)start->cmd_line;
    if (start->mod_len) {
        boot_info.ramdisk = (const void *)start->mod_start;
        boot_info.ramdisk_size = start->mod_len;
    }

    pv_traps_init();
    cpu_enable_features();
    pv_protect_image();
    kernel_main();
}
