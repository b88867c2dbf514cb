/*
 * lwd/memory.h against a model that knows each page by itself: what it holds, what may be done with it, whether it is
 * dirty, and how many pages show the same. In a domain and, with a processor that is made, on the host.
 */
#ifndef LWD_TEST_MEMORY_MODEL_H
#define LWD_TEST_MEMORY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model_world {
    /* A number below `below`, which decides what is done next. */
    uint64_t (*pick)(uint64_t below);
    /* Read and write a word; false if that is refused. Null: pages are touched only as far as that is allowed. */
    bool (*read)(const uint64_t *at, uint64_t *value);
    bool (*write)(uint64_t *at, uint64_t value);
    /* Blocks of zeroes to begin with, which are to be the range's own; null: the model reserves a bare range. */
    void *(*zeroes)(size_t size);
    /* Says what is not as it should be, and ends. */
    void (*fail)(const char *what, long page, long long is, long long should_be);
};

/* Reserves memory, does `steps` random things with it, and gives all back. Two runs of it leave as much memory as one. */
void model_run(const struct model_world *world, unsigned steps);

#endif
