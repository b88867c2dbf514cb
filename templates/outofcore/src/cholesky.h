/* Factorisation and solution of a system whose matrix is on the disk. */
#ifndef CHOLESKY_H
#define CHOLESKY_H

#include "store.h"

struct outcome {
    bool is_positive;        /* the matrix is positive definite; else all below is meaningless */
    double seconds, waited;  /* of the factorisation, and of these for the disk */
    double residual;         /* |b - A x| / (|A| |x| n ε), largest elements and row sums: of the order of 1 or less */
    double error;            /* of x, the largest */
    uint64_t digest;         /* of the bits of L */
};

/* How many columns of tiles fit into so much memory; at least one. */
size_t columns_in(const struct store *store, size_t bytes);

/* Writes the matrix, factorises it with so many columns in memory, solves, and looks at what came out. */
struct outcome solve(const struct store *store, size_t columns);

#endif
