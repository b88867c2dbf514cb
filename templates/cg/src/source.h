/* Where matrices come from: files in two forms, and one that is made. Each fills `entries`, which the caller frees. */
#ifndef SOURCE_H
#define SOURCE_H

#include "lines.h"
#include "matrix.h"

/* The 5-point Laplacian on side × side points. */
bool laplacian(uint32_t side, struct entries *entries, struct problem *problem);

/* Matrix Market, "coordinate real|integer general|symmetric". The first line has been read. */
bool matrix_market(struct lines *lines, struct entries *entries, struct problem *problem);

/* Harwell-Boeing, assembled real: RSA, RUA. The first line has been read. */
bool harwell_boeing(struct lines *lines, struct entries *entries, struct problem *problem);

#endif
