/*
 * What a processor reads of page tables for random accesses over 512 MiB, shown in pages of 4 KiB, in superpages of 2 MiB and of
 * 1 GiB: the domain's own tables are walked (lwd_memory_walk()) for each access, and what a processor would remember of them is
 * modelled. One line a figure: "NAME VALUE UNIT".
 *
 * The model: translations are remembered as in the second level of a present-day processor's TLB, 1,536 of 4 KiB and 2 MiB in
 * 12 ways, and 16 of 1 GiB; of the entries above the lowest, the last 32 of level 2, 16 of level 3 and 4 of the root. A walk
 * begins below the lowest entry that is remembered, and reads one entry of each level from there on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <lwd/memory.h>

#include "bench/guest/measure.h"

#define RANGE (512ul << 20)
#define GIGABYTE (1ul << 30)
#define ACCESSES 200000
#define LINE 64

/* --- what is remembered --- */

#define WAYS_MOST 32
#define SETS_MOST 128

/* Least recently used goes first. Keys are not 0. */
struct memory {
    unsigned sets, ways;
    uint64_t keys[SETS_MOST][WAYS_MOST];
};

/* Was the key remembered? It is from now on. */
static bool recall(struct memory *memory, uint64_t key)
{
    uint64_t *set = memory->keys[key % memory->sets];
    unsigned way = 0;

    while (way < memory->ways - 1 && set[way] != key)
        way++;
    bool found = set[way] == key;

    memmove(set + 1, set, way * sizeof *set);
    set[0] = key;
    return found;
}

/* --- what is read --- */

/* Distinct numbers, by open addressing; never more than half full. */
#define PLACES (1u << 20)

struct numbers {
    uint64_t at[PLACES];
    unsigned count;
};

static void add(struct numbers *numbers, uint64_t number)
{
    unsigned place = (unsigned)(number * 0x9e3779b97f4a7c15 >> 44);

    while (numbers->at[place] && numbers->at[place] != number)
        place = (place + 1) % PLACES;
    numbers->count += numbers->at[place] == 0;
    numbers->at[place] = number;
}

static struct numbers entries_read, lines_read;
static unsigned long reads, misses;

/* A walk that reads all entries below the first `known`. */
static void read_entries(const uint64_t *const *entries, int known, int levels)
{
    for (int i = known; i < levels; i++) {
        reads++;
        add(&entries_read, (uintptr_t)entries[i]);
        add(&lines_read, (uintptr_t)entries[i] / LINE);
    }
}

static uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Bits of an address that the first `levels` entries of a walk translate, and which is no other's. */
static uint64_t key_of(uintptr_t address, int levels)
{
    return (address >> (48 - 9 * levels)) << 3 | (uint64_t)levels;
}

static void access_at_random(char *at, unsigned long count)
{
    static struct memory translations, gigabytes, above[LWD_MEMORY_LEVELS];
    static const unsigned remembered[] = { 0, 4, 16, 32 };

    translations = (struct memory){ .sets = 128, .ways = 12 };
    gigabytes = (struct memory){ .sets = 1, .ways = 16 };
    for (int i = 1; i < LWD_MEMORY_LEVELS; i++)
        above[i] = (struct memory){ .sets = 1, .ways = remembered[i] };
    memset(&entries_read, 0, sizeof entries_read);
    memset(&lines_read, 0, sizeof lines_read);
    reads = misses = 0;
    for (unsigned long i = 0; i < count; i++) {
        char *address = at + next_random() % RANGE;
        const uint64_t *entries[LWD_MEMORY_LEVELS];
        int levels = lwd_memory_walk(address, entries), known = 0;

        must(levels > 0, "a page that is not there");
        if (recall(levels == 2 ? &gigabytes : &translations, (uintptr_t)address >> (48 - 9 * levels)))
            continue;
        misses++;
        for (int level = 1; level < levels; level++)
            if (recall(&above[level], key_of((uintptr_t)address, level)))
                known = level;
        read_entries(entries, known, levels);
    }
}

/* --- figures --- */

static void figures(const char *name, char *at)
{
    const uint64_t *entries[LWD_MEMORY_LEVELS];

    access_at_random(at, ACCESSES);
    printf("%s-levels %d entries\n", name, lwd_memory_walk(at, entries));
    printf("%s-missed %.4g %%\n", name, 100.0 * (double)misses / ACCESSES);
    printf("%s-read %.4g entries/access\n", name, (double)reads / ACCESSES);
    printf("%s-distinct %u entries\n", name, entries_read.count);
    printf("%s-tables %.4g KiB\n", name, (double)lines_read.count * LINE / 1024);
}

static void measure(const char *name, unsigned superpages)
{
    size_t size = superpages == LWD_MEMORY_GIGABYTES ? GIGABYTE : RANGE, granularity;
    char *at = lwd_memory_reserve(size, GIGABYTE);
    int result = at ? lwd_memory_project(at, size, NULL, LWD_MEMORY_WRITE | superpages) : -ENOMEM;

    if (!superpages && !result)
        result = lwd_memory_populate(at, size);
    errno = -result;
    must(result == 0, name);
    must(lwd_memory_scan(at, size, LWD_MEMORY_PRESENT, NULL, &granularity) == (long)(size / LWD_MEMORY_PAGE), "the pages found");
    figures(name, at);
    must(lwd_memory_release(at, size) == 0, "release");
}

int main(void)
{
    measure("pages-4K", 0);
    measure("pages-2M", LWD_MEMORY_SUPERPAGES);
    measure("pages-1G", LWD_MEMORY_GIGABYTES);
    return 0;
}
