/*
 * Switching between cooperative threads: a function call that returns on another stack. The caller saved what the C
 * calling convention lets it lose, vector registers among it; what is left is here. Of the floating-point units that is the
 * environment (fenv.h), most often the same for both.
 */

/* In x87's status: what has happened, and whether any of it is not masked. */
#define X87_EXCEPTIONS 0xbf

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
        push    %rax
        stmxcsr (%rsp)
        fnstcw  4(%rsp)
        fnstsw  6(%rsp)
        mov     (%rsp), %rax
        mov     %rsp, (%rdi)
        mov     %rsi, %rsp
        pop     %rcx
        cmp     %rcx, %rax
        jne     .Lother_environment
.Lenvironment_is_right:
        pop     %r15
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

.Lother_environment:
        push    %rcx
        xor     %rcx, %rax
        shr     $48, %rax
        ldmxcsr (%rsp)
        test    $X87_EXCEPTIONS, %al
        jz      .Lload_control
        /* Else an exception that waits for the next instruction of x87 would come here, on the other's stack. */
        fnclex
        testb   $X87_EXCEPTIONS, 6(%rsp)
        jz      .Lload_control
        /* Nothing loads the status alone. */
        sub     $32, %rsp
        fnstenv (%rsp)
        shr     $32, %rcx
        mov     %cx, (%rsp)
        shr     $16, %ecx
        mov     %cx, 4(%rsp)
        fldenv  (%rsp)
        add     $32 + 8, %rsp
        jmp     .Lenvironment_is_right
.Lload_control:
        fldcw   4(%rsp)
        pop     %rcx
        jmp     .Lenvironment_is_right
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
