/*
 * Calling Xen. The hypercall page is filled in by whoever builds the domain; entry N of it does hypercall N with the
 * arguments in rdi, rsi, rdx, r10, r8 and the result in rax (Xen: xen/arch-x86/xen-x86_64.h). Results are 0 or a count,
 * or a negative Xen errno, whose numbers are Linux's.
 */
#ifndef LWD_ARCH_HYPERCALL_H
#define LWD_ARCH_HYPERCALL_H

#include <stdint.h>

#include <xen/xen.h>

extern char hypercall_page[];

#define HYPERCALL_ARG(x) ((unsigned long)(x))

static inline long hypercall4(unsigned number, unsigned long a1, unsigned long a2, unsigned long a3, unsigned long a4)
{
    register unsigned long r10 __asm__("r10") = a4;
    long result;

    __asm__ volatile("call *%[entry]"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10)
                     : [entry] "r"(hypercall_page + number * 32)
                     : "rcx", "r8", "r9", "r11", "memory");
    return result;
}

static inline long hypercall2(unsigned number, unsigned long a1, unsigned long a2)
{
    return hypercall4(number, a1, a2, 0, 0);
}

static inline long hypercall3(unsigned number, unsigned long a1, unsigned long a2, unsigned long a3)
{
    return hypercall4(number, a1, a2, a3, 0);
}

#endif
