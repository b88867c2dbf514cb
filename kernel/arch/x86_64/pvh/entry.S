/*
 * Where a PVH domain begins, and where its exceptions and events come in. The builder enters in 32-bit mode without
 * paging, with the address of its start info in ebx (xen/arch-x86/hvm/start_info.h).
 */
#define __ASSEMBLY__
#include <xen/xen.h>

#include "arch/x86_64/entry.h"
#include "arch/x86_64/cpu_bits.h"
#include "arch/x86_64/layout.h"
#include "arch/x86_64/pvh/vectors.h"

/* xen/sched.h, which is no assembler's. */
#define SCHEDOP_poll 3

#define PHYSICAL(symbol) (symbol - DIRECT_BASE)

/* Present, writable, accessed, dirty; and a block of 2 MiB. */
#define TABLE 0x23
#define BLOCK 0xe3

        .section .text.entry, "ax", @progbits
        .code32
        .globl  pvh_entry
        .type   pvh_entry, @function
pvh_entry:
        cld
        mov     %ebx, %ebp
        movl    $PHYSICAL(pvh_middle_table) + TABLE, PHYSICAL(pvh_top_table)
        movl    $PHYSICAL(pvh_low_table) + TABLE, PHYSICAL(pvh_middle_table)

        /* The direct map, from DIRECT_BASE to 1 GiB; and this code where it runs now. */
        mov     $PHYSICAL(pvh_low_table) + (DIRECT_BASE >> BLOCK_SHIFT) * 8, %edi
        mov     $BLOCK, %eax
        mov     %eax, PHYSICAL(pvh_low_table)
1:      mov     %eax, (%edi)
        add     $BLOCK_SIZE, %eax
        add     $8, %edi
        cmp     $PHYSICAL(pvh_low_table) + PAGE_SIZE, %edi
        jb      1b

        mov     $CR4_PAE | CR4_OSFXSR | CR4_OSXMMEXCPT, %eax
        mov     %eax, %cr4
        mov     $PHYSICAL(pvh_top_table), %eax
        mov     %eax, %cr3
        mov     $MSR_EFER, %ecx
        mov     $EFER_LONG_MODE | EFER_NO_EXECUTE, %eax
        xor     %edx, %edx
        wrmsr
        mov     $CR0_PAGING | CR0_WRITE_PROTECT | CR0_NUMERIC_ERROR | CR0_EXTENSION | CR0_MONITOR | CR0_PROTECTED, %eax
        mov     %eax, %cr0
        /* By the direct map: data of an image of more than 1 MiB are beyond what is mapped where this code runs. */
        lgdt    descriptor_pointer
        ljmp    $PVH_CODE, $PHYSICAL(1f)

        .code64
1:      mov     $2f, %eax
        jmp     *%rax
2:      mov     $PVH_DATA, %eax
        mov     %eax, %ds
        mov     %eax, %es
        mov     %eax, %ss
        lea     boot_stack_top, %rsp
        mov     %ebp, %edi
        xor     %ebp, %ebp
        push    %rbp
        push    %rbp
        call    pvh_start
        ud2
        .size   pvh_entry, . - pvh_entry

        .text
        .type   trap_common, @function
trap_common:
        SAVE_REGISTERS
        mov     %rsp, %rdi
        call    pvh_trap
        RESTORE_REGISTERS
        add     $16, %rsp
        iretq
        .size   trap_common, . - trap_common

        .macro  TRAP vector, has_error
        .globl  pvh_trap_\vector
        .type   pvh_trap_\vector, @function
pvh_trap_\vector:
        .if     \has_error == 0
        push    $0
        .endif
        push    $\vector
        jmp     trap_common
        .size   pvh_trap_\vector, . - pvh_trap_\vector
        .pushsection .rodata.pvh_entries, "a"
        .long   pvh_trap_\vector, \vector
        .popsection
        .endm

        .pushsection .rodata.pvh_entries, "a"
        .balign 4
        .globl  pvh_entries
        .type   pvh_entries, @object
pvh_entries:
        .popsection

#define STUB(vector, has_error) TRAP vector, has_error;
        PVH_TRAP_VECTORS(STUB)

        .pushsection .rodata.pvh_entries, "a"
        .long   pvh_event, PVH_EVENT_VECTOR, 0, 0
        .size   pvh_entries, . - pvh_entries
        .popsection

/*
 * Sleeps until an event is pending. Interrupts are let in with the instruction after sti, so that none should slip in
 * before hlt; an emulated processor can forget that, and then pvh_event steps over the hlt, which would be for ever.
 */
        .globl  pvh_halt
        .type   pvh_halt, @function
pvh_halt:
        sti
halt:   hlt
        cli
        ret
        .size   pvh_halt, . - pvh_halt

/* One entry of the hypercall page, as Xen makes it: mov of 5 bytes, the call of 3, ret. */
#define SCHED_OP (hypercall_page + __HYPERVISOR_sched_op * 32)
#define BEFORE_CALL 5
#define BEHIND_CALL 8

/*
 * The same until a time (rdi: struct sched_poll). Xen does not go to sleep if it sees an event while interrupts are let in;
 * what slips in before, pvh_event steps over the call for.
 */
        .globl  pvh_poll
        .type   pvh_poll, @function
pvh_poll:
        mov     %rdi, %rsi
        mov     $SCHEDOP_poll, %edi
        mov     $SCHED_OP, %eax
        sti
poll:   call    *%rax
polled: cli
        ret
        .size   pvh_poll, . - pvh_poll

/*
 * An event came while interrupts were let in, which is only while the domain sleeps. Handlers run from the scheduler.
 * Until then the event stays pending, so interrupts have to be kept out on return.
 */
        .globl  pvh_event
        .type   pvh_event, @function
pvh_event:
        cmpq    $halt, (%rsp)
        jne     1f
        incq    (%rsp)
1:      cmpq    $poll, (%rsp)
        jne     1f
        movq    $polled, (%rsp)
1:      cmpq    $SCHED_OP, (%rsp)
        jb      1f
        cmpq    $SCHED_OP + BEFORE_CALL, (%rsp)
        ja      1f
        movq    $SCHED_OP + BEHIND_CALL, (%rsp)
1:      andl    $~RFLAGS_INTERRUPTS, 16(%rsp)
        iretq
        .size   pvh_event, . - pvh_event

        .data
        .p2align 3
        .globl  pvh_descriptors
pvh_descriptors:
        .quad   0
        .quad   0x00af9b000000ffff
        .quad   0x00cf93000000ffff
        /* The task's descriptor takes two: traps.c fills them in. */
        .quad   0
        .quad   0
descriptors_end:

descriptor_pointer:
        .word   descriptors_end - pvh_descriptors - 1
        .quad   pvh_descriptors

        /* Aligned by the linker script. */
        .section .pages, "aw", @nobits
        .globl  pvh_top_table
pvh_top_table:
        .skip   PAGE_SIZE
pvh_middle_table:
        .skip   PAGE_SIZE
        .globl  pvh_low_table
pvh_low_table:
        .skip   PAGE_SIZE

        .section .note.GNU-stack, "", @progbits
