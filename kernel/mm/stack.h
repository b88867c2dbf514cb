/*
 * Thread stacks: mapped whole, with an unmapped gap below. On PV they cannot grow by faults, since Xen delivers a fault
 * on the stack that it is about.
 */
#ifndef LWD_MM_STACK_H
#define LWD_MM_STACK_H

#include <stddef.h>
#include <stdint.h>

/* Of the gap; a guard as wide as this can be promised. */
#define STACK_GUARD_BYTES (64 << 10)

struct stack {
    uintptr_t low, high;        /* page-aligned; [low, high) is mapped */
};

/* Makes a stack of at least `bytes`, with anything in it. Returns 0 or -ENOMEM. */
int stack_alloc(size_t bytes, struct stack *stack);

/* The caller must not be running on it. */
void stack_free(const struct stack *stack);

#endif
