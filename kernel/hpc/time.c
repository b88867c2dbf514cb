/*
 * lwd/time.h.
 */
#include "lwd/time.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/platform.h"
#include "xen/clock.h"

uint64_t lwd_time_since_entry(void)
{
    return clock_from_ticks(cpu_read_tsc() - boot_info.entry_tsc);
}
