/*
 * Switching between cooperative threads: a function call that returns on another stack. The caller saved what the C
 * calling convention lets it lose, vector registers among it; what is left is here.
 */
        .text

        .globl context_switch
        .type context_switch, @function
context_switch:
        push    %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        sub     $8, %rsp
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        mov     %rsp, (%rdi)
        mov     %rsi, %rsp
        ldmxcsr (%rsp)
        fldcw   4(%rsp)
        add     $8, %rsp
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret
        .size context_switch, . - context_switch

/*
 * call_on_stack(function, argument, top): function(argument), with frames from `top` downwards, or where the stack is if
 * that is zero. An exception may have left the stack unaligned.
 */
        .globl call_on_stack
        .type call_on_stack, @function
call_on_stack:
        push    %rbp
        mov     %rsp, %rbp
        test    %rdx, %rdx
        cmovnz  %rdx, %rsp
        and     $-16, %rsp
        mov     %rdi, %rax
        mov     %rsi, %rdi
        call    *%rax
        mov     %rbp, %rsp
        pop     %rbp
        ret
        .size call_on_stack, . - call_on_stack

/* Where a new thread begins: context_prepare() left the function in r12 and its argument in r13. */
        .globl context_start
        .type context_start, @function
context_start:
        xor     %ebp, %ebp
        mov     %r13, %rdi
        call    *%r12
        ud2
        .size context_start, . - context_start

        .section .note.GNU-stack, "", @progbits
