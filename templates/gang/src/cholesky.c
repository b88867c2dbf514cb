#include "cholesky.h"

#include <math.h>
#include <stdlib.h>

bool matrix_make(struct matrix *matrix, unsigned tiles, unsigned rows)
{
    matrix->tiles = tiles;
    matrix->rows = rows;
    matrix->values = malloc(tile_number(tiles, 0) * rows * rows * sizeof(double));
    return matrix->values != NULL;
}

void matrix_free(struct matrix *matrix)
{
    free(matrix->values);
}

/* Its diagonal outweighs the rest of the row, so it is positive definite. */
static double element(size_t order, size_t row, size_t column)
{
    double far = row > column ? (double)(row - column) : (double)(column - row);

    return row == column ? 2 + log((double)order + 1) * 2 : 1 / (1 + far);
}

void matrix_fill(struct matrix *matrix)
{
    size_t rows = matrix->rows, order = matrix->tiles * rows;

    for (unsigned i = 0; i < matrix->tiles; i++)
        for (unsigned j = 0; j <= i; j++)
            for (size_t r = 0; r < rows; r++)
                for (size_t c = 0; c < rows; c++)
                    tile_of(matrix, i, j)[r * rows + c] = element(order, i * rows + r, j * rows + c);
}

void tile_update(const struct matrix *matrix, unsigned i, unsigned j, unsigned k)
{
    const double *left = tile_of(matrix, i, k), *right = tile_of(matrix, j, k);
    double *tile = tile_of(matrix, i, j);
    size_t rows = matrix->rows;

    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < rows; c++) {
            double sum = 0;

            for (size_t n = 0; n < rows; n++)
                sum += left[r * rows + n] * right[c * rows + n];
            tile[r * rows + c] -= sum;
        }
}

static void find_root(double *tile, size_t rows)
{
    for (size_t c = 0; c < rows; c++) {
        for (size_t n = 0; n < c; n++)
            tile[c * rows + c] -= tile[c * rows + n] * tile[c * rows + n];
        tile[c * rows + c] = sqrt(tile[c * rows + c]);
        for (size_t r = c + 1; r < rows; r++) {
            for (size_t n = 0; n < c; n++)
                tile[r * rows + c] -= tile[r * rows + n] * tile[c * rows + n];
            tile[r * rows + c] /= tile[c * rows + c];
        }
        /* What is above the diagonal is nobody's. */
        for (size_t n = c + 1; n < rows; n++)
            tile[c * rows + n] = 0;
    }
}

/* Each row x of the tile becomes the solution of y Rᵀ = x. */
static void divide_by(const double *root, double *tile, size_t rows)
{
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < rows; c++) {
            for (size_t n = 0; n < c; n++)
                tile[r * rows + c] -= tile[r * rows + n] * root[c * rows + n];
            tile[r * rows + c] /= root[c * rows + c];
        }
}

void tile_finish(const struct matrix *matrix, unsigned i, unsigned j)
{
    if (i == j)
        find_root(tile_of(matrix, i, i), matrix->rows);
    else
        divide_by(tile_of(matrix, j, j), tile_of(matrix, i, j), matrix->rows);
}

/* Element (row, column) of L Lᵀ, column ≤ row. */
static double product(const struct matrix *factor, size_t row, size_t column)
{
    size_t rows = factor->rows;
    double sum = 0;

    for (unsigned k = 0; k <= column / rows; k++) {
        const double *left = tile_of(factor, (unsigned)(row / rows), k) + row % rows * rows;
        const double *right = tile_of(factor, (unsigned)(column / rows), k) + column % rows * rows;

        for (size_t n = 0; n < rows; n++)
            sum += left[n] * right[n];
    }
    return sum;
}

double matrix_residual(const struct matrix *factor)
{
    size_t order = factor->tiles * (size_t)factor->rows;
    double worst = 0;

    for (size_t row = 0; row < order; row++)
        for (size_t column = 0; column <= row; column++) {
            double off = fabs(element(order, row, column) - product(factor, row, column));

            /* Also if it is no number. */
            if (!(off <= worst))
                worst = off;
        }
    return worst / element(order, 0, 0);
}
