/*
 * The paravirtual clock. Xen's part of the shared page is versioned: odd while it is being written, changed if it was.
 */
#include "xen/clock.h"

#include <stddef.h>

#include <xen/vcpu.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/hypercall.h"
#include "core/bits.h"
#include "xen/evtchn.h"

/* (ticks shifted) * multiplier / 2^32, in 128 bits so that a long-running host does not overflow it. */
static uint64_t scale(uint64_t ticks, uint32_t multiplier, int8_t shift)
{
    if (shift >= 0)
        ticks <<= shift;
    else
        ticks >>= -shift;
    return (uint64_t)((unsigned __int128)ticks * multiplier >> 32);
}

uint64_t clock_monotonic(void)
{
    const struct vcpu_time_info *time = &evtchn_vcpu()->time;
    uint32_t version;
    uint64_t now;

    do {
        version = READ_ONCE(time->version);
        acquire_fence();
        now = READ_ONCE(time->system_time)
            + scale(cpu_read_tsc() - READ_ONCE(time->tsc_timestamp), READ_ONCE(time->tsc_to_system_mul),
                    READ_ONCE(time->tsc_shift));
        acquire_fence();
    } while (unlikely((version & 1) || version != READ_ONCE(time->version)));
    return now;
}

uint64_t clock_from_ticks(uint64_t ticks)
{
    const struct vcpu_time_info *time = &evtchn_vcpu()->time;

    return scale(ticks, READ_ONCE(time->tsc_to_system_mul), READ_ONCE(time->tsc_shift));
}

uint64_t clock_epoch(void)
{
    const struct shared_info *shared = boot_info.shared_info;
    uint32_t version;
    uint64_t boot;

    do {
        version = READ_ONCE(shared->wc_version);
        acquire_fence();
        uint64_t seconds = (uint64_t)READ_ONCE(shared->wc_sec_hi) << 32 | READ_ONCE(shared->wc_sec);

        boot = seconds * NANOSECONDS_PER_SECOND + READ_ONCE(shared->wc_nsec);
        acquire_fence();
    } while (unlikely((version & 1) || version != READ_ONCE(shared->wc_version)));
    return boot;
}

void clock_set_timer(uint64_t when)
{
    hypercall2(__HYPERVISOR_set_timer_op, when, 0);
}

void clock_init(void)
{
    hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
}
