/*
 * mm/buddy: against a bitmap of the frames that are free. The bitmap knows the least that any such allocator owes: no
 * frame is given twice, blocks are aligned, and a request fails only where no aligned block is free.
 */
#include "mm/buddy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/panic.h"
#include "verdict.h"

#define FRAME_BYTES 4096
#define MAX_FRAMES 5000
#define MAX_BLOCKS MAX_FRAMES

struct block {
    uint64_t frame;
    unsigned order;
};

struct model {
    struct buddy buddy;
    bool is_free[MAX_FRAMES];
    uint64_t limit;
    struct block blocks[MAX_BLOCKS];
    unsigned blocks_used;
};

/* An allocator over [0, limit) with nothing in it. Memory is taken up only where a free block's links are written. */
static struct model *new_model(uint64_t limit)
{
    struct model *model = calloc(1, sizeof *model);
    struct frame *frames = calloc(limit, sizeof *frames);
    void *memory = mmap(NULL, limit * FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (!model || !frames || memory == MAP_FAILED)
        verdict_error("no memory for a model of %lu frames", (unsigned long)limit);
    buddy_init(&model->buddy, frames, memory);
    model->buddy.limit = model->limit = limit;
    return model;
}

static void add(struct model *model, uint64_t first, uint64_t end)
{
    buddy_add(&model->buddy, first, end);
    for (uint64_t frame = first; frame < end; frame++) {
        check(!model->is_free[frame]);
        model->is_free[frame] = true;
    }
}

static uint64_t count_free(const struct model *model)
{
    uint64_t count = 0;

    for (uint64_t frame = 0; frame < model->limit; frame++)
        count += model->is_free[frame];
    return count;
}

static bool is_range_free(const struct model *model, uint64_t frame, unsigned order)
{
    for (uint64_t i = 0; i < 1u << order; i++)
        if (!model->is_free[frame + i])
            return false;
    return true;
}

static bool has_free_block(const struct model *model, unsigned order)
{
    for (uint64_t frame = 0; frame + (1u << order) <= model->limit; frame += 1u << order)
        if (is_range_free(model, frame, order))
            return true;
    return false;
}

static void allocate(struct model *model, unsigned order)
{
    uint64_t frame = buddy_alloc(&model->buddy, order);

    if (frame == 0) {
        check(!has_free_block(model, order));
        return;
    }
    check_equal(frame % (1u << order), 0);
    check(frame + (1u << order) <= model->limit);
    check(is_range_free(model, frame, order));
    memset(model->is_free + frame, false, (size_t)1 << order);
    /* The owner may write all of it: were it still linked somewhere, the links would now be rubbish. */
    memset(model->buddy.memory + frame * FRAME_BYTES, 0xa5, 64);
    model->blocks[model->blocks_used++] = (struct block){ frame, order };
}

static void give_back(struct model *model, struct block block)
{
    buddy_free(&model->buddy, block.frame, block.order);
    memset(model->is_free + block.frame, true, (size_t)1 << block.order);
}

/* Gives one block back, whole or in smaller aligned parts. */
static void release(struct model *model)
{
    unsigned which = (unsigned)random_below(model->blocks_used);
    struct block block = model->blocks[which];
    unsigned part = (unsigned)random_below(block.order + 1);

    model->blocks[which] = model->blocks[--model->blocks_used];
    for (uint64_t at = 0; at < 1u << block.order; at += 1u << part)
        give_back(model, (struct block){ block.frame + at, part });
}

static void run_model(uint64_t limit, unsigned max_order, int steps)
{
    struct model *model = new_model(limit);
    uint64_t hole = 1 + random_below(limit - 1);

    add(model, 1, hole);
    add(model, hole, limit);
    for (int step = 0; step < steps; step++) {
        /* Phases that fill it up and phases that empty it. */
        if (model->blocks_used == 0 || random_below(100) < (step / 500 % 2 ? 65u : 35u))
            allocate(model, (unsigned)random_below(max_order));
        else
            release(model);
        if (step % 50 == 0)
            check_equal(model->buddy.free_frames, count_free(model));
    }
    while (model->blocks_used)
        release(model);
    check_equal(model->buddy.free_frames, limit - 1);
    /* All of it has become whole again: the largest block that fits is there. */
    unsigned largest = 0;

    while ((2u << (largest + 1)) <= limit && largest + 1 < BUDDY_ORDERS)
        largest++;
    check(buddy_alloc(&model->buddy, largest) != 0);
}

TEST(random_blocks_of_a_round_number_of_frames)
{
    run_model(4096, 9, 6000);
}

TEST(random_blocks_of_an_odd_number_of_frames)
{
    for (int i = 0; i < 6; i++)
        run_model(2 + random_below(MAX_FRAMES - 2), 7, 2000);
}

TEST(single_frames_to_the_last)
{
    struct model *model = new_model(777);

    add(model, 1, 777);
    for (int i = 0; i < 776; i++)
        allocate(model, 0);
    check_equal(buddy_alloc(&model->buddy, 0), 0);
    check_equal(model->buddy.free_frames, 0);
}

TEST(memory_that_arrives_in_steps_joins)
{
    struct model *model = new_model(4096);

    model->buddy.limit = 512;
    add(model, 1, 512);
    check_equal(buddy_alloc(&model->buddy, 9), 0);
    model->buddy.limit = 1024;
    add(model, 512, 1024);
    model->buddy.limit = 4096;
    add(model, 1024, 4096);
    check_equal(buddy_alloc(&model->buddy, 11), 2048);
    check_equal(buddy_alloc(&model->buddy, 10), 1024);
    check_equal(buddy_alloc(&model->buddy, 9), 512);
    check_equal(buddy_alloc(&model->buddy, 9), 0);
}

TEST(nothing_to_give)
{
    struct model *model = new_model(16);

    for (unsigned order = 0; order < BUDDY_ORDERS; order++)
        check_equal(buddy_alloc(&model->buddy, order), 0);
    check_equal(buddy_alloc(&model->buddy, BUDDY_ORDERS), 0);
}

/* --- what must not be freed --- */

static struct model *half_used(void)
{
    struct model *model = new_model(64);

    add(model, 32, 64);
    return model;
}

static void free_block(void *block)
{
    const struct block *wrong = block;
    struct model *model = half_used();

    buddy_free(&model->buddy, wrong->frame, wrong->order);
}

TEST(freeing_what_cannot_have_been_given_panics)
{
    static const struct block wrong[] = {
        { 0, 0 }, { 1, 1 }, { 2, 2 }, { 64, 0 }, { 60, 3 }, { 63, 1 }, { 0, BUDDY_ORDERS }, { 1u << 20, 2 },
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_panics(free_block, (void *)&wrong[i], "which no allocation can have returned");
}

TEST(freeing_what_is_free_panics)
{
    /* The first frame of the free block, one within it, a block of it, and one that holds it all. */
    static const struct block wrong[] = { { 32, 0 }, { 33, 0 }, { 63, 0 }, { 40, 3 }, { 48, 4 }, { 32, 5 } };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_panics(free_block, (void *)&wrong[i], "freed twice");
}

static void free_around_free(void *unused)
{
    struct model *model = new_model(64);

    (void)unused;
    add(model, 5, 6);
    buddy_free(&model->buddy, 4, 2);
}

TEST(freeing_around_what_is_free_panics)
{
    check_panics(free_around_free, NULL, "freed twice");
}
