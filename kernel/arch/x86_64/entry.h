/*
 * What the entry code of both platforms is made of (assembler only).
 */
#ifndef LWD_ARCH_ENTRY_H
#define LWD_ARCH_ENTRY_H

/* One ELF note of Xen's, by which the domain builder knows what to do with the image (xen/elfnote.h). */
        .macro  NOTE type, value:vararg
        .pushsection .note.Xen, "a", @note
        .p2align 2
        .long   4, 2f - 1f, \type
        .asciz  "Xen"
1:      \value
2:      .p2align 2
        .popsection
        .endm

/* struct trap_frame (arch/x86_64/traps.h) below vector and error code. */
        .macro  SAVE_REGISTERS
        push    %rax
        push    %rbx
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %rbp
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        .endm

        .macro  RESTORE_REGISTERS
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %r11
        pop     %r10
        pop     %r9
        pop     %r8
        pop     %rbp
        pop     %rdi
        pop     %rsi
        pop     %rdx
        pop     %rcx
        pop     %rbx
        pop     %rax
        .endm

#endif
