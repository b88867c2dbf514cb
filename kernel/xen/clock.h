/*
 * Time from Xen's paravirtual clock: a processor time stamp, scaled by what Xen writes into the shared page (xen/xen.h,
 * vcpu_time_info). No hypercall to read; one to set the one-shot timer. There is no tick.
 */
#ifndef LWD_XEN_CLOCK_H
#define LWD_XEN_CLOCK_H

#include <stdint.h>

#define NANOSECONDS_PER_SECOND 1000000000LL

/* Nanoseconds since the host started, as this vCPU sees them; never runs backwards. */
uint64_t clock_monotonic(void);

/* How many nanoseconds that many ticks of the time stamp counter are. */
uint64_t clock_from_ticks(uint64_t ticks);

/* What clock_monotonic()'s zero was in nanoseconds since 1970, UTC; changes when dom0 sets its clock. */
uint64_t clock_epoch(void);

/* Nanoseconds since 1970, UTC. */
static inline uint64_t clock_realtime(void)
{
    return clock_epoch() + clock_monotonic();
}

/* Fires VIRQ_TIMER at `when` (clock_monotonic's scale), at once if that is past; replaces what was set before. */
void clock_set_timer(uint64_t when);

/* Stops the periodic timer that Xen starts for each vCPU. */
void clock_init(void);

#endif
