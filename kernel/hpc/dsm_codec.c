#include "hpc/dsm_codec.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define WORDS (DSM_PAGE_BYTES / sizeof(uint32_t))

/* A run of a difference: this, then its words. */
struct diff_run {
    uint16_t first, count;
};

int dsm_head_check(const struct dsm_head *head)
{
    return head->type == 0 || head->type >= DSM_TYPES || head->size > DSM_SIZE_MAX ? -EBADMSG : 0;
}

size_t dsm_diff_make(const void *page, const void *old, uint8_t *diff)
{
    const uint32_t *words = page, *old_words = old;
    uint8_t *at = diff;

    for (size_t word = 0; word < WORDS;) {
        if (words[word] == old_words[word]) {
            word++;
            continue;
        }
        struct diff_run run = { .first = (uint16_t)word };

        while (word < WORDS && words[word] != old_words[word])
            word++;
        run.count = (uint16_t)(word - run.first);
        memcpy(at, &run, sizeof run);
        memcpy(at + sizeof run, words + run.first, run.count * sizeof *words);
        at += sizeof run + run.count * sizeof *words;
    }
    return (size_t)(at - diff);
}

/* Takes the next run off; its words then begin at `*diff` - run->count words. False if there is none that could be. */
static bool take_run(const uint8_t **diff, size_t *size, struct diff_run *run)
{
    if (*size < sizeof *run)
        return false;
    memcpy(run, *diff, sizeof *run);
    size_t bytes = sizeof *run + run->count * sizeof(uint32_t);

    if (run->count == 0 || run->first + run->count > WORDS || bytes > *size)
        return false;
    *diff += bytes;
    *size -= bytes;
    return true;
}

int dsm_diff_apply(void *page, const uint8_t *diff, size_t size)
{
    const uint8_t *at = diff;
    struct diff_run run;
    size_t left = size;

    while (left)
        if (!take_run(&at, &left, &run))
            return -EBADMSG;
    for (at = diff, left = size; take_run(&at, &left, &run);) {
        size_t bytes = run.count * sizeof(uint32_t);

        memcpy((uint8_t *)page + run.first * sizeof(uint32_t), at - bytes, bytes);
    }
    return 0;
}

int dsm_runs_set(uint64_t *bitmap, size_t pages, const uint8_t *runs, size_t size)
{
    struct dsm_run run;

    if (size % sizeof run)
        return -EBADMSG;
    for (size_t at = 0; at < size; at += sizeof run) {
        memcpy(&run, runs + at, sizeof run);
        if (run.first >= pages || run.count > pages - run.first)
            return -EBADMSG;
    }
    for (size_t at = 0; at < size; at += sizeof run) {
        memcpy(&run, runs + at, sizeof run);
        for (size_t page = run.first; page < (size_t)run.first + run.count; page++)
            bitmap[page / 64] |= 1UL << page % 64;
    }
    return 0;
}
