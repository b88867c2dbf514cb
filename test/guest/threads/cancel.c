/*
 * Cancellation: where it acts, where it does not, and what is left in order.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <unistd.h>

#include "expect.h"

static int cleaned;
static bool reached;

static void clean(void *value)
{
    cleaned = cleaned * 10 + (int)(intptr_t)value;
}

/* Starts a thread, lets it come to where it waits, and cancels it. */
static void *cancel_in(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;

    cleaned = 0;
    reached = false;
    pthread_create(&thread, NULL, function, argument);
    pause_ms(5);
    expect_equal(pthread_cancel(thread), 0);
    pthread_join(thread, &result);
    return result;
}

static void *sleep_for_ever(void *unused)
{
    pthread_cleanup_push(clean, (void *)1);
    pthread_cleanup_push(clean, (void *)2);
    for (;;)
        pause_ms(10000);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

TEST(sleep_is_a_cancellation_point)
{
    expect(cancel_in(sleep_for_ever, NULL) == PTHREAD_CANCELED);
    expect_equal(cleaned, 21);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void unlock(void *mutex)
{
    expect_equal(pthread_mutex_trylock(mutex), EBUSY);
    expect_equal(pthread_mutex_unlock(mutex), 0);
    cleaned = 7;
}

static void *wait_for_condition(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    for (;;)
        pthread_cond_wait(&condition, &mutex);
    pthread_cleanup_pop(1);
    return unused;
}

TEST(a_cancelled_wait_for_a_condition_has_the_mutex)
{
    expect(cancel_in(wait_for_condition, NULL) == PTHREAD_CANCELED);
    expect_equal(cleaned, 7);
    expect_equal(pthread_mutex_trylock(&mutex), 0);
    pthread_mutex_unlock(&mutex);
    expect_equal(pthread_cond_destroy(&condition), 0);
}

static void *wait_for_semaphore(void *semaphore)
{
    sem_wait(semaphore);
    reached = true;
    return NULL;
}

TEST(a_cancelled_wait_takes_nothing_from_a_semaphore)
{
    sem_t semaphore;
    int value;

    sem_init(&semaphore, 0, 0);
    expect(cancel_in(wait_for_semaphore, &semaphore) == PTHREAD_CANCELED);
    expect(!reached);
    sem_post(&semaphore);
    sem_getvalue(&semaphore, &value);
    expect_equal(value, 1);
}

static void *join_another(void *other)
{
    pthread_join(*(pthread_t *)other, NULL);
    reached = true;
    return NULL;
}

TEST(a_cancelled_join_leaves_the_other_to_join)
{
    pthread_t other;
    void *result;
    sem_t semaphore;

    sem_init(&semaphore, 0, 0);
    pthread_create(&other, NULL, wait_for_semaphore, &semaphore);
    expect(cancel_in(join_another, &other) == PTHREAD_CANCELED);
    expect(!reached);
    sem_post(&semaphore);
    expect_equal(pthread_join(other, &result), 0);
    expect(result == NULL);
}

static void *read_pipe(void *descriptor)
{
    char byte;

    expect_equal(read(*(int *)descriptor, &byte, 1), 1);
    reached = true;
    return NULL;
}

static void *poll_pipe(void *descriptor)
{
    struct pollfd request = { .fd = *(int *)descriptor, .events = POLLIN };

    poll(&request, 1, -1);
    reached = true;
    return NULL;
}

TEST(reads_that_block_are_cancellation_points)
{
    int ends[2];

    expect_equal(pipe(ends), 0);
    expect(cancel_in(read_pipe, &ends[0]) == PTHREAD_CANCELED);
    expect(cancel_in(poll_pipe, &ends[0]) == PTHREAD_CANCELED);
#ifndef __linux__ /* where there may be input, or an end of it */
    expect(cancel_in(read_pipe, &(int){ STDIN_FILENO }) == PTHREAD_CANCELED);
#endif
    expect(!reached);
    close(ends[0]);
    close(ends[1]);
}

static void *disable_and_sleep(void *unused)
{
    int old = -1;

    (void)unused;
    expect_equal(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old), 0);
    expect_equal(old, PTHREAD_CANCEL_ENABLE);
    pause_ms(20);
    pthread_testcancel();
    reached = true;
    expect_equal(pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old), 0);
    expect_equal(old, PTHREAD_CANCEL_DISABLE);
    pthread_testcancel();
    expect(!"reached after the cancellation point");
    return NULL;
}

TEST(a_request_waits_while_disabled)
{
    expect(cancel_in(disable_and_sleep, NULL) == PTHREAD_CANCELED);
    expect(reached);
}

static void *compute(void *unused)
{
    int old;

    (void)unused;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pause_ms(20);
    return "done";
}

TEST(who_comes_to_no_point_ends_by_itself)
{
    expect(strcmp(cancel_in(compute, NULL), "done") == 0);
}

static void *wait_for_mutex(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
    reached = true;
    return NULL;
}

TEST(waiting_for_a_mutex_is_no_point)
{
    pthread_t thread;
    void *result;

    reached = false;
    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, wait_for_mutex, NULL);
    pause_ms(5);
    pthread_cancel(thread);
    pause_ms(5);
    expect(!reached);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, &result);
    expect(reached);
    expect(result == NULL);
}

static void *yield_for_ever(void *unused)
{
    int old = -1;

    expect_equal(pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old), 0);
    expect_equal(old, PTHREAD_CANCEL_DEFERRED);
    for (;;)
        sched_yield();
    return unused;
}

TEST(asynchronous_cancellation_needs_no_point)
{
    expect(cancel_in(yield_for_ever, NULL) == PTHREAD_CANCELED);
}

static void *cancel_myself(void *unused)
{
    pthread_cleanup_push(clean, (void *)3);
    pthread_cancel(pthread_self());
    pthread_testcancel();
    pthread_cleanup_pop(0);
    return unused;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_begun;

static void be_cancelled_once(void)
{
    if (once_begun++ == 0)
        pause_ms(10000);
}

static void *come_to_once(void *unused)
{
    pthread_once(&once, be_cancelled_once);
    return unused;
}

TEST(a_cancelled_once_is_run_by_the_next)
{
    expect(cancel_in(come_to_once, NULL) == PTHREAD_CANCELED);
    expect_equal(pthread_once(&once, be_cancelled_once), 0);
    expect_equal(once_begun, 2);
}

TEST(cleanups_run_in_reverse_and_only_if_wanted)
{
    pthread_t thread;
    void *result;

    cleaned = 0;
    pthread_cleanup_push(clean, (void *)1);
    pthread_cleanup_push(clean, (void *)2);
    pthread_cleanup_pop(1);
    pthread_cleanup_pop(0);
    expect_equal(cleaned, 2);
    cleaned = 0;
    pthread_create(&thread, NULL, cancel_myself, NULL);
    pthread_join(thread, &result);
    expect(result == PTHREAD_CANCELED);
    expect_equal(cleaned, 3);
    expect_equal(pthread_setcancelstate(99, NULL), EINVAL);
    expect_equal(pthread_setcanceltype(99, NULL), EINVAL);
}
