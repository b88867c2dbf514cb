/*
 * The gang of lwd/gang.h: workers, each a pthread with its stack, over hpc/task_graph.c. One of those that have nothing to do
 * is called as soon as there is a task that nobody runs, and not before it has come another one: so there is always somebody
 * in reserve if a task waits, and a gang whose tasks do not wait switches hardly ever.
 */
#include <lwd/gang.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "hpc/task_graph.h"

/* There is one vCPU. */
#define CPUS 1
#define THIS_CPU 0

/* As many as make it worth to ask for memory. */
#define EDGES 64

struct edges {
    struct edges *made_before;
    unsigned used;
    struct lwd_task_edge edges[EDGES];
};

struct lwd_gang {
    struct task_graph graph;
    struct task_queue queues[CPUS];
    unsigned most;
    unsigned stacks;
    pthread_attr_t stack;           /* of workers */
    pthread_mutex_t mutex;          /* for all that follows */
    struct edges *edges;            /* all that were made, to be freed */
    pthread_cond_t called;
    unsigned waiting;               /* workers without a task */
    bool calling;                   /* one of them has been called, and has not come yet */
    bool over;
};

/* --- workers --- */

static void call_one(struct lwd_gang *gang)
{
    if (!gang->waiting || gang->calling || !task_graph_has_ready(&gang->graph))
        return;
    gang->calling = true;
    pthread_cond_signal(&gang->called);
}

/* Nobody has a task, and none is ready: none will be. */
static void end_all(struct lwd_gang *gang)
{
    gang->over = true;
    pthread_cond_broadcast(&gang->called);
}

/* Waits until there may be something to do; false if there will not be. */
static bool wait_for_call(struct lwd_gang *gang)
{
    pthread_mutex_lock(&gang->mutex);
    if (__atomic_add_fetch(&gang->waiting, 1, __ATOMIC_SEQ_CST) == gang->stacks && !task_graph_has_ready(&gang->graph))
        end_all(gang);
    while (!gang->over && !gang->calling && !task_graph_has_ready(&gang->graph))
        pthread_cond_wait(&gang->called, &gang->mutex);
    __atomic_fetch_sub(&gang->waiting, 1, __ATOMIC_RELAXED);
    gang->calling = false;
    bool more = !gang->over;

    pthread_mutex_unlock(&gang->mutex);
    return more;
}

static void call_if_wanted(struct lwd_gang *gang)
{
    /* Who begins to wait says so first, and then looks whether there is something: one of the two sees the other. */
    full_fence();
    if (__atomic_load_n(&gang->waiting, __ATOMIC_RELAXED) == 0 || !task_graph_has_ready(&gang->graph))
        return;
    pthread_mutex_lock(&gang->mutex);
    call_one(gang);
    pthread_mutex_unlock(&gang->mutex);
}

static void *work(void *argument)
{
    struct lwd_gang *gang = argument;

    do {
        struct lwd_task *task;

        while ((task = task_graph_take(&gang->graph, THIS_CPU))) {
            call_if_wanted(gang);
            task->run(task);
            task_graph_end(&gang->graph, THIS_CPU, task);
        }
    } while (wait_for_call(gang));
    return NULL;
}

/* --- the gang --- */

static size_t places_for(unsigned most)
{
    size_t places = 2;

    while (places < most)
        places *= 2;
    return places;
}

int lwd_gang_create(struct lwd_gang **made, unsigned stacks, size_t stack_bytes, unsigned most)
{
    pthread_attr_t stack;

    pthread_attr_init(&stack);
    if (stacks == 0 || most == 0 || (stack_bytes && pthread_attr_setstacksize(&stack, stack_bytes)))
        return -EINVAL;
    struct lwd_gang *gang = calloc(1, sizeof *gang);
    size_t places = places_for(most);

    if (!gang)
        return -ENOMEM;
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        gang->queues[cpu].mask = (int64_t)places - 1;
        gang->queues[cpu].places = malloc(places * sizeof *gang->queues[cpu].places);
        if (!gang->queues[cpu].places) {
            lwd_gang_destroy(gang);
            return -ENOMEM;
        }
    }
    gang->graph = (struct task_graph){ .queues = gang->queues, .cpus = CPUS };
    gang->most = most;
    gang->stacks = stacks;
    gang->stack = stack;
    pthread_mutex_init(&gang->mutex, NULL);
    pthread_cond_init(&gang->called, NULL);
    *made = gang;
    return 0;
}

static void forget_edges(struct lwd_gang *gang)
{
    while (gang->edges) {
        struct edges *edges = gang->edges;

        gang->edges = edges->made_before;
        free(edges);
    }
}

void lwd_gang_destroy(struct lwd_gang *gang)
{
    forget_edges(gang);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        free(gang->queues[cpu].places);
    free(gang);
}

static struct lwd_task_edge *new_edge(struct lwd_gang *gang)
{
    struct lwd_task_edge *edge = NULL;

    pthread_mutex_lock(&gang->mutex);
    if (!gang->edges || gang->edges->used == EDGES) {
        struct edges *edges = malloc(sizeof *edges);

        if (edges) {
            edges->made_before = gang->edges;
            edges->used = 0;
            gang->edges = edges;
        }
    }
    if (gang->edges && gang->edges->used < EDGES)
        edge = &gang->edges->edges[gang->edges->used++];
    pthread_mutex_unlock(&gang->mutex);
    return edge;
}

int lwd_gang_order(struct lwd_gang *gang, struct lwd_task *first, struct lwd_task *then)
{
    struct lwd_task_edge *edge = new_edge(gang);

    if (!edge)
        return -ENOMEM;
    /* One that is not used is freed with the others. */
    task_graph_order(first, then, edge);
    return 0;
}

int lwd_gang_add(struct lwd_gang *gang, struct lwd_task *task)
{
    if (__atomic_load_n(&task->state, __ATOMIC_RELAXED) & TASK_ADDED)
        return -EEXIST;
    if (__atomic_load_n(&gang->graph.left, __ATOMIC_RELAXED) >= gang->most)
        return -ENOSPC;
    task_graph_add(&gang->graph, THIS_CPU, task);
    /* The caller may be a task that waits for this one. */
    call_if_wanted(gang);
    return 0;
}

void lwd_gang_yield(struct lwd_gang *gang)
{
    call_if_wanted(gang);
    sched_yield();
}

/* Returns how many there are: fewer than were asked for if there is no memory. */
static unsigned start_workers(struct lwd_gang *gang, pthread_t *workers)
{
    unsigned count = 0;

    while (count < gang->stacks && pthread_create(&workers[count], &gang->stack, work, gang) == 0)
        count++;
    return count;
}

int lwd_gang_run(struct lwd_gang *gang)
{
    pthread_t *workers = malloc(gang->stacks * sizeof *workers);

    if (!workers)
        return -ENOMEM;
    gang->waiting = 0;
    gang->over = gang->calling = false;
    unsigned wanted = gang->stacks, count = start_workers(gang, workers);

    gang->stacks = count;
    for (unsigned i = 0; i < count; i++)
        pthread_join(workers[i], NULL);
    gang->stacks = wanted;
    free(workers);
    /* Nothing has begun, and the tasks still know who follows them. */
    if (count == 0)
        return -ENOMEM;
    int result = gang->graph.left ? -EDEADLK : 0;

    gang->graph.left = 0;
    forget_edges(gang);
    return result;
}
