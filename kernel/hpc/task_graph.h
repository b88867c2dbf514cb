/*
 * Which tasks wait for which, and the queues of those that wait for none. Safe for several vCPUs at a time; knows neither
 * threads nor memory, so that it is tested as it is (test/kernel-host/race/). The public structures are lwd/gang.h's.
 */
#ifndef LWD_HPC_TASK_GRAPH_H
#define LWD_HPC_TASK_GRAPH_H

#include <lwd/gang.h>

#include "hpc/task_queue.h"

/* `then` waits for the task in whose list this is. */
struct lwd_task_edge {
    struct lwd_task_edge *next;
    struct lwd_task *then;
};

struct task_graph {
    struct task_queue *queues;  /* one a vCPU */
    unsigned cpus;
    uint32_t left;              /* tasks that were added and have not ended */
};

#define TASK_ADDED 1u
#define TASK_WAITS 2u

/* Stands for the list of a task that has ended: nobody can wait for it any more. */
#define NO_FOLLOWERS ((struct lwd_task_edge *)1)

/* `edge` is filled in. False if `first` has ended, and then the edge is not used. */
bool task_graph_order(struct lwd_task *first, struct lwd_task *then, struct lwd_task_edge *edge);

/* Adds a task; it is ready on this vCPU if it waits for nothing. The caller knows that there is a place for it. */
void task_graph_add(struct task_graph *graph, unsigned cpu, struct lwd_task *task);

/* The next task for this vCPU: its own last one, else the oldest of another's; null if none is ready. */
struct lwd_task *task_graph_take(struct task_graph *graph, unsigned cpu);

/* `task`, which this vCPU took, has run. Returns how many tasks are left. */
uint32_t task_graph_end(struct task_graph *graph, unsigned cpu, struct lwd_task *task);

bool task_graph_has_ready(const struct task_graph *graph);

#endif
