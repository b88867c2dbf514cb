/*
 * What the processor does besides the program's work, and what the order of threads costs. Noise: 10,000 quanta of the same
 * work, some 100 µs each in virtual time, timed one by one; without a disturbance all would take as long as the shortest.
 * The same source for a domain and for Linux; policies (lwd/sched.h) are a domain's alone. One line a figure, "NAME VALUE
 * UNIT".
 *
 *   cc -O2 -pthread -D_GNU_SOURCE sched.c -o sched && taskset -c 0 ./sched [ROUNDS]
 */
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef __lwd__
#include <lwd/sched.h>
#include <lwd/trace.h>
#endif

#define QUANTA 10000
#define QUANTUM_ROUNDS 25000
#define DISTURBED 1.01

#define ROUNDS 5000
#define REPETITIONS 5
#define CROWD 64

static int rounds = ROUNDS;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* --- noise --- */

static void work(void)
{
    long left = QUANTUM_ROUNDS;

    __asm__ volatile("1: dec %0; jnz 1b" : "+r"(left));
}

static void noise(void)
{
    static uint64_t taken[QUANTA];
    uint64_t least = UINT64_MAX, most = 0, sum = 0;
    unsigned disturbed = 0;

    /* The array's pages come into being before. */
    for (int i = 0; i < QUANTA; i++)
        taken[i] = 1;
    uint64_t before = now_ns();

    for (int i = 0; i < QUANTA; i++) {
        work();
        uint64_t now = now_ns();

        taken[i] = now - before;
        before = now;
    }
    for (int i = 0; i < QUANTA; i++) {
        least = taken[i] < least ? taken[i] : least;
        most = taken[i] > most ? taken[i] : most;
        sum += taken[i];
    }
    for (int i = 0; i < QUANTA; i++)
        disturbed += (double)taken[i] > DISTURBED * (double)least;
    printf("quantum %.3f us\n", (double)least / 1e3);
    printf("noise-mean-over-least %.4f %%\n", ((double)sum / QUANTA / (double)least - 1) * 100);
    printf("noise-disturbed %.4f %%\n", (double)disturbed * 100 / QUANTA);
    printf("noise-longest-over-least %.4f %%\n", ((double)most / (double)least - 1) * 100);
}

/* --- switching --- */

static volatile int stop;

static void *yield_until_stopped(void *unused)
{
    while (!stop)
        sched_yield();
    return unused;
}

/* Nanoseconds from one thread to the next, while so many yield to each other; the shortest of some repetitions. */
static double switch_among(int threads)
{
    pthread_t others[CROWD];
    pthread_attr_t small;
    double best = 1e30;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    stop = 0;
    for (int i = 1; i < threads; i++)
        pthread_create(&others[i], &small, yield_until_stopped, NULL);
    sched_yield();
    for (int repetition = 0; repetition < REPETITIONS; repetition++) {
        uint64_t start = now_ns();

        for (int i = 0; i < rounds; i++)
            sched_yield();
        double taken = (double)(now_ns() - start) / rounds / threads;

        best = taken < best ? taken : best;
    }
    stop = 1;
    for (int i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    return best;
}

static void report_switches(const char *policy)
{
    printf("switch-%s %.4f us\n", policy, switch_among(2) / 1e3);
    printf("switch-%s-of-%d %.4f us\n", policy, CROWD, switch_among(CROWD) / 1e3);
}

#ifdef __lwd__
/* An application's own: the last that became ready is the last to run, by a list through the slots. */
static struct thread *first, **end = &first;

static void own_enqueue(struct thread *thread)
{
    struct lwd_sched_slot *slot = lwd_sched_slot(thread);

    slot->next = NULL;
    *end = thread;
    end = &slot->next;
}

static struct thread *own_pick(void)
{
    struct thread *thread = first;

    if (thread) {
        struct lwd_sched_slot *slot = lwd_sched_slot(thread);

        first = slot->next;
        if (!first)
            end = &first;
    }
    return thread;
}

static const struct lwd_sched_policy own = { .name = "own", .enqueue = own_enqueue, .pick = own_pick };

static void policies(void)
{
    const struct lwd_sched_policy *const all[] = { &lwd_sched_ranked, &lwd_sched_stealing, &own };

    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        lwd_sched_use(all[i]);
        report_switches(all[i]->name);
    }
    lwd_sched_use(&lwd_sched_fifo);
    lwd_trace_start(512);
    report_switches("traced");
}
#else
static void policies(void)
{
}
#endif

int main(int count, char **arguments)
{
    if (count > 1)
        rounds = atoi(arguments[1]);
    noise();
    report_switches("default");
    policies();
    return 0;
}
