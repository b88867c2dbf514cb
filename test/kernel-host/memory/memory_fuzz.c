/*
 * lwd/memory.h under libFuzzer, which decides what the model (test/guest/pages) does next; what it gives back in the end is
 * all that it took.
 */
#include <lwd/memory.h>

#include <stddef.h>

#include "../../guest/pages/model.h"
#include "paging.h"

#define FRAMES 8192

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t *at, *end;

/* Zeroes behind the end. */
static uint64_t pick(uint64_t below)
{
    uint64_t value = 0;

    for (uint64_t covered = 1; covered < below; covered <<= 8)
        value = value << 8 | (at < end ? *at++ : 0);
    return value % below;
}

static void say(const char *what, long page, long long is, long long should_be)
{
    paging_fail("%s, page %ld: %lld and not %lld", what, page, is, should_be);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct model_world world = { .pick = pick, .read = paging_read, .write = paging_write, .fail = say };
    static size_t before;

    paging_start(FRAMES);
    if (!before) {
        /* The tables that stay. */
        model_run(&world, 1);
        before = lwd_memory_free();
    }
    at = bytes;
    end = bytes + size;
    model_run(&world, (unsigned)(size < 400 ? size : 400) / 4);
    size_t after = lwd_memory_free();

    /* One empty page table is kept, or not; the book of regions never shrinks. What inputs lose each adds up to more. */
    if (after + 4 * LWD_MEMORY_PAGE < before || after > before + LWD_MEMORY_PAGE)
        paging_fail("%zu bytes are free, not %zu", after, before);
    return 0;
}
