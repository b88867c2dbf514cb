/*
 * Where a PV domain begins, and where its exceptions and events come in. Xen delivers both on the current stack, with
 * rcx and r11 pushed above what the processor itself would push (xen/arch-x86/xen-x86_64.h).
 */
#include "arch/x86_64/entry.h"
#include "arch/x86_64/pv/vectors.h"

        .section .text.entry, "ax", @progbits
        .globl  pv_entry
        .type   pv_entry, @function
pv_entry:
        cld
        lea     boot_stack_top, %rsp
        xor     %ebp, %ebp
        push    %rbp
        push    %rbp
        mov     %rsi, %rdi
        call    pv_start
        ud2
        .size   pv_entry, . - pv_entry

/*
 * Common end of all exceptions. The return is the processor's own iret: the PV "kernel" runs in ring 3 as the code that
 * it interrupts does, so no hypercall is needed; but Xen shows the code segment with privilege 0, which is put right.
 */
        .text
        .type   trap_common, @function
trap_common:
        SAVE_REGISTERS
        mov     %rsp, %rdi
        call    pv_trap
        RESTORE_REGISTERS
        add     $16, %rsp
        orl     $3, 8(%rsp)
        iretq
        .size   trap_common, . - trap_common

        .macro  TRAP vector, has_error
        .globl  pv_trap_\vector
        .type   pv_trap_\vector, @function
pv_trap_\vector:
        pop     %rcx
        pop     %r11
        .if     \has_error == 0
        push    $0
        .endif
        push    $\vector
        jmp     trap_common
        .size   pv_trap_\vector, . - pv_trap_\vector
        .endm

#define STUB(vector, has_error) TRAP vector, has_error;
        PV_TRAP_VECTORS(STUB)

/*
 * An event came while events were unmasked, which is only while the domain sleeps in the hypervisor. The hypercall's
 * return is interrupted; handlers run from the scheduler. Xen masked events again before it came here, so this only
 * returns.
 */
        .globl  pv_event
        .type   pv_event, @function
pv_event:
        pop     %rcx
        pop     %r11
        orl     $3, 8(%rsp)
        iretq
        .size   pv_event, . - pv_event

/* Xen could not return to where we wanted to, because a segment register held nonsense. */
        .globl  pv_failsafe
        .type   pv_failsafe, @function
pv_failsafe:
        call    pv_bad_return
        ud2
        .size   pv_failsafe, . - pv_failsafe

        .section .note.GNU-stack, "", @progbits
