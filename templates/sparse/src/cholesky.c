#include "cholesky.h"

#include <math.h>

/* C -= A Bᵀ */
static void subtract_product(double *c, const double *a, const double *b)
{
    for (size_t i = 0; i < TILE; i++)
        for (size_t j = 0; j < TILE; j++) {
            double sum = 0;

            for (size_t k = 0; k < TILE; k++)
                sum += a[i * TILE + k] * b[j * TILE + k];
            c[i * TILE + j] -= sum;
        }
}

static bool factor_diagonal(double *a)
{
    for (size_t j = 0; j < TILE; j++) {
        for (size_t i = j; i < TILE; i++) {
            double sum = a[i * TILE + j];

            for (size_t k = 0; k < j; k++)
                sum -= a[i * TILE + k] * a[j * TILE + k];
            if (i == j && !(sum > 0))
                return false;
            a[i * TILE + j] = i == j ? sqrt(sum) : sum / a[j * TILE + j];
        }
        for (size_t i = 0; i < j; i++)
            a[i * TILE + j] = 0;
    }
    return true;
}

/* B := B L⁻ᵀ */
static void divide_by_diagonal(double *b, const double *l)
{
    for (size_t i = 0; i < TILE; i++)
        for (size_t j = 0; j < TILE; j++) {
            double sum = b[i * TILE + j];

            for (size_t k = 0; k < j; k++)
                sum -= b[i * TILE + k] * l[j * TILE + k];
            b[i * TILE + j] = sum / l[j * TILE + j];
        }
}

/* What is known of the tiles saves time alone; that they can be written anywhere is the page tables' doing. */
bool cholesky_factor(struct tiles *matrix)
{
    for (size_t k = 0; k < matrix->side; k++) {
        const double *diagonal = tile_fill(matrix, k, k);

        if (!factor_diagonal(tile_at(matrix, k, k)))
            return false;
        for (size_t i = k + 1; i < matrix->side; i++)
            if (*tile_kind(matrix, i, k) != TILE_ZERO)
                divide_by_diagonal(tile_fill(matrix, i, k), diagonal);
        for (size_t j = k + 1; j < matrix->side; j++) {
            if (*tile_kind(matrix, j, k) == TILE_ZERO)
                continue;
            for (size_t i = j; i < matrix->side; i++)
                if (*tile_kind(matrix, i, k) != TILE_ZERO)
                    subtract_product(tile_fill(matrix, i, j), tile_at(matrix, i, k), tile_at(matrix, j, k));
        }
    }
    return true;
}

void cholesky_solve(const struct tiles *factor, double *x)
{
    size_t size = factor->side * TILE;

    for (size_t row = 0; row < size; row++) {
        for (size_t column = 0; column <= row / TILE; column++)
            if (*tile_kind(factor, row / TILE, column) != TILE_ZERO) {
                const double *elements = tile_at(factor, row / TILE, column) + row % TILE * TILE;

                for (size_t j = 0; j < TILE && column * TILE + j < row; j++)
                    x[row] -= elements[j] * x[column * TILE + j];
            }
        x[row] /= tile_at(factor, row / TILE, row / TILE)[row % TILE * TILE + row % TILE];
    }
    for (size_t row = size; row-- > 0;) {
        for (size_t below = row / TILE; below < factor->side; below++)
            if (*tile_kind(factor, below, row / TILE) != TILE_ZERO) {
                const double *elements = tile_at(factor, below, row / TILE);

                for (size_t i = 0; i < TILE; i++)
                    if (below * TILE + i > row)
                        x[row] -= elements[i * TILE + row % TILE] * x[below * TILE + i];
            }
        x[row] /= tile_at(factor, row / TILE, row / TILE)[row % TILE * TILE + row % TILE];
    }
}
