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

/* Odd: a version that Xen is writing. */
#define NO_LINE 1

/* (ticks shifted) * multiplier / 2^32, in 128 bits so that a long-running host does not overflow it. */
static uint64_t scale(uint64_t ticks, uint32_t multiplier, int8_t shift)
{
    if (shift >= 0)
        ticks <<= shift;
    else
        ticks >>= -shift;
    return (uint64_t)((unsigned __int128)ticks * multiplier >> 32);
}

struct clock_line clock_line = { .version = NO_LINE };

static void draw_line(uint32_t version, uint64_t system_time, uint64_t ticks, uint32_t multiplier, int8_t shift)
{
    clock_line.version = NO_LINE;
    if (shift > CLOCK_TICK_SHIFT || shift < CLOCK_TICK_SHIFT - 32)
        return;
    clock_line.rate = (uint64_t)multiplier << (32 - CLOCK_TICK_SHIFT + shift);
    /* A PVH domain's counter began at 0, and Xen's last reading of it may lie before that: it is negative then. */
    clock_line.origin = system_time - (uint64_t)((__int128)(int64_t)(ticks << CLOCK_TICK_SHIFT) * clock_line.rate >> 64);
    clock_line.version = version;
}

/*
 * By the parameters themselves, of which a line is made for next time; not while they are behind what has been read before,
 * because this vCPU moved to a processor whose clock is.
 */
static __attribute__((noinline)) uint64_t read_clock(void)
{
    static uint64_t latest;
    const struct vcpu_time_info *time = &evtchn_vcpu()->time;
    uint32_t version, multiplier;
    uint64_t system_time, ticks, now, result;
    int8_t shift;

    if (clock_line.version != NO_LINE)
        latest = clock_line.base + clock_line.last;
    do {
        version = READ_ONCE(time->version);
        acquire_fence();
        system_time = READ_ONCE(time->system_time);
        ticks = READ_ONCE(time->tsc_timestamp);
        multiplier = READ_ONCE(time->tsc_to_system_mul);
        shift = READ_ONCE(time->tsc_shift);
        now = cpu_read_tsc();
        acquire_fence();
    } while (unlikely((version & 1) || version != READ_ONCE(time->version)));
    draw_line(version, system_time, ticks, multiplier, shift);
    /* Along the line where there is one, since the two may differ by the nanosecond that is rounded off. */
    if (clock_line.version == version)
        result = clock_along(clock_line.rate, clock_line.origin, now << CLOCK_TICK_SHIFT);
    else
        result = system_time + scale(now - ticks, multiplier, shift);
    if (result < latest)
        clock_line.version = NO_LINE;
    else
        latest = result;
    clock_line.last = latest - clock_line.base;
    return latest;
}

uint64_t clock_monotonic(void)
{
    uint64_t ticks = clock_ticks();
    uint64_t now = clock_along(clock_line.rate, clock_line.origin, ticks);

    if (unlikely(!clock_line_holds(clock_line.version)))
        return read_clock();
    clock_line.last = now - clock_line.base;
    return now;
}

uint64_t clock_from_ticks(uint64_t ticks)
{
    const struct vcpu_time_info *time = &evtchn_vcpu()->time;

    return scale(ticks, READ_ONCE(time->tsc_to_system_mul), READ_ONCE(time->tsc_shift));
}

uint64_t clock_epoch(void)
{
    const struct shared_info *shared = SHARED_INFO;
    uint32_t version;
    uint64_t start;

    do {
        version = READ_ONCE(shared->wc_version);
        acquire_fence();
        uint64_t seconds = (uint64_t)READ_ONCE(shared->wc_sec_hi) << 32 | READ_ONCE(shared->wc_sec);

        start = seconds * NANOSECONDS_PER_SECOND + READ_ONCE(shared->wc_nsec);
        acquire_fence();
    } while (unlikely((version & 1) || version != READ_ONCE(shared->wc_version)));
    return start;
}

void clock_set_timer(uint64_t when)
{
    hypercall2(__HYPERVISOR_set_timer_op, when, 0);
}

void clock_init(void)
{
    hypercall3(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0);
}
