/*
 * Stands before the kernel's own arch/x86_64/hypercall.h for what is compiled for the machine: its Xen is hypercalls.c.
 */
#ifndef LWD_MACHINE_HYPERCALL_H
#define LWD_MACHINE_HYPERCALL_H

#include <xen/xen.h>

#define HYPERCALL_ARG(x) ((unsigned long)(x))

long hypercall2(unsigned number, unsigned long a1, unsigned long a2);
long hypercall3(unsigned number, unsigned long a1, unsigned long a2, unsigned long a3);

#endif
