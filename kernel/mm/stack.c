/*
 * Stacks are kept for reuse when they are freed: a thread's start then costs no page-table update. At most a part of
 * memory is kept, and that until it is wanted elsewhere.
 */
#include "mm/stack.h"

#include <errno.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "mm/frame.h"
#include "mm/map.h"

/* The last bytes of a kept stack. */
struct kept {
    struct kept *next;
    struct stack stack;
};

static struct kept *kept_stacks;
static size_t kept_pages;

/* Addresses of stacks that are no more. */
struct hole {
    struct hole *next;
    struct stack stack;
};

static struct hole *holes, *unused_holes;
static uintptr_t next_address = STACK_BASE;

static size_t pages_of(const struct stack *stack)
{
    return (stack->high - stack->low) / PAGE_SIZE;
}

/* --- addresses without memory --- */

static struct hole *new_hole(void)
{
    if (!unused_holes) {
        pfn_t frame = frame_alloc();

        if (frame == NO_FRAME)
            return NULL;
        struct hole *made = frame_address(frame);

        for (size_t i = 0; i < PAGE_SIZE / sizeof *made; i++) {
            made[i].next = unused_holes;
            unused_holes = &made[i];
        }
    }
    struct hole *hole = unused_holes;

    unused_holes = hole->next;
    return hole;
}

/* If there is not even memory to remember them, the addresses are lost: there are many. */
static void unmap_stack(struct stack stack)
{
    unmap_and_free(stack.low, pages_of(&stack));
    struct hole *hole = new_hole();

    if (hole) {
        *hole = (struct hole){ holes, stack };
        holes = hole;
    }
}

/* Where the address of a stack of this size stands that is no more, null if there is none. */
static struct hole **find_hole(size_t bytes)
{
    for (struct hole **link = &holes; *link; link = &(*link)->next)
        if ((*link)->stack.high - (*link)->stack.low == bytes)
            return link;
    return NULL;
}

static int map_hole(struct hole **link, struct stack *stack)
{
    struct hole *hole = *link;
    int error = map_fresh(hole->stack.low, pages_of(&hole->stack), false);

    if (error)
        return error;
    *stack = hole->stack;
    *link = hole->next;
    hole->next = unused_holes;
    unused_holes = hole;
    return 0;
}

/* --- kept stacks --- */

static int reuse(size_t bytes, struct stack *stack)
{
    for (struct kept **link = &kept_stacks; *link; link = &(*link)->next) {
        struct kept *kept = *link;

        if (kept->stack.high - kept->stack.low == bytes) {
            *link = kept->next;
            *stack = kept->stack;
            kept_pages -= pages_of(stack);
            return 0;
        }
    }
    return -ENOENT;
}

static bool give_up_kept(void)
{
    bool any = kept_stacks != NULL;

    while (kept_stacks) {
        struct stack stack = kept_stacks->stack;

        kept_stacks = kept_stacks->next;
        unmap_stack(stack);
    }
    kept_pages = 0;
    return any;
}

int stack_alloc(size_t bytes, struct stack *stack)
{
    bytes = ALIGN_UP(bytes, (size_t)PAGE_SIZE);
    if (reuse(bytes, stack) == 0)
        return 0;
    struct hole **hole = find_hole(bytes);

    if (hole)
        return map_hole(hole, stack);
    if (STACK_GUARD_BYTES + bytes > STACK_END - next_address)
        return -ENOMEM;
    uintptr_t low = next_address + STACK_GUARD_BYTES;
    int error = map_fresh(low, bytes / PAGE_SIZE, false);

    if (error)
        return error;
    next_address = low + bytes;
    *stack = (struct stack){ low, low + bytes };
    return 0;
}

void stack_free(const struct stack *stack)
{
    size_t pages = pages_of(stack);

    if (kept_pages + pages > boot_info.frames / 8) {
        unmap_stack(*stack);
        return;
    }
    struct kept *kept = (struct kept *)stack->high - 1;

    *kept = (struct kept){ kept_stacks, *stack };
    kept_stacks = kept;
    kept_pages += pages;
    map_spare = give_up_kept;
}
