/*
 * Dense tiles, square and by rows. Sums are taken in one order, even and odd terms apart, on every machine: the same tiles
 * give the same bits.
 */
#ifndef TILE_H
#define TILE_H

#include <stdbool.h>
#include <stddef.h>

/* Sides are multiples of it. */
#define TILE_STEP 32

/* C -= A Bᵀ */
void tile_update(double *c, const double *a, const double *b, size_t side);

/* The lower half of A becomes L, where A = L Lᵀ; the rest stays. False if A is not positive definite. */
bool tile_factor(double *a, size_t side);

/* A becomes X, where X Lᵀ = A, for a lower half L. */
void tile_divide(double *a, const double *l, size_t side);

#endif
