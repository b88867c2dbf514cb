/*
 * Buddies: a block and its neighbour of the same size, which together are the aligned block of twice the size.
 */
#include "mm/buddy.h"

#include "core/panic.h"

#define FRAME_BYTES 4096

static struct list *link_of(const struct buddy *buddy, uint64_t frame)
{
    return (struct list *)(buddy->memory + frame * FRAME_BYTES);
}

static uint64_t frame_of_link(const struct buddy *buddy, const struct list *link)
{
    return (uint64_t)((const char *)link - buddy->memory) / FRAME_BYTES;
}

static void insert(struct buddy *buddy, uint64_t frame, unsigned order)
{
    buddy->frames[frame].free = (uint8_t)(order + 1);
    list_insert(buddy->free[order].next, link_of(buddy, frame));
    buddy->perhaps |= 1U << order;
}

static void take_off(struct buddy *buddy, uint64_t frame)
{
    buddy->frames[frame].free = 0;
    list_remove(link_of(buddy, frame));
}

SELDOM void buddy_init(struct buddy *buddy, struct frame *frames, void *memory)
{
    *buddy = (struct buddy){ .frames = frames, .memory = memory };
    for (unsigned order = 0; order < BUDDY_ORDERS; order++)
        list_init(&buddy->free[order]);
}

/* The smallest order from this one on of which there is a free block; BUDDY_ORDERS if there is none. */
static unsigned smallest_from(struct buddy *buddy, unsigned order)
{
    for (uint32_t left = buddy->perhaps >> order << order; left; left &= left - 1) {
        unsigned found = (unsigned)__builtin_ctz(left);

        if (!list_empty(&buddy->free[found]))
            return found;
        buddy->perhaps &= ~(1U << found);
    }
    return BUDDY_ORDERS;
}

uint64_t buddy_alloc(struct buddy *buddy, unsigned order)
{
    unsigned found = smallest_from(buddy, order);

    if (found >= BUDDY_ORDERS)
        return 0;
    uint64_t frame = frame_of_link(buddy, buddy->free[found].next);

    take_off(buddy, frame);
    while (found > order) {
        found--;
        insert(buddy, frame + (1UL << found), found);
    }
    buddy->free_frames -= 1UL << order;
    for (uint64_t i = 0; i < 1UL << order; i++)
        buddy->frames[frame + i].references = 1;
    return frame;
}

/* Puts a block among the free ones, joined with its neighbours as far as they are free. buddy_free() ends in a jump to it. */
static __attribute__((noinline)) void release(struct buddy *buddy, uint64_t frame, unsigned order)
{
    uint64_t count = 1UL << order;

    buddy->free_frames += count;
    for (; order < BUDDY_ORDERS - 1; order++, count *= 2) {
        uint64_t neighbour = frame ^ count;

        if (neighbour + count > buddy->limit || buddy->frames[neighbour].free != order + 1)
            break;
        take_off(buddy, neighbour);
        frame &= ~count;
    }
    insert(buddy, frame, order);
}

void buddy_free(struct buddy *buddy, uint64_t frame, unsigned order)
{
    panic_if(order >= BUDDY_ORDERS || frame == 0 || frame & ((1UL << order) - 1) ||
                 frame + (1UL << order) > buddy->limit,
             "freeing frame %lu of order %u, which no allocation can have returned", frame, order);
    for (uint64_t i = frame; i < frame + (1UL << order); i++) {
        panic_if(buddy->frames[i].references == 0, "frame %lu is freed twice", i);
        panic_if(buddy->frames[i].references > 1, "frame %lu is freed but shared", i);
        buddy->frames[i].references = 0;
    }
    release(buddy, frame, order);
}

SELDOM void buddy_add(struct buddy *buddy, uint64_t first, uint64_t end)
{
    while (first < end) {
        unsigned order = first ? (unsigned)__builtin_ctzl(first) : BUDDY_ORDERS - 1;

        if (order >= BUDDY_ORDERS)
            order = BUDDY_ORDERS - 1;
        while (first + (1UL << order) > end)
            order--;
        release(buddy, first, order);
        first += 1UL << order;
    }
}
