/*
 * What it costs to show pages, to share them, to find out which were written, and to answer faults: lwd/memory.h, and what
 * a program on Linux would do in its place (mmap of a file, mprotect and SIGSEGV, asynchronous write protection by
 * userfaultfd with PAGEMAP_SCAN). One line a figure: "NAME VALUE UNIT".
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define PAGE 4096ul
#define MiB (1ul << 20)
#define REPETITIONS 3
#define TRACKED 16384

/* --- the two ways --- */

static char *reserve(size_t size);
static void release(char *at, size_t size);
/* Gets `size` bytes of contents ready to be shown; null: zeroes. And shows them all over the range, copied when written. */
static void prepare(const char *contents, size_t size);
static void show(char *at, size_t range);
static void copy(char *to, char *from, size_t size);
/* Tracks writes from here on, with all pages there; and how many pages were written since, tracking on. */
static void track(char *at, size_t size);
static long collect(char *at, size_t size);
/* From here on, the first write to each page goes through a handler that lets it pass. */
static void ask_before_writes(char *at, size_t size);

#ifdef __linux__
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

static char *reserve(size_t size)
{
    char *at = mmap(NULL, size + 2 * MiB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    must(at != MAP_FAILED, "mmap");
    return (char *)(((uintptr_t)at + 2 * MiB - 1) & -(2 * MiB));
}

static void release(char *at, size_t size)
{
    must(munmap(at, size) == 0, "munmap");
}

static int file = -1;
static size_t file_size;

static void prepare(const char *contents, size_t size)
{
    if (file >= 0)
        close(file);
    file = contents ? memfd_create("pattern", 0) : -1;
    file_size = size;
    if (contents)
        must(file >= 0 && write(file, contents, size) == (ssize_t)size, "memfd");
}

static void show(char *at, size_t range)
{
    int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;

    if (file < 0)
        must(mmap(at, range, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0) != MAP_FAILED, "mmap");
    for (size_t done = 0; file >= 0 && done < range; done += file_size)
        must(mmap(at + done, file_size, PROT_READ | PROT_WRITE, flags, file, 0) != MAP_FAILED, "mmap");
}

static void copy(char *to, char *from, size_t size)
{
    show(to, size);
    memcpy(to, from, size);
}

/* Linux 6.7's, which the C library's headers may not have yet. */
struct scan_argument {
    uint64_t size, flags, start, end, walk_end, vector, vector_length, most, inverted, mask, any_of, returned;
};
struct scan_region {
    uint64_t start, end, categories;
};
#define SCAN_AND_PROTECT _IOWR('f', 16, struct scan_argument)
#define PAGE_WAS_WRITTEN 2
#define FEATURE_UNPOPULATED (1 << 13)
#define FEATURE_ASYNC (1 << 15)

static int pagemap;

static void track(char *at, size_t size)
{
    int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    struct uffdio_api api = { .api = UFFD_API, .features = FEATURE_UNPOPULATED | FEATURE_ASYNC };
    struct uffdio_register range = { { (uintptr_t)at, size }, UFFDIO_REGISTER_MODE_WP, 0 };
    struct uffdio_writeprotect protect = { { (uintptr_t)at, size }, UFFDIO_WRITEPROTECT_MODE_WP };

    must(faults >= 0 && ioctl(faults, UFFDIO_API, &api) == 0, "userfaultfd");
    must(ioctl(faults, UFFDIO_REGISTER, &range) == 0 && ioctl(faults, UFFDIO_WRITEPROTECT, &protect) == 0, "write protection");
    pagemap = open("/proc/self/pagemap", O_RDONLY);
    must(pagemap >= 0, "/proc/self/pagemap");
}

static long collect(char *at, size_t size)
{
    static struct scan_region regions[TRACKED];
    struct scan_argument scan = {
        .size = sizeof scan, .flags = 3, .start = (uintptr_t)at, .end = (uintptr_t)at + size,
        .vector = (uintptr_t)regions, .vector_length = TRACKED, .mask = PAGE_WAS_WRITTEN, .returned = PAGE_WAS_WRITTEN,
    };
    int count = ioctl(pagemap, SCAN_AND_PROTECT, &scan);
    long pages = 0;

    must(count >= 0, "PAGEMAP_SCAN");
    for (int i = 0; i < count; i++)
        pages += (long)((regions[i].end - regions[i].start) / PAGE);
    return pages;
}

static void let_write(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    mprotect((void *)((uintptr_t)info->si_addr & -PAGE), PAGE, PROT_READ | PROT_WRITE);
}

static void ask_before_writes(char *at, size_t size)
{
    struct sigaction action = { .sa_sigaction = let_write, .sa_flags = SA_SIGINFO };

    must(sigaction(SIGSEGV, &action, NULL) == 0 && mprotect(at, size, PROT_READ) == 0, "mprotect");
}
#else
#include <lwd/memory.h>

static char *reserve(size_t size)
{
    char *at = lwd_memory_reserve(size, LWD_MEMORY_BLOCK);

    must(at != NULL, "reserve");
    return at;
}

static void release(char *at, size_t size)
{
    must(lwd_memory_release(at, size) == 0, "release");
}

static struct lwd_memory_pattern *pattern;

static void prepare(const char *contents, size_t size)
{
    lwd_memory_pattern_free(pattern);
    pattern = contents ? lwd_memory_pattern_new(contents, size) : NULL;
    must(!contents || pattern, "pattern");
}

static void show(char *at, size_t range)
{
    must(lwd_memory_project(at, range, pattern, LWD_MEMORY_WRITE) == 0, "project");
}

static void copy(char *to, char *from, size_t size)
{
    must(lwd_memory_copy(to, from, size) == 0, "copy");
}

static void track(char *at, size_t size)
{
    lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, NULL, NULL);
}

