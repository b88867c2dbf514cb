/*
 * The order of tasks. `state` of a task is TASK_ADDED, and TASK_WAITS for each that it waits for: it becomes ready when nothing
 * but TASK_ADDED is left, which happens once, whatever the order of the two and on which vCPUs.
 */
#include "hpc/task_graph.h"

#include <stddef.h>

#include "core/bits.h"
#include "core/panic.h"

bool task_graph_order(struct lwd_task *first, struct lwd_task *then, struct lwd_task_edge *edge)
{
    struct lwd_task_edge *head = __atomic_load_n(&first->followers, __ATOMIC_ACQUIRE);

    edge->then = then;
    __atomic_fetch_add(&then->state, TASK_WAITS, __ATOMIC_RELAXED);
    do {
        if (head == NO_FOLLOWERS) {
            __atomic_fetch_sub(&then->state, TASK_WAITS, __ATOMIC_RELAXED);
            return false;
        }
        edge->next = head;
    } while (!__atomic_compare_exchange_n(&first->followers, &head, edge, true, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE));
    return true;
}

static void put(struct task_graph *graph, unsigned cpu, struct lwd_task *task)
{
    panic_if(!task_queue_put(&graph->queues[cpu], task), "no place in vCPU %u's queue of tasks", cpu);
}

void task_graph_add(struct task_graph *graph, unsigned cpu, struct lwd_task *task)
{
    __atomic_fetch_add(&graph->left, 1, __ATOMIC_RELAXED);
    if (__atomic_fetch_or(&task->state, TASK_ADDED, __ATOMIC_ACQ_REL) == 0)
        put(graph, cpu, task);
}

struct lwd_task *task_graph_take(struct task_graph *graph, unsigned cpu)
{
    struct lwd_task *task = task_queue_take(&graph->queues[cpu]);

    for (unsigned i = 1; !task && i < graph->cpus; i++)
        task = task_queue_steal(&graph->queues[(cpu + i) % graph->cpus]);
    return task;
}

uint32_t task_graph_end(struct task_graph *graph, unsigned cpu, struct lwd_task *task)
{
    struct lwd_task_edge *edge = __atomic_exchange_n(&task->followers, NO_FOLLOWERS, __ATOMIC_ACQ_REL);

    for (; edge; edge = edge->next)
        if (__atomic_sub_fetch(&edge->then->state, TASK_WAITS, __ATOMIC_ACQ_REL) == TASK_ADDED)
            put(graph, cpu, edge->then);
    return __atomic_sub_fetch(&graph->left, 1, __ATOMIC_ACQ_REL);
}

bool task_graph_has_ready(const struct task_graph *graph)
{
    for (unsigned i = 0; i < graph->cpus; i++)
        if (!task_queue_is_empty(&graph->queues[i]))
            return true;
    return false;
}
