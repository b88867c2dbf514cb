/*
 * A symmetric positive definite matrix in square tiles, its lower half, and what the factorisation does with tiles. Nothing here
 * knows in which order: that is what the schedules (schedule.h) are for.
 */
#ifndef CHOLESKY_H
#define CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

struct matrix {
    unsigned tiles;             /* in a row */
    unsigned rows;              /* of a tile */
    double *values;             /* tiles (i, j) with j ≤ i, one behind the other, each by rows */
};

/* False if there is no memory. */
bool matrix_make(struct matrix *matrix, unsigned tiles, unsigned rows);
void matrix_free(struct matrix *matrix);

/* Makes it the matrix to be factored: always the same. */
void matrix_fill(struct matrix *matrix);

/* How many tiles come before (i, j). */
static inline size_t tile_number(unsigned i, unsigned j)
{
    return (size_t)i * (i + 1) / 2 + j;
}

static inline double *tile_of(const struct matrix *matrix, unsigned i, unsigned j)
{
    return matrix->values + tile_number(i, j) * matrix->rows * matrix->rows;
}

/* A(i, j) -= L(i, k) L(j, k)ᵀ, for k < j ≤ i. */
void tile_update(const struct matrix *matrix, unsigned i, unsigned j, unsigned k);

/* A(i, j) becomes L(i, j), when it has had all its updates: by L(j, j), or by its own root if i = j. */
void tile_finish(const struct matrix *matrix, unsigned i, unsigned j);

/* The largest of |A - L Lᵀ|, over the largest of |A|. */
double matrix_residual(const struct matrix *factor);

#endif
