/*
 * What memory costs from the system, by the page, and what moving it costs. The same source for a domain and for Linux.
 * One line a figure: "NAME VALUE UNIT".
 *
 *   cc -O2 -I. -D_GNU_SOURCE bench/guest/memory.c -o memory && taskset -c 0 ./memory [MEGABYTES]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define PAGE 4096
#define MEGABYTES 32
#define ROUNDS 2000
#define REPETITIONS 3

static volatile char *map(size_t size, int flags)
{
    void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

    if (at != MAP_FAILED)
        return at;
    perror("mmap");
    exit(1);
}

static void unmap(volatile char *at, size_t size)
{
    if (munmap((void *)at, size) == 0)
        return;
    perror("munmap");
    exit(1);
}

static void report(const char *name, double value, const char *unit)
{
    printf("%s %.4g %s\n", name, value, unit);
}

static void keep_least(double *least, double value)
{
    *least = value < *least ? value : *least;
}

/* A page's whole life. */
static void lives(void)
{
    double least = 1e30;

    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double start = now_us();

        for (int i = 0; i < ROUNDS; i++) {
            volatile char *page = map(PAGE, 0);

            *page = 1;
            unmap(page, PAGE);
        }
        keep_least(&least, (now_us() - start) / ROUNDS);
    }
    report("mmap-touch-munmap", least, "us");
}

static void touch(volatile char *memory, size_t size, size_t stride)
{
    for (size_t at = 0; at < size; at += stride)
        memory[at] = 1;
}

/* Pages in an order that nothing can foresee: a stride that shares no factor with their number, a power of two. */
static void touch_scattered(volatile char *memory, size_t size)
{
    size_t pages = size / PAGE;

    for (size_t i = 0; i < pages; i++)
        memory[i * 40503 % pages * PAGE] = 1;
}

static void by_the_page(size_t size)
{
    double demand = 1e30, scattered = 1e30, populated = 1e30, show = 1e30, copy = 1e30, gone = 1e30, start;
    double pages = (double)(size / PAGE);
    char sum = 0;

    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        volatile char *memory = map(size, 0);

        start = now_us();
        touch(memory, size, PAGE);
        keep_least(&demand, now_us() - start);
        start = now_us();
        unmap(memory, size);
        keep_least(&gone, now_us() - start);

        memory = map(size, 0);
        start = now_us();
        touch_scattered(memory, size);
        keep_least(&scattered, now_us() - start);
        unmap(memory, size);

        start = now_us();
        memory = map(size, MAP_POPULATE);
        keep_least(&populated, now_us() - start);
        unmap(memory, size);

        memory = map(size, 0);
        start = now_us();
        for (size_t at = 0; at < size; at += PAGE)
            sum += memory[at];
        keep_least(&show, now_us() - start);
        start = now_us();
        touch(memory, size, PAGE);
        keep_least(&copy, now_us() - start);
        unmap(memory, size);
    }
    report("fresh-page-on-demand", demand / pages, "us");
    report("fresh-page-scattered", scattered / pages, "us");
    report("fresh-page-populated", populated / pages, "us");
    report("first-read", show / pages, "us");
    report("first-write-after-read", (copy + sum) / pages, "us");
    report("munmap-of-many", gone / pages, "us");
}

/* In order, where the system may give superpages of 2 MiB. */
static void by_the_superpage(size_t size)
{
    const size_t superpage = 2ul << 20;
    double least = 1e30, gone = 1e30;

    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        volatile char *memory = map(size + superpage, 0);
        volatile char *aligned = (volatile char *)(((uintptr_t)memory + superpage - 1) & -superpage);

        must(madvise((void *)aligned, size, MADV_HUGEPAGE) == 0, "madvise");
        double start = now_us();

        touch(aligned, size, PAGE);
        keep_least(&least, now_us() - start);
        start = now_us();
        unmap(memory, size + superpage);
        keep_least(&gone, now_us() - start);
    }
    report("fresh-superpages-on-demand", least / (double)(size / PAGE), "us");
    report("munmap-of-superpages", gone / (double)(size / PAGE), "us");
}

/* Nanoseconds a call, to a place that is not aligned. `move` is what the compiler cannot know. */
static void moving(const char *name, void *(*volatile move)(void *, const void *, size_t), size_t size)
{
    static unsigned char from[1 << 20] __attribute__((aligned(64)));
    static unsigned char to[(1 << 20) + 64] __attribute__((aligned(64)));
    int rounds = size < 4096 ? 4000 : size < 65536 ? 400 : 20;
    double least = 1e30;

    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double start = now_us();

        for (int i = 0; i < rounds; i++)
            move(to + 1, from, size);
        keep_least(&least, (now_us() - start) * 1000 / rounds);
    }
    printf("%s-%zu %.4g ns\n", name, size, least);
}

static void *fill(void *to, const void *from, size_t size)
{
    return memset(to, *(const unsigned char *)from, size);
}

int main(int count, char **arguments)
{
    static const size_t sizes[] = { 1, 8, 16, 32, 64, 128, 256, 1024, 4096, 65536, 1 << 20 };
    size_t size = (size_t)(count > 1 ? atoi(arguments[1]) : MEGABYTES) << 20;

    lives();
    by_the_page(size);
    by_the_superpage(size);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        moving("memcpy", memcpy, sizes[i]);
        moving("memmove", memmove, sizes[i]);
        moving("memset", fill, sizes[i]);
    }
    return 0;
}
