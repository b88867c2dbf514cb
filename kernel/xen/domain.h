/*
 * What a domain asks of the hypervisor about itself: to sleep, to end.
 */
#ifndef LWD_XEN_DOMAIN_H
#define LWD_XEN_DOMAIN_H

#include <stdint.h>

#include <xen/event_channel.h>

/*
 * Sleeps until an event is pending or clock_monotonic() reaches `deadline` (NO_DEADLINE: never); returns at once if one is, or
 * may return early. Events are masked again on return.
 */
void domain_block(uint64_t deadline);

/* Sleeps until `port` is pending or clock_monotonic() reaches `deadline`, without touching any event's state. */
void domain_poll(evtchn_port_t port, uint64_t deadline);

/* Ends the domain: `reason` is SHUTDOWN_poweroff, SHUTDOWN_crash … (xen/sched.h). */
_Noreturn void domain_shutdown(unsigned reason);

#endif
