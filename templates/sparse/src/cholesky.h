/* A = L Lᵀ for a symmetric positive definite matrix of tiles, of which only the lower half is read. */
#ifndef CHOLESKY_H
#define CHOLESKY_H

#include "tiles.h"

/* Puts L into the lower half. Tiles that fill in become memory as they are written. False if A is not positive definite. */
bool cholesky_factor(struct tiles *matrix);

/* Solves L Lᵀ x = b in place: `x` holds b before. */
void cholesky_solve(const struct tiles *factor, double *x);

#endif
