/*
 * What it costs to have tasks run in the order that they need: the tiled Cholesky factorisation of the gang template, by
 * pthreads and, in a domain, by lwd/gang.h and by a scheduler of the program's own. The time of the tasks themselves, run one
 * after the other, is taken off. One line a figure, "NAME VALUE UNIT", of one task.
 *
 *   gang [TILES [ROWS]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/guest/measure.h"
#include "templates/gang/src/schedule.h"

#define REPETITIONS 5
#define TOLERANCE 1e-13

static int factor_in_order(const struct matrix *matrix)
{
    for (unsigned j = 0; j < matrix->tiles; j++)
        for (unsigned i = j; i < matrix->tiles; i++)
            for (unsigned step = 0; step < tile_steps(j); step++)
                tile_step(matrix, i, j, step);
    return 0;
}

/* Microseconds of the quickest of some; ends the program if a result is wrong. */
static double time_of(struct matrix *matrix, int (*factor)(const struct matrix *))
{
    double best = 1e30;

    for (int i = 0; i < REPETITIONS; i++) {
        matrix_fill(matrix);
        double start = now_us();
        int error = factor(matrix);
        double taken = now_us() - start;

        if (error || matrix_residual(matrix) > TOLERANCE) {
            printf("bench: status 1\n");
            exit(1);
        }
        best = taken < best ? taken : best;
    }
    return best;
}

int main(int count, char **arguments)
{
    struct matrix matrix;
    unsigned tiles = count > 1 ? (unsigned)atoi(arguments[1]) : 16, rows = count > 2 ? (unsigned)atoi(arguments[2]) : 8;
    double tasks = tiles * (tiles + 1) * (tiles + 2) / 6.0;

    if (!matrix_make(&matrix, tiles, rows))
        return 1;
    double work = time_of(&matrix, factor_in_order);

    printf("task-itself %.4f us\n", work / tasks);
    printf("by-pthreads %.4f us\n", (time_of(&matrix, factor_by_pool) - work) / tasks);
#ifdef __lwd__
    printf("by-gang %.4f us\n", (time_of(&matrix, factor_by_gang) - work) / tasks);
    printf("by-own-scheduler %.4f us\n", (time_of(&matrix, factor_by_flow) - work) / tasks);
#endif
    matrix_free(&matrix);
    return 0;
}
