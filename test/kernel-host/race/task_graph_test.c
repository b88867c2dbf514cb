/*
 * hpc/task_graph.c and hpc/task_queue.h with several vCPUs at a time, each a thread of the host, under the thread sanitizer:
 * every task runs once, and after all that it waits for.
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "hpc/task_graph.c"

#include "verdict.h"

#define CPUS 4
#define TASKS 3000
#define PLACES 4096
#define MOST_EDGES (4 * TASKS)

static struct task_queue queues[CPUS];
static struct lwd_task *places[CPUS][PLACES];
static struct task_graph graph;
static struct lwd_task tasks[TASKS];
static struct lwd_task_edge edges[MOST_EDGES];
static unsigned edge_count;
static unsigned before[MOST_EDGES];         /* edge i leads from task before[i] to task after[i] */
static unsigned after[MOST_EDGES];
static unsigned ran[TASKS];                 /* how often */
static unsigned ended[TASKS];
static __thread unsigned this_cpu;

static void begin(void)
{
    memset(queues, 0, sizeof queues);
    memset(tasks, 0, sizeof tasks);
    memset(ran, 0, sizeof ran);
    memset(ended, 0, sizeof ended);
    edge_count = 0;
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        queues[cpu].places = places[cpu];
        queues[cpu].mask = PLACES - 1;
    }
    graph = (struct task_graph){ .queues = queues, .cpus = CPUS };
}

static void order(unsigned first, unsigned then)
{
    before[edge_count] = first;
    after[edge_count] = then;
    check(task_graph_order(&tasks[first], &tasks[then], &edges[edge_count]));
    edge_count++;
}

static unsigned number_of(const struct lwd_task *task)
{
    return (unsigned)(task - tasks);
}

static void run_task(unsigned cpu, struct lwd_task *task)
{
    unsigned number = number_of(task);

    __atomic_fetch_add(&ran[number], 1, __ATOMIC_RELAXED);
    if (task->run)
        task->run(task);
    for (volatile unsigned spin = 0; spin < number % 97; spin++)
        ;
    __atomic_store_n(&ended[number], 1, __ATOMIC_RELEASE);
    task_graph_end(&graph, cpu, task);
}

static void *be_cpu(void *argument)
{
    unsigned cpu = this_cpu = (unsigned)(uintptr_t)argument;

    while (__atomic_load_n(&graph.left, __ATOMIC_ACQUIRE)) {
        struct lwd_task *task = task_graph_take(&graph, cpu);

        if (task)
            run_task(cpu, task);
        else
            sched_yield();
    }
    return NULL;
}

static void run_all(void)
{
    pthread_t cpus[CPUS];

    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        check_equal(pthread_create(&cpus[cpu], NULL, be_cpu, (void *)(uintptr_t)cpu), 0);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        pthread_join(cpus[cpu], NULL);
}

/* The predecessors of a task have ended when it runs: looked at by the task itself. */
static void check_order(struct lwd_task *task)
{
    for (unsigned i = 0; i < edge_count; i++)
        if (after[i] == number_of(task))
            check(__atomic_load_n(&ended[before[i]], __ATOMIC_ACQUIRE));
}

TEST(every_task_runs_once_and_after_what_it_waits_for)
{
    begin();
    for (unsigned i = 1; i < TASKS; i++)
        for (unsigned edge = random_below(4); edge > 0; edge--)
            order((unsigned)random_below(i), i);
    for (unsigned i = 0; i < TASKS; i++) {
        tasks[i].run = i % 50 == 0 ? check_order : NULL;
        task_graph_add(&graph, i % CPUS, &tasks[i]);
    }
    run_all();
    for (unsigned i = 0; i < TASKS; i++)
        check_equal(ran[i], 1);
    check_equal(graph.left, 0);
}

/* All begin on one vCPU: whoever else runs any has stolen it. */
TEST(a_vcpu_without_work_takes_others)
{
    begin();
    for (unsigned i = 0; i < TASKS; i++)
        task_graph_add(&graph, 0, &tasks[i]);
    check(task_graph_has_ready(&graph));
    /* The oldest is stolen, the latest taken. */
    check(task_graph_take(&graph, 1) == &tasks[0]);
    run_task(1, &tasks[0]);
    check(task_graph_take(&graph, 0) == &tasks[TASKS - 1]);
    run_task(0, &tasks[TASKS - 1]);
    run_all();
    for (unsigned i = 0; i < TASKS; i++)
        check_equal(ran[i], 1);
    check(!task_graph_has_ready(&graph));
}

static unsigned next_added;

/* Adds up to two tasks, each behind an earlier one, which may have ended, on whatever vCPU that is or was. */
static void grow(struct lwd_task *task)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned mine = __atomic_fetch_add(&next_added, 1, __ATOMIC_RELAXED);

        if (mine >= TASKS)
            return;
        tasks[mine].run = grow;
        task_graph_order(&tasks[(number_of(task) * 7 + i) % mine], &tasks[mine], &edges[mine]);
        task_graph_add(&graph, this_cpu, &tasks[mine]);
    }
}

TEST(tasks_add_tasks_behind_others)
{
    begin();
    next_added = 1;
    tasks[0].run = grow;
    task_graph_add(&graph, 0, &tasks[0]);
    run_all();
    check_equal(graph.left, 0);
    for (unsigned i = 0; i < TASKS; i++)
        check_equal(ran[i], 1);
}

/* A circle is never ready, and nobody waits for it. */
TEST(a_circle_is_left)
{
    begin();
    order(0, 1);
    order(1, 0);
    task_graph_add(&graph, 0, &tasks[0]);
    task_graph_add(&graph, 0, &tasks[1]);
    task_graph_add(&graph, 0, &tasks[2]);
    check(task_graph_take(&graph, 0) == &tasks[2]);
    check_equal(task_graph_end(&graph, 0, &tasks[2]), 2);
    check(!task_graph_take(&graph, 0));
    /* What has ended is waited for by nobody. */
    check(!task_graph_order(&tasks[2], &tasks[3], &edges[9]));
    task_graph_add(&graph, 0, &tasks[3]);
    check(task_graph_take(&graph, 0) == &tasks[3]);
}
