/* Tiles, without any library. */
#include "tile.h"

#include <math.h>

/* Rows are aligned to it, since sides are even. */
typedef double pair __attribute__((vector_size(16), may_alias));

static pair at(const double *values, size_t i)
{
    return *(const pair *)(values + i);
}

/* Two rows of A by four of B: as many sums as there are registers for. */
static void update_block(double *c, const double *a, const double *b, size_t side)
{
    const double *a1 = a + side, *b1 = b + side, *b2 = b1 + side, *b3 = b2 + side;
    pair s00 = { 0 }, s01 = { 0 }, s02 = { 0 }, s03 = { 0 }, s10 = { 0 }, s11 = { 0 }, s12 = { 0 }, s13 = { 0 };

    for (size_t i = 0; i < side; i += 2) {
        pair x0 = at(a, i), x1 = at(a1, i);

        s00 += x0 * at(b, i);
        s10 += x1 * at(b, i);
        s01 += x0 * at(b1, i);
        s11 += x1 * at(b1, i);
        s02 += x0 * at(b2, i);
        s12 += x1 * at(b2, i);
        s03 += x0 * at(b3, i);
        s13 += x1 * at(b3, i);
    }
    c[0] -= s00[0] + s00[1];
    c[1] -= s01[0] + s01[1];
    c[2] -= s02[0] + s02[1];
    c[3] -= s03[0] + s03[1];
    c[side] -= s10[0] + s10[1];
    c[side + 1] -= s11[0] + s11[1];
    c[side + 2] -= s12[0] + s12[1];
    c[side + 3] -= s13[0] + s13[1];
}

void tile_update(double *c, const double *a, const double *b, size_t side)
{
    for (size_t i = 0; i < side; i += 2)
        for (size_t j = 0; j < side; j += 4)
            update_block(c + i * side + j, a + i * side, b + j * side, side);
}

static double product(const double *x, const double *y, size_t count)
{
    pair sum = { 0 };

    for (size_t i = 0; i + 1 < count; i += 2)
        sum += at(x, i) * at(y, i);
    return sum[0] + sum[1] + (count % 2 ? x[count - 1] * y[count - 1] : 0);
}

bool tile_factor(double *a, size_t side)
{
    for (size_t j = 0; j < side; j++) {
        double *row = a + j * side;
        double rest = row[j] - product(row, row, j);

        if (!(rest > 0))
            return false;
        row[j] = sqrt(rest);
        for (size_t i = j + 1; i < side; i++) {
            double *other = a + i * side;

            other[j] = (other[j] - product(other, row, j)) / row[j];
        }
    }
    return true;
}

void tile_divide(double *a, const double *l, size_t side)
{
    for (size_t i = 0; i < side; i++) {
        double *row = a + i * side;

        for (size_t j = 0; j < side; j++)
            row[j] = (row[j] - product(row, l + j * side, j)) / l[j * side + j];
    }
}
