/*
 * Time from Xen's paravirtual clock: a processor time stamp, scaled by what Xen writes into the shared page (xen/xen.h,
 * vcpu_time_info). No hypercall to read; one to set the one-shot timer. There is no tick.
 */
#ifndef LWD_XEN_CLOCK_H
#define LWD_XEN_CLOCK_H

#include <stdint.h>

#include "arch/x86_64/cpu.h"
#include "xen/evtchn.h"

#define NANOSECONDS_PER_SECOND 1000000000LL

/*
 * Time as a straight line: what the shared page's parameters come to, until Xen writes others. Reading the clock along it
 * is a multiplication and an addition.
 */
struct clock_line {
    /* The parameters' version; odd, which is none of theirs, where there is no line. */
    uint32_t version;
    uint64_t rate;              /* nanoseconds an eighth of a tick, in 2^-64 */
    uint64_t origin;            /* nanoseconds where the time stamp counter was 0, modulo 2^64 */
    /*
     * The last reading along it, before which the next line may not begin: so many nanoseconds after `base`, which is for the
     * reader to choose who is to be quick.
     */
    uint64_t base, last;
};

/* Where clock_monotonic() was read last. Counters below 125 MHz have no line: their rate is no fraction. */
extern struct clock_line clock_line;

/* The time stamp counter in eighths of a tick, so that any rate up to 8 ns a tick is a fraction. Lasts 18 years at 4 GHz. */
#define CLOCK_TICK_SHIFT 3

static inline uint64_t clock_ticks(void)
{
    return cpu_read_tsc_shifted(CLOCK_TICK_SHIFT);
}

/* Only for clock_ticks() of a line that has not changed after they were read; who shows the result sets clock_line.last. */
static inline uint64_t clock_along(uint64_t rate, uint64_t origin, uint64_t ticks)
{
    return (uint64_t)((unsigned __int128)ticks * rate >> 64) + origin;
}

/* Has Xen changed nothing since? Asked after the ticks were read: if the vCPU moved before that, this shows it. */
static inline bool clock_line_holds(uint32_t version)
{
    return likely(READ_ONCE(evtchn_vcpu()->time.version) == version);
}

/*
 * Nanoseconds since the host started; never runs backwards. The processors' clocks, which Xen sets by each other once a second,
 * may differ: after a move to one that is behind, this clock stands until that one has caught up.
 */
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
