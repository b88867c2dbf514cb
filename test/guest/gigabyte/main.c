/*
 * Superpages of 1 GiB in a domain: shown as one, and taken apart by whatever changes a part. And those of 2 MiB that the
 * environment asks for.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#include <lwd/memory.h>

#include "verdict.h"

#define PAGE LWD_MEMORY_PAGE
#define BLOCK LWD_MEMORY_BLOCK
#define GIGABYTE (1ul << 30)
#define PAGES (GIGABYTE / PAGE)
#define DIRTY LWD_MEMORY_DIRTY
#define CLEAR (LWD_MEMORY_DIRTY | LWD_MEMORY_CLEAR)

static int levels(const char *at)
{
    const uint64_t *entries[LWD_MEMORY_LEVELS];

    return lwd_memory_walk(at, entries);
}

TEST(a_superpage_of_1_gib)
{
    char *at = lwd_memory_reserve(GIGABYTE, GIGABYTE), *copy = lwd_memory_reserve(GIGABYTE, GIGABYTE);
    size_t granularity, before = lwd_memory_free();

    check(at != NULL && copy != NULL);
    check_equal(lwd_memory_project(at, GIGABYTE, NULL, LWD_MEMORY_WRITE | LWD_MEMORY_GIGABYTES), 0);
    check_equal(lwd_memory_scan(at, GIGABYTE, DIRTY, NULL, &granularity), 0);
    if (granularity == BLOCK)
        verdict_skip("the processor has none of 1 GiB");
    check_equal(granularity, GIGABYTE);
    check_equal(lwd_memory_private_pages(at, GIGABYTE), PAGES);
    check_equal(levels(at + 12345), 2);
    for (size_t i = 0; i < GIGABYTE; i += BLOCK / 4 + PAGE)
        check_equal(at[i], 0);
    at[700 * BLOCK / 2 + 5] = 7;
    check_equal(lwd_memory_scan(at, GIGABYTE, CLEAR, NULL, NULL), PAGES);
    check_equal(lwd_memory_scan(at, GIGABYTE, DIRTY, NULL, NULL), 0);
    at[GIGABYTE - 1] = 8;
    check_equal(levels(at), 2);

    /* A part is asked for, and the rest is not forgotten. */
    check_equal(lwd_memory_scan(at + 3 * PAGE, PAGE, CLEAR, NULL, &granularity), 1);
    check_equal(levels(at + 3 * PAGE), 4);
    check_equal(levels(at + BLOCK), 3);
    check_equal(lwd_memory_scan(at, GIGABYTE, CLEAR, NULL, NULL), PAGES - 1);
    check_equal(lwd_memory_scan(at, GIGABYTE, DIRTY, NULL, NULL), 0);

    check_equal(lwd_memory_copy(copy, at, GIGABYTE), 0);
    check_equal(lwd_memory_private_pages(at, GIGABYTE), 0);
    copy[700 * BLOCK / 2 + 6] = 9;
    check_equal(copy[700 * BLOCK / 2 + 5], 7);
    check_equal(at[700 * BLOCK / 2 + 6], 0);
    check_equal(copy[GIGABYTE - 1], 8);
    check_equal(lwd_memory_release(at, GIGABYTE), 0);
    check_equal(copy[GIGABYTE - 1], 8);
    check_equal(lwd_memory_private_pages(copy, GIGABYTE), PAGES);
    check_equal(lwd_memory_release(copy, GIGABYTE), 0);
    /* Less what describes memory that came into use, a page for 2 MiB, and tables. */
    check(lwd_memory_free() + 1200 * PAGE >= before);
}

/* LWD_SUPERPAGES=1 stands in lwd.yaml. */
TEST(mmap_with_superpages_by_the_environment)
{
    char *at = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(at != MAP_FAILED);
    check_equal((uintptr_t)at % BLOCK, 0);
    at[BLOCK + 1] = 1;
    check_equal(levels(at), -EFAULT);
    check_equal(levels(at + BLOCK), 3);
    check_equal(mprotect(at + BLOCK, PAGE, PROT_READ), 0);
    check_equal(levels(at + BLOCK), 4);
    at[BLOCK + PAGE] = 2;
    check_equal(at[BLOCK + 1], 1);
    check_equal(munmap(at, 2 * BLOCK), 0);
}

int main(void)
{
    return test_run_all();
}
