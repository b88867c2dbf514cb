/*
 * Event channels: which port means what, and the two-level scan for what is pending.
 */
#include "xen/evtchn.h"

#include <errno.h>
#include <stddef.h>

#include "arch/x86_64/hypercall.h"

#define MAX_PORTS 256
#define BITS_PER_WORD (8 * sizeof(xen_ulong_t))

static struct {
    evtchn_handler *handler;
    void *argument;
} channels[MAX_PORTS];

static void unmask(evtchn_port_t port)
{
    struct evtchn_unmask operation = { .port = port };

    hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_unmask, HYPERCALL_ARG(&operation));
}

int evtchn_bind(evtchn_port_t port, evtchn_handler *handler, void *argument)
{
    if (port >= MAX_PORTS)
        return -ENOSPC;
    channels[port].handler = handler;
    channels[port].argument = argument;
    unmask(port);
    return 0;
}

SELDOM int evtchn_bind_virq(unsigned virq, evtchn_handler *handler, void *argument)
{
    struct evtchn_bind_virq operation = { .virq = virq, .vcpu = 0 };
    int error = (int)hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, HYPERCALL_ARG(&operation));

    if (!error)
        error = evtchn_bind(operation.port, handler, argument);
    return error ? error : (int)operation.port;
}

SELDOM int evtchn_bind_remote(domid_t domain, evtchn_handler *handler, void *argument)
{
    struct evtchn_alloc_unbound operation = { .dom = DOMID_SELF, .remote_dom = domain };
    int error = (int)hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, HYPERCALL_ARG(&operation));

    if (error)
        return error;
    error = evtchn_bind(operation.port, handler, argument);
    if (error)
        evtchn_close(operation.port);
    return error ? error : (int)operation.port;
}

void evtchn_close(evtchn_port_t port)
{
    struct evtchn_close operation = { .port = port };

    if (port < MAX_PORTS)
        channels[port].handler = NULL;
    hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_close, HYPERCALL_ARG(&operation));
}

SELDOM bool evtchn_is_connected(evtchn_port_t port)
{
    struct evtchn_status operation = { .dom = DOMID_SELF, .port = port };

    return hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_status, HYPERCALL_ARG(&operation)) == 0 &&
           operation.status == EVTCHNSTAT_interdomain;
}

int evtchn_notify(evtchn_port_t port)
{
    struct evtchn_send operation = { .port = port };

    return (int)hypercall2(__HYPERVISOR_event_channel_op, EVTCHNOP_send, HYPERCALL_ARG(&operation));
}

void evtchn_clear(evtchn_port_t port)
{
    __atomic_fetch_and(&SHARED_INFO->evtchn_pending[port / BITS_PER_WORD], ~(1UL << port % BITS_PER_WORD), __ATOMIC_SEQ_CST);
}

void (*evtchn_observer)(evtchn_port_t port, evtchn_handler *handler, bool begins);

static void call_handler(evtchn_port_t port)
{
    evtchn_handler *handler = port < MAX_PORTS ? channels[port].handler : NULL;

    if (!handler)
        return;
    if (unlikely(evtchn_observer != NULL))
        evtchn_observer(port, handler, true);
    handler(channels[port].argument);
    if (unlikely(evtchn_observer != NULL))
        evtchn_observer(port, handler, false);
}

bool evtchn_is_dispatching;

void evtchn_dispatch(void)
{
    struct shared_info *shared = SHARED_INFO;
    struct vcpu_info *vcpu = evtchn_vcpu();

    evtchn_is_dispatching = true;
    WRITE_ONCE(vcpu->evtchn_upcall_pending, 0);
    full_fence();
    xen_ulong_t words = __atomic_exchange_n(&vcpu->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);

    while (words) {
        unsigned word = (unsigned)__builtin_ctzl(words);
        xen_ulong_t ports = READ_ONCE(shared->evtchn_pending[word]) & ~READ_ONCE(shared->evtchn_mask[word]);

        words &= words - 1;
        /* Cleared before the handlers look at their rings: what comes later sets it again. */
        __atomic_fetch_and(&shared->evtchn_pending[word], ~ports, __ATOMIC_SEQ_CST);
        for (; ports; ports &= ports - 1)
            call_handler((evtchn_port_t)(word * BITS_PER_WORD) + (evtchn_port_t)__builtin_ctzl(ports));
    }
    evtchn_is_dispatching = false;
}
