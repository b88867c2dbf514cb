/*
 * The same on Linux, where only a file can be shown in several places: each block is written to one first, and each place
 * that shows it is a mapping, of which a process may have 65,530.
 */
#define _GNU_SOURCE
#include "../src/projection.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What was shown, so that a copy can show it too. */
struct shown {
    char *at;
    size_t size, block_size;
    const void *block;
    struct shown *next;
};

static struct shown *all;

void *projection_reserve(size_t size)
{
    /* A page more, so that the kernel joins no two ranges into one mapping. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *at = mmap(NULL, size + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    if (mprotect(at, size, PROT_READ | PROT_WRITE) == 0)
        return at;
    munmap(at, size + page);
    return NULL;
}

void projection_release(void *at, size_t size)
{
    munmap(at, size + (size_t)sysconf(_SC_PAGESIZE));
    for (struct shown **link = &all; *link;) {
        struct shown *shown = *link;

        if (shown->at >= (char *)at && shown->at < (char *)at + size) {
            *link = shown->next;
            free(shown);
        } else {
            link = &shown->next;
        }
    }
}

/* The file that holds `block`, the same for the same block. */
static int file_of(const void *block, size_t size)
{
    static const void *last;
    static int file = -1;

    if (block == last)
        return file;
    if (file >= 0)
        close(file);
    file = memfd_create("block", MFD_CLOEXEC);
    last = file >= 0 && write(file, block, size) == (ssize_t)size ? block : NULL;
    return last ? file : -1;
}

bool projection_show(void *at, size_t size, const void *block, size_t block_size)
{
    struct shown *shown = malloc(sizeof *shown);
    int file = shown ? file_of(block, block_size) : -1;

    for (size_t done = 0; done < size && file >= 0; done += block_size)
        if (mmap((char *)at + done, block_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED)
            file = -1;
    if (file < 0) {
        free(shown);
        return false;
    }
    *shown = (struct shown){ at, size, block_size, block, all };
    all = shown;
    return true;
}

/* Sums a line of /proc/self/smaps over the mappings in a range; the page of zeroes and files do not count as Anonymous. */
size_t projection_pages_written(const void *at, size_t size)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    char line[512];
    uintptr_t start, end;
    size_t kilobytes = 0, part;
    bool within = false;

    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
            within = start >= (uintptr_t)at && end <= (uintptr_t)at + size;
        else if (within && sscanf(line, "Anonymous: %zu", &part) == 1)
            kilobytes += part;
    }
    if (file)
        fclose(file);
    return kilobytes * 1024 / (size_t)sysconf(_SC_PAGESIZE);
}

bool projection_copy(void *to, const void *from, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    ptrdiff_t distance = (char *)to - (const char *)from;
    FILE *pages = fopen("/proc/self/pagemap", "re");

    for (struct shown *shown = all; shown; shown = shown->next)
        if (shown->at >= (const char *)from && shown->at < (const char *)from + size &&
            !projection_show(shown->at + distance, shown->size, shown->block, shown->block_size))
            return false;
    for (size_t at = 0; pages && at < size; at += page) {
        uint64_t entry;

        /* Present, and no page of a file: it was written. */
        if (fseek(pages, (long)(((uintptr_t)from + at) / page * sizeof entry), SEEK_SET) ||
            fread(&entry, sizeof entry, 1, pages) != 1)
            break;
        if (entry >> 63 && !(entry >> 61 & 1))
            memcpy((char *)to + at, (const char *)from + at, page);
    }
    if (pages)
        fclose(pages);
    return pages;
}
