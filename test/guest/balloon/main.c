/*
 * The domain's size: what is given back comes again and is whole, and what is in use never goes. With an argument:
 * follows the host's wishes and says what it hears, until it is told to end.
 */
#include <lwd/balloon.h>

#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

#define PAGE 4096
#define MiB (1ul << 20)
#define PAGES_PER_MIB (MiB / PAGE)

/* The kernel's own (mm/frame.h, mm/reservation.h). */
uint64_t frame_count_free(void);
uint64_t frame_alloc(void);
void frame_free(uint64_t frame);
uint64_t reservation_pages(void);
size_t reservation_shrink(size_t count, size_t keep);
size_t reservation_grow(size_t count);

/* Through this, since the compiler knows malloc and may leave out a call of which nothing is used. */
static void *(*volatile allocate)(size_t) = malloc;

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Writes to all free memory but a little, page by page, and reads it again. Returns how many pages that were. */
static size_t use_all_free(void)
{
    size_t pages = frame_count_free();

    pages -= pages / 64 + 64;       /* page tables */
    uint64_t *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(memory != MAP_FAILED);
    for (size_t page = 0; page < pages; page++)
        memory[page * (PAGE / 8)] = memory[page * (PAGE / 8) + PAGE / 8 - 1] = page * 7919;
    for (size_t page = 0; page < pages; page++)
        if (memory[page * (PAGE / 8)] != page * 7919 || memory[page * (PAGE / 8) + PAGE / 8 - 1] != page * 7919)
            fail("page %zu of %zu is not what was written", page, pages);
    check_equal(munmap(memory, pages * PAGE), 0);
    return pages;
}

TEST(the_unused_end_goes_and_comes)
{
    uint64_t size = reservation_pages(), free_before = frame_count_free();

    check_equal(reservation_shrink(100 * PAGES_PER_MIB + 77, 0), 100 * PAGES_PER_MIB + 77);
    check_equal(reservation_pages(), size - (100 * PAGES_PER_MIB + 77));
    check_equal(frame_count_free(), free_before - (100 * PAGES_PER_MIB + 77));
    check_equal(reservation_grow(100 * PAGES_PER_MIB + 77), 100 * PAGES_PER_MIB + 77);
    check_equal(reservation_pages(), size);
    check_equal(frame_count_free(), free_before);
}

TEST(all_of_256_mib_but_32_goes_and_comes)
{
    size_t used = use_all_free();
    uint64_t size = reservation_pages();
    size_t wanted = size - 32 * PAGES_PER_MIB;
    double start = seconds();

    check_equal(reservation_shrink(wanted, 0), wanted);
    double middle = seconds();

    check_equal(reservation_grow(wanted), wanted);
    double end = seconds();

    check_equal(reservation_pages(), size);
    /* Page tables of the direct map and of the mapping stay from the first time. */
    check(use_all_free() + 1024 >= used);
    printf("%zu pages: %.1f ms to give, %.1f ms to have again\n", wanted, (middle - start) * 1e3, (end - middle) * 1e3);
}

TEST(what_is_in_use_stays)
{
    size_t count = 40 * MiB / 8;
    uint64_t size = reservation_pages(), *kept = allocate(count * 8);

    check(kept != NULL);
    for (size_t i = 0; i < count; i++)
        kept[i] = i ^ 0x5555;
    size_t given = reservation_shrink(SIZE_MAX, 100);

    if (given < 150 * PAGES_PER_MIB || given > size - 40 * PAGES_PER_MIB)
        fail("%zu of %llu pages went", given, (unsigned long long)size);
    check(frame_count_free() >= 100 && frame_count_free() < 200);
    /* Page tables of what went, of which each has 512 entries, may have come free with it; then there is nothing more. */
    size_t more = reservation_shrink(SIZE_MAX, 100);

    check(more <= given / 512 + 1);
    given += more;
    check_equal(reservation_shrink(SIZE_MAX, 100), 0);
    check(allocate(8 * MiB) == NULL);
    for (size_t i = 0; i < count; i++)
        if (kept[i] != (i ^ 0x5555))
            fail("word %zu has changed", i);
    check_equal(reservation_grow(given), given);
    check_equal(reservation_pages(), size);
    free(kept);
}

/* Every other frame is in use: nothing but single ones can go, and they come back as single ones. */
TEST(single_frames_go_and_come)
{
    static uint64_t frames[20000];
    uint64_t size = reservation_pages();

    reservation_shrink(size - 120 * PAGES_PER_MIB, 0);
    uint64_t small = reservation_pages();

    for (size_t i = 0; i < 20000; i++)
        check((frames[i] = frame_alloc()) != 0);
    for (size_t i = 0; i < 20000; i += 2)
        frame_free(frames[i]);
    size_t given = reservation_shrink(SIZE_MAX, 64);

    check(given > 10000);
    check_equal(reservation_grow(5000), 5000);
    check_equal(reservation_shrink(3000, 0), 3000);
    check_equal(reservation_grow(given - 2000), given - 2000);
    check_equal(reservation_pages(), small);
    for (size_t i = 1; i < 20000; i += 2)
        frame_free(frames[i]);
    check_equal(reservation_grow(size - small), size - small);
}

TEST(no_more_comes_than_the_host_allows)
{
    uint64_t size = reservation_pages();

    use_all_free();
    size_t more = reservation_grow(SIZE_MAX);

    /* What Xen allows beyond the domain's memory is for pages of its own. */
    check(more < 4 * PAGES_PER_MIB);
    use_all_free();
    check_equal(reservation_shrink(more, 0), more);
    check_equal(reservation_pages(), size);
}

/* --- with the host --- */

static void *spare;

static size_t asked(void *argument, size_t bytes)
{
    (void)argument;
    printf("asked for %zu MiB\n", bytes / MiB);
    free(spare);
    spare = NULL;
    return bytes;
}

static sem_t changed;
static size_t megabytes;

static void told(void *argument, size_t bytes)
{
    (void)argument;
    megabytes = bytes / MiB;
    sem_post(&changed);
}

static int follow(void)
{
    static const struct lwd_balloon_client client = { asked, told, NULL };

    check_equal(sem_init(&changed, 0, 0), 0);
    check(lwd_balloon_use(&client) == NULL);
    spare = allocate(120 * MiB);
    check(spare != NULL);
    memset(spare, 1, 120 * MiB);
    printf("ready, %llu MiB\n", (unsigned long long)((lwd_balloon_state().size + MiB / 2) / MiB));
    for (;;) {
        sem_wait(&changed);
        size_t used = use_all_free();

        printf("told of %zu MiB, %s\n", megabytes, used > lwd_balloon_state().free / PAGE * 9 / 10 ? "all there" : "too few");
    }
}

int main(int argc, char **argv)
{
    (void)argv;
    setvbuf(stdout, NULL, _IOLBF, 0);
    return argc > 1 ? follow() : test_run_all();
}
