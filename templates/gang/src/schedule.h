/*
 * Three ways to have a factorisation's tasks run in an order that is right: each update of a tile after the one before and
 * after the two tiles that it takes, each tile's end after its last update. All give the same bits, since a tile's updates come
 * in the same order.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "cholesky.h"

/* Each factors the matrix in place, and returns 0 or an error number. */

/* pool.c: pthreads that take tasks from a queue, under a mutex and a condition. */
int factor_by_pool(const struct matrix *matrix);

/* tasks.c: tasks of lwd/gang.h. */
int factor_by_gang(const struct matrix *matrix);

/* flow.c: a thread for each tile, and a scheduler of this program's own, which knows what the tiles wait for. */
int factor_by_flow(const struct matrix *matrix);

/* Threads of the pool, stacks of the gang. */
#define WORKERS 4
#define STACK_BYTES 16384

/* The work on a tile, in steps: its updates, and its end. */
static inline unsigned tile_steps(unsigned j)
{
    return j + 1;
}

static inline void tile_step(const struct matrix *matrix, unsigned i, unsigned j, unsigned step)
{
    if (step < j)
        tile_update(matrix, i, j, step);
    else
        tile_finish(matrix, i, j);
}

#endif
