/*
 * Scheduler operations of the hypervisor (xen/sched.h).
 */
#include "xen/domain.h"

#include <xen/sched.h>

#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/platform.h"

void domain_block(uint64_t deadline)
{
    platform->sleep(deadline);
}

void domain_poll(evtchn_port_t port, uint64_t deadline)
{
    struct sched_poll operation = { .nr_ports = 1, .timeout = deadline };

    set_xen_guest_handle(operation.ports, &port);
    hypercall2(__HYPERVISOR_sched_op, SCHEDOP_poll, HYPERCALL_ARG(&operation));
}

_Noreturn void domain_shutdown(unsigned reason)
{
    struct sched_shutdown operation = { .reason = reason };

    for (;;)
        hypercall2(__HYPERVISOR_sched_op, SCHEDOP_shutdown, HYPERCALL_ARG(&operation));
}
