/*
 * The same as programs for Unix do it: a pool of pthreads, a queue of steps that may run, a mutex, and a condition for who has
 * none. Each tile counts what its next step waits for.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "schedule.h"

struct tile {
    unsigned i, j;
    unsigned step;              /* the next one */
    bool queued;                /* that step is in the queue, or being run */
    struct tile *next;
};

static const struct matrix *matrix;
static struct tile *tiles;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct tile *queue, **queue_end;
static size_t left;             /* tiles that are not done */

static struct tile *tile_at(unsigned i, unsigned j)
{
    return &tiles[tile_number(i, j)];
}

static bool is_done(unsigned i, unsigned j)
{
    return tile_at(i, j)->step == tile_steps(j);
}

static bool may_run(const struct tile *tile)
{
    unsigned step = tile->step;

    if (tile->queued || step == tile_steps(tile->j))
        return false;
    return (step == tile->j || is_done(tile->i, step)) && (tile->i == tile->j || is_done(tile->j, step));
}

static void enqueue_if_ready(struct tile *tile)
{
    if (!may_run(tile))
        return;
    tile->queued = true;
    tile->next = NULL;
    *queue_end = tile;
    queue_end = &tile->next;
    pthread_cond_signal(&changed);
}

/* The tiles whose next step may have waited for this one. */
static void look_at_followers(const struct tile *done)
{
    if (done->i == done->j) {
        for (unsigned i = done->i + 1; i < matrix->tiles; i++)
            enqueue_if_ready(tile_at(i, done->j));
        return;
    }
    for (unsigned j = done->j + 1; j <= done->i; j++)
        enqueue_if_ready(tile_at(done->i, j));
    for (unsigned i = done->i + 1; i < matrix->tiles; i++)
        enqueue_if_ready(tile_at(i, done->i));
}

static void *work(void *unused)
{
    pthread_mutex_lock(&mutex);
    while (left > 0) {
        struct tile *tile = queue;

        if (!tile) {
            pthread_cond_wait(&changed, &mutex);
            continue;
        }
        queue = tile->next;
        if (!queue)
            queue_end = &queue;
        pthread_mutex_unlock(&mutex);
        tile_step(matrix, tile->i, tile->j, tile->step);
        pthread_mutex_lock(&mutex);
        tile->step++;
        tile->queued = false;
        if (is_done(tile->i, tile->j)) {
            left--;
            look_at_followers(tile);
        }
        enqueue_if_ready(tile);
    }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
    return unused;
}

int factor_by_pool(const struct matrix *wanted)
{
    pthread_t threads[WORKERS];
    unsigned count = 0;

    matrix = wanted;
    left = tile_number(matrix->tiles, 0);
    tiles = malloc(left * sizeof *tiles);
    if (!tiles)
        return ENOMEM;
    queue = NULL;
    queue_end = &queue;
    for (unsigned i = 0; i < matrix->tiles; i++)
        for (unsigned j = 0; j <= i; j++)
            *tile_at(i, j) = (struct tile){ .i = i, .j = j };
    enqueue_if_ready(tile_at(0, 0));
    while (count < WORKERS && pthread_create(&threads[count], NULL, work, NULL) == 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    free(tiles);
    return count == 0 ? EAGAIN : 0;
}
