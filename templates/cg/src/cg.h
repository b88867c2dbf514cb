/* The conjugate-gradient method with diagonal (Jacobi) preconditioning. */
#ifndef CG_H
#define CG_H

#include "matrix.h"

enum cg_end {
    CG_CONVERGED,
    CG_LIMIT,     /* the iterations ran out */
    CG_BREAKDOWN, /* the matrix is not positive definite, or numbers went out of range */
    CG_NO_MEMORY
};

struct cg_result {
    enum cg_end end;
    unsigned long iterations;
    double residual; /* |b - A x| / |b|, computed anew at the end */
};

/*
 * Solves A x = b from the start value in x, until the relative residual is at most `tolerance`. Sums are taken in the order of
 * the rows: the same input gives the same bits everywhere.
 */
struct cg_result cg_solve(const struct matrix *matrix, const double *b, double *x, double tolerance, unsigned long limit);

#endif
