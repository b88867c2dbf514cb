/*
 * What threads cost: yielding, switching, locks, waiting for each other, beginning and ending, sleeping. The same source
 * for a domain and for Linux. One line a figure, "NAME VALUE UNIT", of one operation: a lock and its unlock, a message
 * there and back, a thread's whole life. In virtual time (an instruction is 2 ns) a figure repeats; anywhere else it is
 * what the machine makes of it.
 *
 *   cc -O2 -I. -pthread -D_GNU_SOURCE bench/guest/threads.c -o threads && taskset -c 0 ./threads [ROUNDS]
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench/guest/measure.h"

#define ROUNDS 20000

#define REPETITIONS 5

static int rounds = ROUNDS;

static void report(const char *name, double microseconds)
{
    printf("%s %.4f us\n", name, microseconds);
}

/* The shortest of some repetitions: what else went on in the machine is not in it. */
#define MEASURE_ALL(name, operations, body)                                         \
    do {                                                                            \
        double best_ = 1e30;                                                        \
                                                                                    \
        for (int repetition_ = 0; repetition_ < REPETITIONS; repetition_++) {       \
            double start_ = now_us();                                               \
                                                                                    \
            body;                                                                   \
            double taken_ = now_us() - start_;                                      \
                                                                                    \
            best_ = taken_ < best_ ? taken_ : best_;                                \
        }                                                                           \
        report(name, best_ / (operations));                                         \
    } while (0)

#define MEASURE(name, body)                                                         \
    MEASURE_ALL(name, rounds, for (int round_ = 0; round_ < rounds; round_++) { body; })

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void locks(void)
{
    pthread_mutex_t recursive;
    pthread_mutexattr_t attributes;
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
    pthread_spinlock_t spin;
    pthread_key_t key;
    sem_t semaphore;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &attributes);
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_key_create(&key, NULL);
    sem_init(&semaphore, 0, 0);
    MEASURE("empty-loop", __asm__ volatile(""));
    MEASURE("mutex", pthread_mutex_lock(&mutex); pthread_mutex_unlock(&mutex));
    MEASURE("recursive-mutex", pthread_mutex_lock(&recursive); pthread_mutex_unlock(&recursive));
    MEASURE("spin-lock", pthread_spin_lock(&spin); pthread_spin_unlock(&spin));
    MEASURE("read-lock", pthread_rwlock_rdlock(&rwlock); pthread_rwlock_unlock(&rwlock));
    MEASURE("write-lock", pthread_rwlock_wrlock(&rwlock); pthread_rwlock_unlock(&rwlock));
    MEASURE("semaphore", sem_post(&semaphore); sem_wait(&semaphore));
    MEASURE("set-and-get-specific", pthread_setspecific(key, &key); (void)pthread_getspecific(key));
}

/* --- two threads --- */

static volatile int stop;

static void *yield_until_stopped(void *unused)
{
    while (!stop)
        sched_yield();
    return unused;
}

static void yield_often(void)
{
    for (int i = 0; i < rounds; i++)
        sched_yield();
}

/* Each yield of ours is two switches: to the other thread and back. */
static void yields(void)
{
    pthread_t thread;

    MEASURE("yield-alone", sched_yield());
    pthread_create(&thread, NULL, yield_until_stopped, NULL);
    MEASURE_ALL("switch", 2 * rounds, yield_often());
    stop = 1;
    pthread_join(thread, NULL);
}

static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void take_turns(int mine)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < rounds; i++) {
        while (turn != mine)
            pthread_cond_wait(&changed, &mutex);
        turn = !mine;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&mutex);
}

static void *take_other_turns(void *unused)
{
    take_turns(1);
    return unused;
}

static void ping_pong_by_condition(void)
{
    pthread_t thread;

    turn = 0;
    pthread_create(&thread, NULL, take_other_turns, NULL);
    take_turns(0);
    pthread_join(thread, NULL);
}

static sem_t ping, pong;

static void *answer(void *unused)
{
    for (int i = 0; i < rounds; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return unused;
}

static void ping_pong_by_semaphore(void)
{
    pthread_t thread;

    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_create(&thread, NULL, answer, NULL);
    for (int i = 0; i < rounds; i++) {
        sem_post(&ping);
        sem_wait(&pong);
    }
    pthread_join(thread, NULL);
}

static void meetings(void)
{
    MEASURE_ALL("condition-ping-pong", rounds, ping_pong_by_condition());
    MEASURE_ALL("semaphore-ping-pong", rounds, ping_pong_by_semaphore());
}

static void *nothing(void *unused)
{
    return unused;
}

static void lives(void)
{
    pthread_t thread;

    MEASURE("create-and-join", pthread_create(&thread, NULL, nothing, NULL); pthread_join(thread, NULL));
}

/* --- time --- */

static int by_size(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;

    return (a > b) - (a < b);
}

static void sleeps(void)
{
    enum { SLEEPS = 200 };
    static double late[SLEEPS];
    struct timespec millisecond = { 0, 1000000 };

    for (int i = 0; i < SLEEPS; i++) {
        double start = now_us();

        nanosleep(&millisecond, NULL);
        late[i] = now_us() - start - 1000;
    }
    qsort(late, SLEEPS, sizeof *late, by_size);
    report("sleep-1ms-late-p50", late[SLEEPS / 2]);
    report("sleep-1ms-late-p99", late[SLEEPS * 99 / 100]);
}

int main(int count, char **arguments)
{
    if (count > 1)
        rounds = atoi(arguments[1]);
    MEASURE("clock_gettime", struct timespec time; clock_gettime(CLOCK_MONOTONIC, &time));
    locks();
    yields();
    meetings();
    lives();
    sleeps();
    return 0;
}
