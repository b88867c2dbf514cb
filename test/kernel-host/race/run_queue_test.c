/*
 * sched/run_queue.h with several vCPUs at a time, each a thread of the host, under the thread sanitizer: no thread is lost, none
 * is on two vCPUs, and one vCPU alone is first come, first served.
 */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "sched/run_queue.h"
#include "sched/thread.h"

#include "verdict.h"

#define CPUS 4
#define THREADS 64
#define TURNS 2000

static struct run_queue queues[CPUS];
static struct thread threads[THREADS];
static unsigned turns[THREADS], running[THREADS];
static unsigned ended;

struct lwd_sched_slot *lwd_sched_slot(struct thread *thread)
{
    return &thread->slot;
}

TEST(alone_it_is_first_come_first_served)
{
    for (unsigned i = 0; i < THREADS; i++)
        run_queue_put(&queues[0], &threads[i]);
    for (unsigned i = 0; i < THREADS; i++)
        check(run_queues_pick(queues, 1, 0) == &threads[i]);
    check(!run_queues_pick(queues, 1, 0));
    run_queue_put(&queues[0], &threads[3]);
    check(run_queues_pick(queues, CPUS, 2) == &threads[3]);
}

/* Each thread takes its turns, on any vCPU, and is put back by that. */
static void *be_cpu(void *argument)
{
    unsigned cpu = (unsigned)(uintptr_t)argument;

    while (__atomic_load_n(&ended, __ATOMIC_RELAXED) < THREADS) {
        struct thread *thread = run_queues_pick(queues, CPUS, cpu);

        if (!thread) {
            sched_yield();
            continue;
        }
        unsigned number = (unsigned)(thread - threads);

        check_equal(__atomic_fetch_add(&running[number], 1, __ATOMIC_RELAXED), 0);
        /* No atomic: the queues order what one vCPU did before what the next does. */
        bool goes_on = ++turns[number] < TURNS;

        __atomic_fetch_sub(&running[number], 1, __ATOMIC_RELAXED);
        if (goes_on)
            run_queue_put(&queues[cpu], thread);
        else
            __atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

TEST(none_is_lost_and_none_runs_twice_at_a_time)
{
    pthread_t cpus[CPUS];

    for (unsigned i = 0; i < THREADS; i++)
        run_queue_put(&queues[0], &threads[i]);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        check_equal(pthread_create(&cpus[cpu], NULL, be_cpu, (void *)(uintptr_t)cpu), 0);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        pthread_join(cpus[cpu], NULL);
    for (unsigned i = 0; i < THREADS; i++)
        check_equal(turns[i], TURNS);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        check(!queues[cpu].first);
}
