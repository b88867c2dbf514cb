/* Solving with the factors, and how good the solution is. */
#ifndef CHECK_H
#define CHECK_H

#include "cholesky.h"

/* Fills in residual, error and digest. */
void check_solution(struct stream *stream, const struct store *store, struct outcome *outcome);

#endif
