/*
 * memcpy, memmove and memset (kernel/arch/x86_64/memory_move.S, memory_set.S) against loops of bytes, by every way that the
 * processor has; and page faults under a program that has its vector registers in use.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "verdict.h"

#define PAGE 4096
#define ARENA 12000
#define TRIES 3000
#define PAGES 700

/* The kernel's choice (arch/x86_64/memory.h): bits for AVX, for string instructions, for whole AVX registers. */
extern unsigned char memory_ways;

static void *(*volatile move)(void *, const void *, size_t) = memmove;
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile fill)(void *, int, size_t) = memset;

static unsigned char arena[ARENA], wanted[ARENA];

static size_t below(size_t limit)
{
    return (size_t)rand() % limit;
}

static void scramble(void)
{
    for (size_t i = 0; i < ARENA; i++)
        wanted[i] = arena[i] = (unsigned char)rand();
}

/* How many bytes are others than they are to be. */
static size_t differences(void)
{
    size_t count = 0;

    for (size_t i = 0; i < ARENA; i++)
        count += arena[i] != wanted[i];
    return count;
}

static void move_by_bytes(size_t to, size_t from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        size_t at = to < from ? i : size - 1 - i;

        *(volatile unsigned char *)&wanted[to + at] = wanted[from + at];
    }
}

static void try_once(void)
{
    size_t size = below(below(4) ? 300 : 5000), from = below(ARENA - size);
    size_t to = below(2) ? below(ARENA - size) : from + below(ARENA - size - from < 300 ? ARENA - size - from + 1 : 300);
    bool apart = to + size <= from || from + size <= to;
    void *result;

    scramble();
    move_by_bytes(to, from, size);
    result = apart && below(2) ? copy(arena + to, arena + from, size) : move(arena + to, arena + from, size);
    check(result == arena + to);
    check_equal(differences(), 0);
    for (size_t i = 0; i < size; i++)
        *(volatile unsigned char *)&wanted[from + i] = 0x9d;
    check(fill(arena + from, 0x59d, size) == arena + from);
    check_equal(differences(), 0);
}

TEST(memory_is_moved_and_filled_by_every_way)
{
    unsigned char ways = memory_ways;

    for (unsigned way = 0; way < 4; way++) {
        /* What the processor has not is not tried. */
        memory_ways = (unsigned char)(way & (ways | 2));
        for (int i = 0; i < TRIES / 4; i++)
            try_once();
    }
    memory_ways = ways;
}

/* Writes to each page while the registers hold a pattern. Returns how many of the two it is not in afterwards. */
static int registers_lost(volatile char *memory, long pages)
{
    uint8_t pattern[16], got[2][16];

    for (int i = 0; i < 16; i++)
        pattern[i] = (uint8_t)(i * 37 + 11);
    __asm__ volatile("movdqu %4, %%xmm0\n\t"
                     "movdqa %%xmm0, %%xmm15\n\t"
                     "1: movb $1, (%0)\n\tadd $4096, %0\n\tdec %1\n\tjnz 1b\n\t"
                     "movdqu %%xmm0, %2\n\tmovdqu %%xmm15, %3"
                     : "+r"(memory), "+r"(pages), "=m"(got[0]), "=m"(got[1])
                     : "m"(pattern)
                     : "xmm0", "xmm15", "cc", "memory");
    return (memcmp(got[0], pattern, sizeof pattern) != 0) + (memcmp(got[1], pattern, sizeof pattern) != 0);
}

TEST(page_faults_keep_vector_registers)
{
    char *memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(memory != MAP_FAILED);
    /* Page tables that are not there yet, pages by the one and by the many, and those that show zeroes. */
    check_equal(registers_lost(memory, PAGES), 0);
    check_equal(munmap(memory, PAGES * PAGE), 0);
    memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED);
    for (int i = 0; i < PAGES; i++)
        check_equal(((volatile char *)memory)[i * PAGE], 0);
    check_equal(registers_lost(memory, PAGES), 0);
    check_equal(munmap(memory, PAGES * PAGE), 0);
}
