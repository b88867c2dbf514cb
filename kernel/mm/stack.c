/*
 * Stacks are kept for reuse when they are freed: a thread's start then costs no page-table update.
 */
#include "mm/stack.h"

#include <errno.h>

#include "arch/x86_64/layout.h"
#include "core/bits.h"
#include "mm/map.h"

/* The last bytes of a kept stack. */
struct kept {
    struct kept *next;
    struct stack stack;
};

static struct kept *kept_stacks;
static uintptr_t next_address = STACK_BASE;

static struct kept *kept_record(const struct stack *stack)
{
    return (struct kept *)stack->high - 1;
}

static int reuse(size_t bytes, struct stack *stack)
{
    for (struct kept **link = &kept_stacks; *link; link = &(*link)->next) {
        struct kept *kept = *link;

        if (kept->stack.high - kept->stack.low == bytes) {
            *link = kept->next;
            *stack = kept->stack;
            return 0;
        }
    }
    return -ENOENT;
}

/* Unmaps what is kept: the memory is wanted elsewhere. */
static void drop_kept(void)
{
    while (kept_stacks) {
        struct stack stack = kept_stacks->stack;

        kept_stacks = kept_stacks->next;
        unmap_and_free(stack.low, (stack.high - stack.low) / PAGE_SIZE);
    }
}

int stack_alloc(size_t bytes, struct stack *stack)
{
    bytes = ALIGN_UP(bytes, (size_t)PAGE_SIZE);
    if (reuse(bytes, stack) == 0)
        return 0;
    uintptr_t low = next_address + STACK_GUARD_BYTES;

    if (bytes > STACK_END - low)
        return -ENOMEM;
    int error = map_fresh(low, bytes / PAGE_SIZE, false);

    if (error && kept_stacks) {
        drop_kept();
        error = map_fresh(low, bytes / PAGE_SIZE, false);
    }
    if (error)
        return error;
    next_address = low + bytes;
    *stack = (struct stack){ low, low + bytes };
    return 0;
}

void stack_free(const struct stack *stack)
{
    struct kept *kept = kept_record(stack);

    *kept = (struct kept){ kept_stacks, *stack };
    kept_stacks = kept;
}