static long collect(char *at, size_t size)
{
    static uint64_t bitmap[TRACKED / 64];
    struct lwd_memory_run run = { 0 };
    long pages = 0;

    lwd_memory_scan(at, size, LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR, bitmap, NULL);
    while (lwd_memory_next_run(bitmap, size / PAGE, &run))
        pages += (long)run.count;
    return pages;
}

static int let_write(void *argument, void *page, unsigned access)
{
    (void)argument;
    (void)access;
    return lwd_memory_permit(page, PAGE, LWD_MEMORY_WRITE);
}

static void ask_before_writes(char *at, size_t size)
{
    must(lwd_memory_set_handler(at, size, let_write, NULL) == 0 &&
         lwd_memory_permit(at, size, LWD_MEMORY_READ) == 0, "handler");
}
#endif

/* --- figures --- */

static void keep_least(double *least, double value)
{
    *least = value < *least ? value : *least;
}

static double read_all(volatile char *at, size_t size)
{
    double start = now_us();

    for (size_t done = 0; done < size; done += 8 * PAGE)
        for (size_t i = 0; i < 8; i++)
            (void)at[done + i * PAGE];
    return now_us() - start;
}

/* In an order that nothing foresees: a stride that shares no factor with the number of pages, a power of two. */
static double write_scattered(volatile char *at, size_t pages, size_t count)
{
    double start = now_us();

    for (size_t place = 0, end = pages * PAGE; count; count--, place = (place + 40503 * PAGE) % end)
        at[place] = 1;
    return now_us() - start;
}

static void shown(const char *name, size_t range, const char *contents, size_t size)
{
    double least_map = 1e30, least_touch = 1e30, pages = (double)(range / PAGE);

    prepare(contents, size);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        char *at = reserve(range);
        double start = now_us();

        show(at, range);
        keep_least(&least_map, now_us() - start);
        keep_least(&least_touch, read_all(at, range));
        release(at, range);
    }
    printf("%s-map %.3g us\n%s-touch %.3g us\n", name, least_map / pages, name, least_touch / pages);
}

static void copied_on_write(const char *contents)
{
    size_t pages = 4096;
    double least = 1e30;

    prepare(contents, PAGE);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        char *at = reserve(pages * PAGE);

        show(at, pages * PAGE);
        read_all(at, pages * PAGE);
        keep_least(&least, write_scattered(at, pages, pages));
        release(at, pages * PAGE);
    }
    printf("pattern-first-write %.3g us\n", least / (double)pages);
}

static void copied(void)
{
    size_t size = 64 * MiB;
    char *from = reserve(size), *to = reserve(size);
    double least = 1e30;

    show(from, size);
    memset(from, 1, size);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        double start = now_us();

        copy(to, from, size);
        keep_least(&least, now_us() - start);
        release(to, size);
        to = reserve(size);
    }
    printf("copy-of-64M %.3g us\n", least / (double)(size / PAGE));
    release(from, size);
}

static void tracked(void)
{
    static const struct {
        const char *name;
        size_t pages;
    } parts[] = { { "dirty-epoch-1", TRACKED / 100 }, { "dirty-epoch-10", TRACKED / 10 }, { "dirty-epoch-100", TRACKED } };
    size_t size = TRACKED * PAGE;
    char *at = reserve(size);

    show(at, size);
    memset(at, 1, size);
    track(at, size);
    for (int i = 0; i < 3; i++) {
        double least = 1e30;

        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            double start = now_us();

            write_scattered(at, TRACKED, parts[i].pages);
            must(collect(at, size) == (long)parts[i].pages, "the pages found");
            keep_least(&least, now_us() - start);
        }
        printf("%s %.4g us\n", parts[i].name, least);
    }
    release(at, size);
}

static void asked(void)
{
    size_t pages = 1024;
    char *at = reserve(pages * PAGE);
    double least = 1e30;

    show(at, pages * PAGE);
    memset(at, 1, pages * PAGE);
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        ask_before_writes(at, pages * PAGE);
        keep_least(&least, write_scattered(at, pages, pages));
    }
    printf("fault-to-handler %.3g us\n", least / (double)pages);
    release(at, pages * PAGE);
}

int main(void)
{
    static char contents[65536];

    memset(contents, 7, sizeof contents);
    shown("zeroes-256M", 256 * MiB, NULL, 0);
    shown("page-64M", 64 * MiB, contents, PAGE);
    shown("block-64M", 64 * MiB, contents, sizeof contents);
    copied_on_write(contents);
    prepare(NULL, 0);
    asked();
    tracked();
    copied();
    return 0;
}
