/*
 * Memory and threads: exhaustion is an error and no end, what is freed comes back, each thread has its own locals, and
 * at the end as many frames and grants are free as at the start.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "verdict.h"

#define MiB (1 << 20)
#define KEPT 4096

/* The kernel's own counts (mm/frame.h, xen/gnttab.h) and threads (sched/thread.h). */
uint64_t frame_count_free(void);
unsigned gnttab_count(void);
int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);
void thread_yield(void);

/* Called through these, since the compiler knows malloc and may leave out a call of which only errno is looked at. */
static void *(*volatile allocate)(size_t) = malloc;
static void *(*volatile allocate_zeroed)(size_t, size_t) = calloc;

static uint64_t frames_at_start;
static unsigned grants_at_start;

/* Takes all memory in blocks of `size`, writes to each page, and gives it back. Returns how much there was. */
static size_t take_all(size_t size)
{
    static char *blocks[KEPT];
    size_t count = 0;

    errno = 0;
    while (count < KEPT && (blocks[count] = allocate(size))) {
        for (size_t at = 0; at < size; at += 512)
            blocks[count][at] = (char)(count + at / 512);
        count++;
    }
    check(count < KEPT);
    check_equal(errno, ENOMEM);
    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < size; at += 512)
            check_equal(blocks[i][at], (char)(i + at / 512));
        free(blocks[i]);
    }
    return count * size;
}

TEST(memory_runs_out_as_an_error)
{
    /* The page tables for so much stay: only from the second time on it is the same. */
    check(take_all(100000) > 12 * MiB);
    size_t first = take_all(100000), second = take_all(100000);

    check_equal(second, first);
    check(take_all(9000) > 12 * MiB);
}

TEST(requests_beyond_all_memory_fail_at_once)
{
    uint64_t before = frame_count_free();

    check(allocate(1ul << 40) == NULL);
    check(allocate(SIZE_MAX / 2) == NULL);
    check(allocate_zeroed(1ul << 33, 1ul << 33) == NULL);
    check(sbrk((ptrdiff_t)1 << 40) == (void *)-1);
    check(frame_count_free() + 20 >= before);
}

TEST(the_heap_s_end_moves_both_ways)
{
    char *start = sbrk(0), *block = sbrk(3 * MiB);

    check(block == start);
    memset(block, 0xaa, 3 * MiB);
    check(sbrk(-3 * MiB) == start + 3 * MiB);
    check(sbrk(0) == start);
    block = sbrk(MiB);
    /* Fresh memory is zero again, whatever was there. */
    for (size_t at = 65536; at < MiB; at += 4096)
        check_equal(block[at], 0);
    check(sbrk(-MiB) == start + MiB);
    check_refused((intptr_t)sbrk(-(1l << 45)), ENOMEM);
}

struct kept {
    unsigned char *block;
    size_t size;
    unsigned char pattern;
};

static void check_kept(const struct kept *kept)
{
    for (size_t i = 0; i < kept->size; i++)
        if (kept->block[i] != kept->pattern)
            fail("byte %lu of a block of %lu is %d, not %d", (unsigned long)i, (unsigned long)kept->size, kept->block[i],
                 kept->pattern);
}

static void replace(struct kept *kept)
{
    size_t size = random_below(20) ? random_below(600) : random_below(60000);

    check_kept(kept);
    if (random_below(3) == 0) {
        unsigned char *moved = realloc(kept->block, size + 1);

        check(moved != NULL);
        *kept = (struct kept){ moved, size < kept->size ? size : kept->size, kept->pattern };
        check_kept(kept);
    } else {
        free(kept->block);
        *kept = (struct kept){ malloc(size + 1), size, 0 };
        check(kept->block != NULL);
    }
    check_equal((uintptr_t)kept->block % 16, 0);
    *kept = (struct kept){ kept->block, size, (unsigned char)random_bits() };
    memset(kept->block, kept->pattern, size);
}

TEST(malloc_keeps_its_promises)
{
    static struct kept kept[200];

    for (int i = 0; i < 20000; i++)
        replace(&kept[random_below(200)]);
    for (int i = 0; i < 200; i++)
        free(kept[i].block);
}

TEST(aligned_blocks)
{
    for (size_t alignment = 16; alignment <= 65536; alignment *= 2) {
        void *block = aligned_alloc(alignment, 3 * alignment);

        check(block != NULL);
        check_equal((uintptr_t)block % alignment, 0);
        memset(block, 1, 3 * alignment);
        free(block);
    }
}

/* --- threads --- */

static _Thread_local int local = 7;
static _Thread_local char local_buffer[300];
static int ended;

static void use_locals(void *number)
{
    int mine = (int)(intptr_t)number;

    if (local != 7 || local_buffer[299] != 0)
        return;
    local = mine;
    memset(local_buffer, mine, sizeof local_buffer);
    errno = 1000 + mine;
    for (int i = 0; i < 5; i++)
        thread_yield();
    if (local == mine && local_buffer[0] == (char)mine && local_buffer[299] == (char)mine && errno == 1000 + mine)
        ended++;
}

TEST(each_thread_has_its_own_locals)
{
    local = 99;
    errno = 42;
    for (int i = 0; i < 10; i++)
        check_equal(thread_create("test", use_locals, (void *)(intptr_t)i, 16384), 0);
    for (int i = 0; i < 20; i++)
        thread_yield();
    check_equal(ended, 10);
    check_equal(local, 99);
    check_equal(errno, 42);
}

static void do_nothing(void *unused)
{
    (void)unused;
}

TEST(threads_leave_nothing_behind)
{
    for (int i = 0; i < 100; i++) {
        check_equal(thread_create("test", do_nothing, NULL, 16384), 0);
        thread_yield();
    }
    uint64_t before = frame_count_free();

    for (int i = 0; i < 1000; i++) {
        check_equal(thread_create("test", do_nothing, NULL, 16384), 0);
        thread_yield();
    }
    check_equal(frame_count_free(), before);
}

TEST(frames_and_grants_balance)
{
    /* malloc keeps some at its end, the stacks of ended threads are kept for the next ones. */
    uint64_t now = frame_count_free();

    if (now + 256 < frames_at_start)
        fail("%lu frames were free at the start, now %lu", (unsigned long)frames_at_start, (unsigned long)now);
    check_equal(gnttab_count(), grants_at_start);
}

int main(void)
{
    frames_at_start = frame_count_free();
    grants_at_start = gnttab_count();
    return test_run_all();
}
