/*
 * The lower half of the matrix on the disk: tiles of side × side, those of a column one after the other. And a stream of
 * them, which is read ahead.
 */
#ifndef STORE_H
#define STORE_H

#include "disk.h"

struct store {
    size_t unknowns, side, tiles; /* tiles: in a row */
    size_t tile_bytes;
};

/* `unknowns` is a multiple of `side`. */
struct store store_of(size_t unknowns, size_t side);

uint64_t store_bytes(const struct store *store);

/* Begins to read or write tile (i, j), i ≥ j. */
void store_start(const struct store *store, struct transfer *transfer, size_t i, size_t j, bool is_write, void *memory);

#define STREAM_DEPTH 6

/* Which tiles, one after the other: false at their end. Columns from the first, or from the last backwards. */
struct walk {
    const struct store *store;
    size_t first_row, columns; /* of each column the rows from there on, or from the diagonal */
    bool is_backwards;         /* columns and rows */
    size_t i, j;
    bool has_begun;
};

bool walk_next(struct walk *walk);

struct stream {
    struct walk walk;
    size_t taken, started;
    struct transfer transfers[STREAM_DEPTH];
    double *memory[STREAM_DEPTH];
};

/* Gives it memory, once. */
void stream_prepare(struct stream *stream, const struct store *store);

/* The first tiles are on their way when it returns. */
void stream_begin(struct stream *stream, struct walk walk);

/* The next tile; stays until the stream is asked to go on. */
double *stream_next(struct stream *stream);
void stream_go_on(struct stream *stream);

/* The same, and the tile is the caller's, who gives memory of the same size for it. */
double *stream_exchange(struct stream *stream, double *memory);

#endif
