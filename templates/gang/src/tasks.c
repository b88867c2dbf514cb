/*
 * The same by tasks of lwd/gang.h: one for each step, and what it waits for is said once.
 */
#include <lwd/gang.h>

#include <errno.h>
#include <stdlib.h>

#include "schedule.h"

struct step {
    struct lwd_task task;
    const struct matrix *matrix;
    unsigned i, j, step;
};

static struct step *steps;
static size_t *first_steps;     /* of each tile */

static void run(struct lwd_task *task)
{
    const struct step *self = (const struct step *)task;

    tile_step(self->matrix, self->i, self->j, self->step);
}

static struct lwd_task *step_of(unsigned i, unsigned j, unsigned step)
{
    return &steps[first_steps[tile_number(i, j)] + step].task;
}

/* Returns 0 or a negative error number. */
static int add_step(struct lwd_gang *gang, const struct matrix *matrix, unsigned i, unsigned j, unsigned step)
{
    struct lwd_task *task = step_of(i, j, step);
    int error = 0;

    *(struct step *)task = (struct step){ .task = { .run = run }, .matrix = matrix, .i = i, .j = j, .step = step };
    if (step > 0)
        error = lwd_gang_order(gang, step_of(i, j, step - 1), task);
    /* What it takes is done with that tile's last step. */
    if (!error && step < j)
        error = lwd_gang_order(gang, step_of(i, step, step), task);
    if (!error && i != j)
        error = lwd_gang_order(gang, step_of(j, step, step), task);
    return error ? error : lwd_gang_add(gang, task);
}

static int add_all(struct lwd_gang *gang, const struct matrix *matrix)
{
    int error = 0;

    for (unsigned i = 0; i < matrix->tiles; i++)
        for (unsigned j = 0; j <= i; j++)
            for (unsigned step = 0; step < tile_steps(j) && !error; step++)
                error = add_step(gang, matrix, i, j, step);
    return error;
}

/* Finds a place for every step; how many there are. */
static size_t number_steps(unsigned tiles)
{
    size_t count = 0;

    for (unsigned i = 0; i < tiles; i++)
        for (unsigned j = 0; j <= i; j++) {
            first_steps[tile_number(i, j)] = count;
            count += tile_steps(j);
        }
    return count;
}

int factor_by_gang(const struct matrix *matrix)
{
    struct lwd_gang *gang;

    first_steps = malloc(tile_number(matrix->tiles, 0) * sizeof *first_steps);
    if (!first_steps)
        return ENOMEM;
    size_t count = number_steps(matrix->tiles);
    int error = -ENOMEM;

    steps = malloc(count * sizeof *steps);
    if (steps)
        error = lwd_gang_create(&gang, WORKERS, STACK_BYTES, (unsigned)count);
    if (!error) {
        error = add_all(gang, matrix);
        if (!error)
            error = lwd_gang_run(gang);
        lwd_gang_destroy(gang);
    }
    free(steps);
    free(first_steps);
    return -error;
}
