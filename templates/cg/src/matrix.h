/*
 * Sparse symmetric matrices: a list of entries, as a file has them, and compressed rows, as the solver wants them.
 * Indices count from 0.
 */
#ifndef MATRIX_H
#define MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "problem.h"

struct entry {
    uint32_t row, column;
    double value;
};

struct entries {
    struct entry *list;
    size_t count, room;
    uint32_t size; /* rows, and columns */
    /* Each entry off the diagonal stands for its mirror image too. */
    bool half;
};

/* Row i has column[k], value[k] for start[i] <= k < start[i + 1]; columns ascend. */
struct matrix {
    uint32_t size;
    size_t *start;
    uint32_t *column;
    double *value;
};

/* Appends an entry; false if there is no memory. */
bool entries_add(struct entries *entries, uint32_t row, uint32_t column, double value);
void entries_free(struct entries *entries);

/*
 * Makes the matrix of the entries. Refuses what cannot be symmetric positive definite: an entry twice, a value without its
 * mirror image, a diagonal element that is missing or not positive. On success the caller frees the matrix.
 */
bool matrix_build(const struct entries *entries, struct matrix *matrix, struct problem *problem);
void matrix_free(struct matrix *matrix);

/* y = A x */
void matrix_multiply(const struct matrix *matrix, const double *x, double *y);

/* Stores the diagonal, size elements. */
void matrix_diagonal(const struct matrix *matrix, double *diagonal);

#endif
