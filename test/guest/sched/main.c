/*
 * lwd/sched.h: the policies that are offered, one of the application's own, and the idle hook.
 */
#include <lwd/sched.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

#define THREADS 6

static char order[64];
static size_t length;

/* Notes its letter; once more each time that it runs again. */
static void *note(void *letter)
{
    order[length++] = *(const char *)letter;
    order[length] = 0;
    return NULL;
}

static const char *const letters[THREADS] = { "a", "b", "c", "d", "e", "f" };

/* Makes them all ready before any runs: making a thread does not run it. */
static void make(pthread_t *threads)
{
    length = 0;
    order[0] = 0;
    for (int i = 0; i < THREADS; i++)
        check_equal(pthread_create(&threads[i], NULL, note, (void *)letters[i]), 0);
}

static void join(const pthread_t *threads)
{
    for (int i = 0; i < THREADS; i++)
        check_equal(pthread_join(threads[i], NULL), 0);
}

TEST(the_default_is_first_come_first_served)
{
    pthread_t threads[THREADS];

    make(threads);
    join(threads);
    check_text(order, "abcdef");
}

/* Ranks count from the next time that a thread becomes ready: so they are given before the change of policy. */
TEST(ready_threads_change_over)
{
    static const int priorities[THREADS] = { 1, 5, -3, 5, 9, 0 };
    pthread_t threads[THREADS];

    make(threads);
    for (int i = 0; i < THREADS; i++)
        lwd_sched_set_priority(lwd_sched_thread(threads[i]), priorities[i]);
    check(lwd_sched_use(&lwd_sched_ranked) == &lwd_sched_fifo);
    join(threads);
    check(lwd_sched_use(&lwd_sched_fifo) == &lwd_sched_ranked);
    check_text(order, "ebdafc");
}

TEST(the_earliest_deadline_is_first)
{
    static const uint64_t deadlines[THREADS] = { 500, 100, 400, 100, 300, 200 };
    pthread_t threads[THREADS];

    make(threads);
    for (int i = 0; i < THREADS; i++)
        lwd_sched_set_deadline(lwd_sched_thread(threads[i]), deadlines[i]);
    lwd_sched_use(&lwd_sched_ranked);
    join(threads);
    lwd_sched_use(&lwd_sched_fifo);
    check_text(order, "bdfeca");
}

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static uint64_t last_rank;
static unsigned ran, disordered;

static void *check_rank(void *unused)
{
    uint64_t rank = lwd_sched_slot(lwd_sched_self())->rank;

    disordered += rank < last_rank;
    last_rank = rank;
    ran++;
    return unused;
}

TEST(many_threads_run_by_rank)
{
    enum { MANY = 100 };
    static pthread_t threads[MANY];
    pthread_attr_t small;

    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    for (int i = 0; i < MANY; i++) {
        check_equal(pthread_create(&threads[i], &small, check_rank, NULL), 0);
        lwd_sched_slot(lwd_sched_thread(threads[i]))->rank = 1 + next_random() % 50;
    }
    lwd_sched_use(&lwd_sched_ranked);
    for (int i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    lwd_sched_use(&lwd_sched_fifo);
    check_equal(ran, MANY);
    check_equal(disordered, 0);
}

/* --- a policy of the application's own: last come, first served --- */

static struct thread *stack;
static unsigned enqueued, picked;

static void push(struct thread *thread)
{
    lwd_sched_slot(thread)->next = stack;
    stack = thread;
    enqueued++;
}

static struct thread *pop(void)
{
    struct thread *thread = stack;

    if (thread) {
        stack = lwd_sched_slot(thread)->next;
        picked++;
    }
    return thread;
}

static const struct lwd_sched_policy last_come = { .name = "last come, first served", .enqueue = push, .pick = pop };

TEST(an_application_brings_its_own)
{
    pthread_t threads[THREADS];

    lwd_sched_use(&last_come);
    make(threads);
    join(threads);
    /* Blocking calls, time and events work under it as under any. */
    struct timespec while_ = { .tv_nsec = 2000000 };

    check_equal(nanosleep(&while_, NULL), 0);
    check(lwd_sched_use(&lwd_sched_fifo) == &last_come);
    check_text(order, "fedcba");
    check(enqueued >= THREADS);
    check_equal(enqueued, picked);
}

/* --- the idle hook --- */

static unsigned idled;

static bool count_and_poll(void)
{
    return ++idled < 1000;
}

static bool count_and_sleep(void)
{
    idled++;
    return false;
}

TEST(the_idle_hook_can_poll_or_let_sleep)
{
    struct timespec while_ = { .tv_nsec = 5000000 };

    lwd_sched_set_idle(count_and_sleep);
    check_equal(nanosleep(&while_, NULL), 0);
    unsigned slept = idled;

    check(slept >= 1 && slept < 1000);
    idled = 0;
    lwd_sched_set_idle(count_and_poll);
    while_.tv_nsec = 300000000;
    check_equal(nanosleep(&while_, NULL), 0);
    check(idled >= 1000);
    lwd_sched_set_idle(NULL);
}

int main(void)
{
    return test_run_all();
}
