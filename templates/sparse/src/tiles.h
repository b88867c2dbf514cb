/*
 * A square matrix of square tiles, each of whole pages, stored as if it were dense. Tiles that are zero or the identity
 * are projections and take no memory; a tile that is written becomes its own.
 */
#ifndef TILES_H
#define TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TILE = 32, TILE_BYTES = TILE * TILE * sizeof(double) };

/* What a tile is known to be before anybody looks at its elements. */
enum tile_kind { TILE_ZERO, TILE_IDENTITY, TILE_FULL };

struct tiles {
    size_t side;                      /* tiles in a row, and in a column */
    double (*elements)[TILE * TILE];  /* side × side tiles, row by row; each row by row */
    uint8_t *kinds;
};

/* All zero. False if there is no room; nothing is left behind then. */
bool tiles_make(struct tiles *tiles, size_t side);
void tiles_free(struct tiles *tiles);

static inline double *tile_at(const struct tiles *tiles, size_t row, size_t column)
{
    return tiles->elements[row * tiles->side + column];
}

static inline uint8_t *tile_kind(const struct tiles *tiles, size_t row, size_t column)
{
    return &tiles->kinds[row * tiles->side + column];
}

/* Makes a zero tile the identity. False if there is no memory left. */
bool tile_identity(struct tiles *tiles, size_t row, size_t column);

/* The tile's elements, to be written: from now on it counts as full. */
double *tile_fill(struct tiles *tiles, size_t row, size_t column);

/* Makes a matrix of its own that has the same elements. False if there is no room; nothing is left behind then. */
bool tiles_copy(struct tiles *to, const struct tiles *from);

/* y = A x over all elements as if the matrix were dense: what reads the tiles need not know that most are projections. */
void tiles_multiply(const struct tiles *tiles, const double *x, double *y);

#endif
