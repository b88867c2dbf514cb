/*
 * Exceptions and events of a PV domain: the table that Xen is given, and the way from its entry code to the common part.
 */
#include "arch/x86_64/pv/pv.h"

#include <xen/callback.h>

#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/pv/vectors.h"
#include "arch/x86_64/traps.h"
#include "core/bits.h"
#include "core/panic.h"

#define DECLARE(vector, has_error) void pv_trap_##vector(void);
PV_TRAP_VECTORS(DECLARE)
#undef DECLARE

void pv_event(void);
void pv_failsafe(void);

/* Privilege 3, so that an application's own int3 comes here too. */
#define TRAP_ENTRY(vector, has_error) { vector, 3, FLAT_KERNEL_CS, (unsigned long)pv_trap_##vector },

static const trap_info_t trap_table[] = { PV_TRAP_VECTORS(TRAP_ENTRY) { 0, 0, 0, 0 } };

static SELDOM void register_callback(uint16_t type, void (*function)(void))
{
    struct callback_register callback = { .type = type, .address = (unsigned long)function };
    long result = hypercall2(__HYPERVISOR_callback_op, CALLBACKOP_register, HYPERCALL_ARG(&callback));

    panic_if(result, "Xen refused callback %u (error %ld)", type, result);
}

SELDOM void pv_traps_init(void)
{
    long result = hypercall2(__HYPERVISOR_set_trap_table, HYPERCALL_ARG(trap_table), 0);

    panic_if(result, "Xen refused the trap table (error %ld)", result);
    register_callback(CALLBACKTYPE_event, pv_event);
    register_callback(CALLBACKTYPE_failsafe, pv_failsafe);
}

/* Called by the entry code. */
void pv_trap(struct trap_frame *frame);
void pv_trap(struct trap_frame *frame)
{
    trap_handle(frame, SHARED_INFO->vcpu_info[0].arch.cr2);
}

_Noreturn void pv_bad_return(void);
_Noreturn void pv_bad_return(void)
{
    panic("Xen could not return to the domain: a segment register is not valid");
}
