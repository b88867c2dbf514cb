/*
 * Event channels (xen/event_channel.h), the two-level kind. Events stay masked while the domain computes: a pending one
 * is found at scheduling points, where evtchn_dispatch() calls its handler. So handlers run in thread context, with all
 * registers theirs; but they may not block, since they can run from any thread's scheduling point.
 */
#ifndef LWD_XEN_EVTCHN_H
#define LWD_XEN_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/event_channel.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"

typedef void evtchn_handler(void *argument);

/* Calls `handler` from now on when `port` fires. Returns 0 or -ENOSPC. */
int evtchn_bind(evtchn_port_t port, evtchn_handler *handler, void *argument);

/* Binds a virtual interrupt of this vCPU (VIRQ_*). Returns its port, or a negative errno. */
int evtchn_bind_virq(unsigned virq, evtchn_handler *handler, void *argument);

/*
 * Makes a channel that `domain` may bind its end of, and calls `handler` when it fires. Returns its port, or a negative
 * errno.
 */
int evtchn_bind_remote(domid_t domain, evtchn_handler *handler, void *argument);

/* Closes our end: the handler is not called any more. */
void evtchn_close(evtchn_port_t port);

/* Is there another end? It closes when the program that holds it ends, which is told by nothing else. */
bool evtchn_is_connected(evtchn_port_t port);

/* Tells the other end. Returns 0 or a negative errno (a port that is closed at the other end is not an error). */
int evtchn_notify(evtchn_port_t port);

/* Forgets what is pending on a port, for those who wait by domain_poll(); its handler is then not called for that. */
void evtchn_clear(evtchn_port_t port);

/* Not null: is called before (`begins`) and after each handler. */
extern void (*evtchn_observer)(evtchn_port_t port, evtchn_handler *handler, bool begins);

/* Calls the handlers of all that is pending. */
void evtchn_dispatch(void);

/* Is a handler running? Then nothing may block, whichever thread it is. */
extern bool evtchn_is_dispatching;

static inline struct vcpu_info *evtchn_vcpu(void)
{
    return &SHARED_INFO->vcpu_info[0];
}

/* One memory read: is there anything for evtchn_dispatch() to do? */
static inline bool evtchn_pending(void)
{
    return unlikely(READ_ONCE(evtchn_vcpu()->evtchn_upcall_pending));
}

#endif
