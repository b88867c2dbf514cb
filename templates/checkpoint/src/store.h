/*
 * Checkpoints in a folder. Each is a file with the pages that were written since the one before, or, every now and then,
 * with all that were ever written; then those before are deleted. A file has its name only once it is whole, so that
 * whatever is interrupted, the checkpoints up to the last named one are there.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store {
    const char *folder;
    char *memory;             /* what is checkpointed */
    size_t size;              /* bytes, whole pages */
    uint64_t last;            /* the last checkpoint's step; 0: none yet */
    unsigned increments;      /* checkpoints since the last that stands by itself */
    unsigned char *ever;      /* for each page: was it ever written? */
    size_t *numbers;          /* room for a number for each page */
};

/* False, with errno, if there is no memory or the folder cannot be used. */
bool store_open(struct store *store, const char *folder, void *memory, size_t size);
void store_close(struct store *store);

/*
 * Puts the memory, which is all zeroes, into the state of the last checkpoint that is whole and returns its step; 0 if there
 * is none. Says on stderr what it has to pass over.
 */
uint64_t store_restore(struct store *store);

/* Writes what changed since the last checkpoint. Returns the pages written, or -1 with errno; the last one still counts then. */
long store_checkpoint(struct store *store, uint64_t step);

#endif
