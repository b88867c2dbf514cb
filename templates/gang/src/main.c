/*
 * Factors the same matrix three times (schedule.h), checks each result, and says how long each way took.
 *
 *   gang TILES ROWS
 *
 * Ends with 0 if all results are right and the same to the last bit, 1 if not, 2 for wrong arguments or too little memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schedule.h"

#define MOST_TILES 64
#define MOST_ROWS 512
/* Of the largest element. */
#define TOLERANCE 1e-13

static const struct way {
    const char *name;
    int (*factor)(const struct matrix *matrix);
} ways[] = {
    { "pthreads", factor_by_pool },
    { "gang", factor_by_gang },
    { "own", factor_by_flow },
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static unsigned number(const char *text, unsigned most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    return *end || value > most ? 0 : (unsigned)value;
}

/* A number for all bits of a result. */
static unsigned long long checksum(const struct matrix *matrix)
{
    size_t count = tile_number(matrix->tiles, 0) * matrix->rows * matrix->rows;
    unsigned long long sum = 0;

    for (size_t i = 0; i < count; i++) {
        unsigned long long bits;

        memcpy(&bits, &matrix->values[i], sizeof bits);
        sum = sum * 31 + bits;
    }
    return sum;
}

static unsigned count_steps(unsigned tiles)
{
    return tiles * (tiles + 1) * (tiles + 2) / 6;
}

/* 0, or what main ends with. */
static int try_way(const struct way *way, struct matrix *matrix, unsigned long long *sum)
{
    matrix_fill(matrix);
    double start = seconds();
    int error = way->factor(matrix);
    double taken = seconds() - start, residual = matrix_residual(matrix);

    if (error) {
        fprintf(stderr, "%s: %s\n", way->name, strerror(error));
        return 2;
    }
    *sum = checksum(matrix);
    printf("%-10s %9.3f us a task, residual %.2e\n", way->name, taken * 1e6 / count_steps(matrix->tiles), residual);
    return residual <= TOLERANCE ? 0 : 1;
}

int main(int count, char **arguments)
{
    struct matrix matrix;
    unsigned tiles = count == 3 ? number(arguments[1], MOST_TILES) : 0;
    unsigned rows = count == 3 ? number(arguments[2], MOST_ROWS) : 0;
    unsigned long long first = 0;
    int status = 0;

    if (!tiles || !rows) {
        fprintf(stderr, "usage: gang TILES ROWS, up to %d and %d\n", MOST_TILES, MOST_ROWS);
        return 2;
    }
    if (!matrix_make(&matrix, tiles, rows)) {
        fprintf(stderr, "no memory for the matrix\n");
        return 2;
    }
    printf("Cholesky   %u x %u, %u tasks on tiles of %u rows\n", tiles * rows, tiles * rows, count_steps(tiles), rows);
    for (unsigned i = 0; i < sizeof ways / sizeof *ways && status == 0; i++) {
        unsigned long long sum = 0;

        status = try_way(&ways[i], &matrix, &sum);
        if (i == 0)
            first = sum;
        else if (status == 0 && sum != first) {
            fprintf(stderr, "%s: another result than that of %s\n", ways[i].name, ways[0].name);
            status = 1;
        }
    }
    matrix_free(&matrix);
    return status;
}
