/*
 * sparse [WIDTH [HEIGHT]]: solves a system of WIDTH × HEIGHT blocks of unknowns, each coupled to its four neighbours in that
 * grid by identity blocks, by a Cholesky factorisation that fills in as it goes. Exit status: 0 solved, 1 not accurate,
 * 2 wrong arguments or no memory.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cholesky.h"
#include "projection.h"

enum { NOT_ACCURATE = 1, BAD_INPUT = 2 };

/* Solved with b = A (1, …, 1). */
#define LARGEST_ERROR 1e-9

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A whole number from 1 to 1000; 0 if the text is none. */
static size_t whole(const char *text)
{
    char *end;

    errno = 0;
    unsigned long value = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;

    return errno == 0 && value > 0 && *end == '\0' && value <= 1000 ? value : 0;
}

/* A block of unknowns by itself: a full tile whose diagonal outweighs the rest of its rows, neighbours included. */
static void fill_diagonal(double *tile)
{
    for (size_t i = 0; i < TILE; i++)
        for (size_t j = 0; j < TILE; j++)
            tile[i * TILE + j] = i == j ? 8 : -1 / (1 + (double)(i > j ? i - j : j - i) * (i > j ? i - j : j - i));
}

static bool build(struct tiles *matrix, size_t width, size_t height)
{
    if (!tiles_make(matrix, width * height))
        return false;
    for (size_t block = 0; block < matrix->side; block++) {
        size_t neighbours[2] = { block + 1, block + width };
        bool coupled[2] = { (block + 1) % width != 0, block + width < matrix->side };

        fill_diagonal(tile_fill(matrix, block, block));
        for (int i = 0; i < 2; i++)
            if (coupled[i] && (!tile_identity(matrix, block, neighbours[i]) || !tile_identity(matrix, neighbours[i], block))) {
                tiles_free(matrix);
                return false;
            }
    }
    return true;
}

static void print_memory(const char *what, const struct tiles *tiles)
{
    size_t bytes = tiles->side * tiles->side * TILE_BYTES, page = (size_t)sysconf(_SC_PAGESIZE);

    printf("%-10s %zu of %zu pages are memory of its own\n", what, projection_pages_written(tiles->elements, bytes),
           bytes / page);
}

/* Solves A x = b and prints how well; returns the exit status. */
static int solve(const struct tiles *matrix, const struct tiles *factor, double *x, double *b)
{
    size_t size = matrix->side * TILE;
    double error = 0, residual = 0;

    for (size_t i = 0; i < size; i++)
        x[i] = 1;
    tiles_multiply(matrix, x, b);
    memcpy(x, b, size * sizeof *x);
    cholesky_solve(factor, x);
    for (size_t i = 0; i < size; i++)
        error = fmax(error, fabs(x[i] - 1));
    double *product = malloc(size * sizeof *product);

    if (!product)
        return BAD_INPUT;
    tiles_multiply(matrix, x, product);
    for (size_t i = 0; i < size; i++)
        residual = fmax(residual, fabs(product[i] - b[i]));
    free(product);
    printf("residual   %.17g\n", residual);
    printf("error      %.17g\n", error);
    return error < LARGEST_ERROR ? 0 : NOT_ACCURATE;
}

static int run(size_t width, size_t height)
{
    struct tiles matrix, factor;
    int status = BAD_INPUT;
    double start = seconds();

    if (!build(&matrix, width, height))
        return BAD_INPUT;
    printf("matrix     %zu x %zu, of which one tile in %zu is not zero\n", matrix.side * TILE, matrix.side * TILE,
           matrix.side * matrix.side / (5 * matrix.side - 2 * width - 2 * height));
    print_memory("matrix", &matrix);
    if (tiles_copy(&factor, &matrix)) {
        double *x = malloc(matrix.side * TILE * sizeof *x), *b = malloc(matrix.side * TILE * sizeof *b);

        if (!cholesky_factor(&factor))
            fprintf(stderr, "sparse: the matrix is not positive definite\n");
        else if (x && b) {
            print_memory("factor", &factor);
            status = solve(&matrix, &factor, x, b);
            /* Every element has been read meanwhile. */
            print_memory("matrix", &matrix);
        }
        free(x);
        free(b);
        tiles_free(&factor);
    }
    tiles_free(&matrix);
    printf("time       %.6f s\n", seconds() - start);
    return status;
}

int main(int argc, char **argv)
{
    size_t width = argc > 1 ? whole(argv[1]) : 8, height = argc > 2 ? whole(argv[2]) : 2 * width;

    if (argc > 3 || !width || !height || width * height > 10000) {
        fprintf(stderr, "usage: sparse [WIDTH [HEIGHT]], at most 10000 blocks\n");
        return BAD_INPUT;
    }
    int status = run(width, height);

    if (status == BAD_INPUT)
        fprintf(stderr, "sparse: there is not enough memory for %zu x %zu blocks\n", width, height);
    return status;
}
