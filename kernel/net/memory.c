/*
 * Memory of the network stack: blocks of a few sizes, kept for reuse, on top of the C library's heap. Others decide how
 * much arrives, so there is a limit; lwIP drops packets when it gets nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <lwip/arch.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "net/network.h"

/* In front of each block; keeps it aligned to 16. */
struct header {
    size_t size;                /* of the block, without this header */
    struct header *next;        /* while it is kept */
};

/*
 * The sizes that are kept: headers and small packets, a segment, a segment in a jumbo frame, segments that the network card
 * cuts up (the last is the largest of those, with its headers): growing and shrinking the heap for each would cost more
 * than copying what they carry. Larger ones go back.
 */
static const uint16_t sizes[] = { 64, 128, 256, 512, 1024, 1664, 2304, 4096, 8192, 16384, 32768, 65024 };
static struct header *kept[ARRAY_SIZE(sizes)];
static size_t used, idle;       /* bytes of blocks that the stack has, and of those that are kept */

size_t network_memory_limit(void)
{
    return boot_info.frames * PAGE_SIZE / 4;
}

size_t network_memory_used(void)
{
    return used;
}

static unsigned size_class(size_t size)
{
    unsigned class = 0;

    while (class < ARRAY_SIZE(sizes) && sizes[class] < size)
        class++;
    return class;
}

/* Gives all that is kept back to the heap. */
static void release_kept(void)
{
    for (unsigned class = 0; class < ARRAY_SIZE(sizes); class++)
        for (struct header *block; (block = kept[class]);) {
            kept[class] = block->next;
            free(block);
        }
    idle = 0;
}

/* From the heap, where others may have left no room but for what is kept here. */
static struct header *new_block(size_t whole)
{
    struct header *block = malloc(sizeof *block + whole);

    if (!block && idle) {
        release_kept();
        block = malloc(sizeof *block + whole);
    }
    if (block)
        block->size = whole;
    return block;
}

void *network_allocate(size_t size)
{
    unsigned class = size_class(size);
    size_t whole = class < ARRAY_SIZE(sizes) ? sizes[class] : size;

    if (used + whole > network_memory_limit() || whole < size)
        return NULL;
    struct header *block = class < ARRAY_SIZE(sizes) ? kept[class] : NULL;

    if (block) {
        kept[class] = block->next;
        idle -= whole;
    } else {
        block = new_block(whole);
        if (!block)
            return NULL;
    }
    used += whole;
    return block + 1;
}

void *network_allocate_zeroed(size_t count, size_t size)
{
    size_t whole;

    if (__builtin_mul_overflow(count, size, &whole))
        return NULL;
    void *memory = network_allocate(whole);

    return memory ? memset(memory, 0, whole) : NULL;
}

void network_release(void *memory)
{
    if (!memory)
        return;
    struct header *block = (struct header *)memory - 1;
    unsigned class = size_class(block->size);

    used -= block->size;
    if (class == ARRAY_SIZE(sizes) || idle + block->size > network_memory_limit() / 2) {
        free(block);
        return;
    }
    idle += block->size;
    block->next = kept[class];
    kept[class] = block;
}
