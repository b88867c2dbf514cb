#include "tiles.h"

#include <stdlib.h>
#include <string.h>

#include "projection.h"

/* What every tile that is the identity shows. */
static _Alignas(4096) double identity[TILE * TILE];

static void make_identity(void)
{
    for (size_t i = 0; i < TILE; i++)
        identity[i * TILE + i] = 1;
}

static size_t tiles_bytes(const struct tiles *tiles)
{
    return tiles->side * tiles->side * TILE_BYTES;
}

bool tiles_make(struct tiles *tiles, size_t side)
{
    make_identity();
    *tiles = (struct tiles){ .side = side, .kinds = calloc(side * side, 1) };
    tiles->elements = tiles->kinds ? projection_reserve(tiles_bytes(tiles)) : NULL;
    if (!tiles->elements)
        free(tiles->kinds);
    return tiles->elements;
}

void tiles_free(struct tiles *tiles)
{
    projection_release(tiles->elements, tiles_bytes(tiles));
    free(tiles->kinds);
}

bool tile_identity(struct tiles *tiles, size_t row, size_t column)
{
    *tile_kind(tiles, row, column) = TILE_IDENTITY;
    return projection_show(tile_at(tiles, row, column), TILE_BYTES, identity, TILE_BYTES);
}

double *tile_fill(struct tiles *tiles, size_t row, size_t column)
{
    *tile_kind(tiles, row, column) = TILE_FULL;
    return tile_at(tiles, row, column);
}

bool tiles_copy(struct tiles *to, const struct tiles *from)
{
    if (!tiles_make(to, from->side))
        return false;
    memcpy(to->kinds, from->kinds, from->side * from->side);
    if (projection_copy(to->elements, from->elements, tiles_bytes(from)))
        return true;
    tiles_free(to);
    return false;
}

void tiles_multiply(const struct tiles *tiles, const double *x, double *y)
{
    for (size_t row = 0; row < tiles->side; row++)
        for (size_t i = 0; i < TILE; i++) {
            double sum = 0;

            for (size_t column = 0; column < tiles->side; column++) {
                const double *elements = tile_at(tiles, row, column) + i * TILE;

                for (size_t j = 0; j < TILE; j++)
                    sum += elements[j] * x[column * TILE + j];
            }
            y[row * TILE + i] = sum;
        }
}
