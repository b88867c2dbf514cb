/*
 * The application's own scheduler: it is the task graph. Each tile is a thread with a small stack, which says what tile it needs
 * next and yields; the policy below lets it run when that tile is done, the tiles of earlier columns first. There is no mutex, no
 * condition and no count of what is left: waiting is a field, and waking is putting a thread into the list of those that may run.
 */
#include <lwd/sched.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "schedule.h"

struct tile {
    const struct matrix *matrix;
    unsigned i, j;
    bool done;
    struct tile *needs;         /* what it waits for, if that is not done */
    struct thread *waiting;     /* threads that wait for this one, through their slots */
    pthread_t thread;
};

static struct tile *tiles;

/* --- the policy --- */

/* Threads that may run: those of tiles by column, all others ahead of them and in turn. */
static struct thread **ready;
static unsigned columns;
static struct thread *others, **others_end = &others;

/* A slot is the policy's to use: the rank of a tile's thread is where the tile is, and that of others is 0. */
static struct tile *tile_of_thread(struct thread *thread)
{
    return (struct tile *)lwd_sched_slot(thread)->rank;
}

static void let_run(struct thread *thread, const struct tile *tile)
{
    lwd_sched_slot(thread)->next = ready[tile->j];
    ready[tile->j] = thread;
}

static void flow_enqueue(struct thread *thread)
{
    struct tile *tile = tile_of_thread(thread);

    if (!tile) {
        lwd_sched_slot(thread)->next = NULL;
        *others_end = thread;
        others_end = &lwd_sched_slot(thread)->next;
    } else if (tile->needs && !tile->needs->done) {
        lwd_sched_slot(thread)->next = tile->needs->waiting;
        tile->needs->waiting = thread;
    } else {
        let_run(thread, tile);
    }
}

static struct thread *flow_pick(void)
{
    struct thread **list = &others;

    for (unsigned j = 0; !*list && j < columns; j++)
        list = &ready[j];
    struct thread *thread = *list;

    if (!thread)
        return NULL;
    *list = lwd_sched_slot(thread)->next;
    if (list == &others && !others)
        others_end = &others;
    return thread;
}

static const struct lwd_sched_policy flow = { .name = "flow", .enqueue = flow_enqueue, .pick = flow_pick };

/* --- the tiles --- */

static void need(struct tile *self, unsigned i, unsigned j)
{
    struct tile *wanted = &tiles[tile_number(i, j)];

    if (wanted->done)
        return;
    self->needs = wanted;
    sched_yield();
}

static void be_done(struct tile *self)
{
    self->done = true;
    while (self->waiting) {
        struct thread *thread = self->waiting;

        self->waiting = lwd_sched_slot(thread)->next;
        let_run(thread, tile_of_thread(thread));
    }
}

static void *run_tile(void *argument)
{
    struct tile *self = argument;

    for (unsigned k = 0; k < self->j; k++) {
        need(self, self->i, k);
        need(self, self->j, k);
        tile_update(self->matrix, self->i, self->j, k);
    }
    if (self->i != self->j)
        need(self, self->j, self->j);
    tile_finish(self->matrix, self->i, self->j);
    be_done(self);
    return NULL;
}

/* Returns 0 or an error number; `count` says how many threads there are. */
static int start_threads(const struct matrix *matrix, size_t *count)
{
    pthread_attr_t small;
    int error = 0;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK_BYTES);
    *count = 0;
    for (unsigned i = 0; i < matrix->tiles && !error; i++)
        for (unsigned j = 0; j <= i && !error; j++) {
            struct tile *tile = &tiles[*count];

            *tile = (struct tile){ .matrix = matrix, .i = i, .j = j };
            error = pthread_create(&tile->thread, &small, run_tile, tile);
            if (error)
                break;
            /* No thread runs before this one waits: so all are known to the policy when it takes over. */
            lwd_sched_slot(lwd_sched_thread(tile->thread))->rank = (uint64_t)tile;
            ++*count;
        }
    pthread_attr_destroy(&small);
    return error;
}

int factor_by_flow(const struct matrix *matrix)
{
    size_t count;

    columns = matrix->tiles;
    tiles = malloc(tile_number(columns, 0) * sizeof *tiles);
    ready = calloc(columns, sizeof *ready);
    if (!tiles || !ready) {
        free(tiles);
        free(ready);
        return ENOMEM;
    }
    int error = start_threads(matrix, &count);

    /* If there are too few, they come to their end all the same: a tile needs only those that come before it. */
    const struct lwd_sched_policy *before = lwd_sched_use(&flow);

    for (size_t i = 0; i < count; i++)
        pthread_join(tiles[i].thread, NULL);
    lwd_sched_use(before);
    free(tiles);
    free(ready);
    return error;
}
