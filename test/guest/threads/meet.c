/*
 * Where threads meet: conditions, semaphores, read-write locks, barriers.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "expect.h"

/* --- conditions --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int tickets, waiting, woken;

static void *wait_for_ticket(void *unused)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    while (tickets == 0)
        expect_equal(pthread_cond_wait(&changed, &mutex), 0);
    tickets--;
    woken++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void start_waiters(pthread_t *threads, int count)
{
    waiting = woken = tickets = 0;
    for (int i = 0; i < count; i++)
        pthread_create(&threads[i], NULL, wait_for_ticket, NULL);
    for (int so_far = 0; so_far < count; sched_yield()) {
        pthread_mutex_lock(&mutex);
        so_far = waiting;
        pthread_mutex_unlock(&mutex);
    }
}

static int look(const int *value)
{
    pthread_mutex_lock(&mutex);
    int seen = *value;

    pthread_mutex_unlock(&mutex);
    return seen;
}

TEST(a_signal_wakes_one)
{
    pthread_t threads[4];

    start_waiters(threads, 4);
    for (int i = 1; i <= 4; i++) {
        pthread_mutex_lock(&mutex);
        tickets++;
        pthread_mutex_unlock(&mutex);
        expect_equal(pthread_cond_signal(&changed), 0);
        while (look(&woken) < i)
            sched_yield();
        expect_equal(look(&woken), i);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

TEST(a_broadcast_wakes_all)
{
    pthread_t threads[4];

    start_waiters(threads, 4);
    pthread_mutex_lock(&mutex);
    tickets = 4;
    expect_equal(pthread_cond_broadcast(&changed), 0);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    expect_equal(woken, 4);
    expect_equal(pthread_cond_destroy(&changed), 0);
}

TEST(a_signal_to_nobody_is_lost)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec time = after(CLOCK_REALTIME, 5);

    pthread_cond_signal(&condition);
    pthread_cond_broadcast(&condition);
    pthread_mutex_lock(&mutex);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &time), ETIMEDOUT);
    expect(has_come(CLOCK_REALTIME, &time));
    expect_equal(pthread_mutex_trylock(&mutex), EBUSY);
    pthread_mutex_unlock(&mutex);
}

static void *signal_soon(void *condition)
{
    pause_ms(3);
    pthread_mutex_lock(&mutex);
    pthread_cond_signal(condition);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

TEST(conditions_keep_the_clock_they_were_given)
{
    pthread_condattr_t attributes;
    pthread_cond_t condition;
    clockid_t clock = 99;
    struct timespec time, bad = { 0, -1 }, past = { 0, 0 }, never = { INT64_MAX, 0 };
    pthread_t thread;

    pthread_condattr_init(&attributes);
    expect_equal(pthread_condattr_getclock(&attributes, &clock), 0);
    expect_equal(clock, CLOCK_REALTIME);
    expect_equal(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
    expect_equal(pthread_condattr_setclock(&attributes, CLOCK_PROCESS_CPUTIME_ID), EINVAL);
    expect_equal(pthread_cond_init(&condition, &attributes), 0);
    time = after(CLOCK_MONOTONIC, 5);
    pthread_mutex_lock(&mutex);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &time), ETIMEDOUT);
    expect(has_come(CLOCK_MONOTONIC, &time));
    time = after(CLOCK_REALTIME, 5);
    expect_equal(pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &time), ETIMEDOUT);
    expect(has_come(CLOCK_REALTIME, &time));
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &bad), EINVAL);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &past), ETIMEDOUT);
    pthread_create(&thread, NULL, signal_soon, &condition);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &never), 0);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    pthread_cond_destroy(&condition);
    pthread_condattr_destroy(&attributes);
}

TEST(a_time_before_all_times_is_over_for_a_thread_alone_and_beside_others)
{
    pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
    struct timespec past = { 0, 0 };
    pthread_t thread;

    pthread_mutex_lock(&mutex);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &past), ETIMEDOUT);
    pthread_create(&thread, NULL, signal_soon, &condition);
    expect_equal(pthread_cond_timedwait(&condition, &mutex, &past), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    /* And the times that others wait for come as ever. */
    pause_ms(1);
    pthread_join(thread, NULL);
}

/* Producers and consumers over a small ring: nothing lost, nothing twice. */
enum { RING = 4, PRODUCERS = 3, CONSUMERS = 2, ITEMS = 2000 };
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static int ring[RING], filled, next_in, next_out;
static char seen[PRODUCERS * ITEMS];

static void *produce(void *argument)
{
    for (int i = 0; i < ITEMS; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == RING)
            pthread_cond_wait(&not_full, &mutex);
        ring[next_in++ % RING] = (int)(intptr_t)argument * ITEMS + i;
        filled++;
        pthread_cond_signal(&not_empty);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

static void *consume(void *argument)
{
    for (int i = 0; i < (int)(intptr_t)argument; i++) {
        pthread_mutex_lock(&mutex);
        while (filled == 0)
            pthread_cond_wait(&not_empty, &mutex);
        seen[ring[next_out++ % RING]]++;
        filled--;
        pthread_cond_signal(&not_full);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}

TEST(producers_and_consumers)
{
    pthread_t threads[PRODUCERS + CONSUMERS];
    int once = 0;

    for (intptr_t i = 0; i < PRODUCERS; i++)
        pthread_create(&threads[i], NULL, produce, (void *)i);
    for (int i = 0; i < CONSUMERS; i++)
        pthread_create(&threads[PRODUCERS + i], NULL, consume, (void *)(intptr_t)(PRODUCERS * ITEMS / CONSUMERS));
    for (int i = 0; i < PRODUCERS + CONSUMERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < PRODUCERS * ITEMS; i++)
        once += seen[i] == 1;
    expect_equal(once, PRODUCERS * ITEMS);
}

/* --- semaphores --- */

TEST(semaphores_count)
{
    struct timespec time = after(CLOCK_REALTIME, 5), monotonic = after(CLOCK_MONOTONIC, 5), bad = { 0, 1000000000 };
    sem_t semaphore;
    int value = -1;

    expect_equal(sem_init(&semaphore, 0, 2), 0);
    expect_equal(sem_wait(&semaphore), 0);
    expect_equal(sem_trywait(&semaphore), 0);
    check_refused(sem_trywait(&semaphore), EAGAIN);
    check_refused(sem_timedwait(&semaphore, &time), ETIMEDOUT);
    expect(has_come(CLOCK_REALTIME, &time));
    check_refused(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &monotonic), ETIMEDOUT);
    expect(has_come(CLOCK_MONOTONIC, &monotonic));
    check_refused(sem_timedwait(&semaphore, &bad), EINVAL);
    expect_equal(sem_getvalue(&semaphore, &value), 0);
    expect_equal(value, 0);
    expect_equal(sem_post(&semaphore), 0);
    expect_equal(sem_post(&semaphore), 0);
    sem_getvalue(&semaphore, &value);
    expect_equal(value, 2);
    expect_equal(sem_timedwait(&semaphore, &time), 0);
    expect_equal(sem_destroy(&semaphore), 0);
    expect_equal(sem_init(&semaphore, 0, SEM_VALUE_MAX), 0);
    check_refused(sem_post(&semaphore), EOVERFLOW);
    check_refused(sem_init(&semaphore, 0, (unsigned)SEM_VALUE_MAX + 1), EINVAL);
}

static sem_t ping, pong;

static void *answer(void *rounds)
{
    for (intptr_t i = 0; i < (intptr_t)rounds; i++) {
        sem_wait(&ping);
        sem_post(&pong);
    }
    return NULL;
}

TEST(semaphores_ping_pong)
{
    pthread_t thread;

    sem_init(&ping, 0, 0);
    sem_init(&pong, 0, 0);
    pthread_create(&thread, NULL, answer, (void *)1000);
    for (int i = 0; i < 1000; i++) {
        sem_post(&ping);
        expect_equal(sem_wait(&pong), 0);
    }
    pthread_join(thread, NULL);
}

/* --- read-write locks --- */

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static intptr_t in_thread(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, &result);
    return (intptr_t)result;
}

static void *try_read(void *unused)
{
    int result = pthread_rwlock_tryrdlock(&lock);

    (void)unused;
    if (result == 0)
        pthread_rwlock_unlock(&lock);
    return (void *)(intptr_t)result;
}

static void *try_write(void *unused)
{
    int result = pthread_rwlock_trywrlock(&lock);

    (void)unused;
    if (result == 0)
        pthread_rwlock_unlock(&lock);
    return (void *)(intptr_t)result;
}

static void *write_in_5_ms(void *unused)
{
    struct timespec time = after(CLOCK_REALTIME, 5), monotonic;
    int result = pthread_rwlock_timedwrlock(&lock, &time);

    (void)unused;
    if (result == ETIMEDOUT)
        expect(has_come(CLOCK_REALTIME, &time));
    monotonic = after(CLOCK_MONOTONIC, 5);
    expect_equal(pthread_rwlock_clockwrlock(&lock, CLOCK_MONOTONIC, &monotonic), result);
    return (void *)(intptr_t)result;
}

static void *read_in_5_ms(void *unused)
{
    struct timespec time = after(CLOCK_REALTIME, 5), monotonic;
    int result = pthread_rwlock_timedrdlock(&lock, &time);

    (void)unused;
    monotonic = after(CLOCK_MONOTONIC, 5);
    expect_equal(pthread_rwlock_clockrdlock(&lock, CLOCK_MONOTONIC, &monotonic), result);
    return (void *)(intptr_t)result;
}

TEST(readers_share_and_writers_do_not)
{
    expect_equal(pthread_rwlock_rdlock(&lock), 0);
    expect_equal(in_thread(try_read, NULL), 0);
    expect_equal(in_thread(try_write, NULL), EBUSY);
    expect_equal(in_thread(write_in_5_ms, NULL), ETIMEDOUT);
    expect_equal(in_thread(try_read, NULL), 0);
    expect_equal(pthread_rwlock_rdlock(&lock), 0);
    pthread_rwlock_unlock(&lock);
    expect_equal(in_thread(try_write, NULL), EBUSY);
    expect_equal(pthread_rwlock_unlock(&lock), 0);
    expect_equal(pthread_rwlock_wrlock(&lock), 0);
    expect_equal(in_thread(try_read, NULL), EBUSY);
    expect_equal(in_thread(try_write, NULL), EBUSY);
    expect_equal(in_thread(read_in_5_ms, NULL), ETIMEDOUT);
    expect_equal(pthread_rwlock_wrlock(&lock), EDEADLK);
    expect_equal(pthread_rwlock_rdlock(&lock), EDEADLK);
    pthread_rwlock_unlock(&lock);
    expect_equal(in_thread(try_write, NULL), 0);
    expect_equal(pthread_rwlock_destroy(&lock), 0);
}

static int readers_inside, writers_inside, most_readers;

static void *read_often(void *unused)
{
    for (int i = 0; i < 200; i++) {
        pthread_rwlock_rdlock(&lock);
        int readers = __atomic_add_fetch(&readers_inside, 1, __ATOMIC_SEQ_CST);

        expect_equal(__atomic_load_n(&writers_inside, __ATOMIC_SEQ_CST), 0);
        sched_yield();
        if (readers > most_readers)
            most_readers = readers;
        __atomic_sub_fetch(&readers_inside, 1, __ATOMIC_SEQ_CST);
        pthread_rwlock_unlock(&lock);
        sched_yield();
    }
    return unused;
}

static void *write_often(void *unused)
{
    for (int i = 0; i < 100; i++) {
        pthread_rwlock_wrlock(&lock);
        expect_equal(__atomic_add_fetch(&writers_inside, 1, __ATOMIC_SEQ_CST), 1);
        expect_equal(__atomic_load_n(&readers_inside, __ATOMIC_SEQ_CST), 0);
        sched_yield();
        __atomic_sub_fetch(&writers_inside, 1, __ATOMIC_SEQ_CST);
        pthread_rwlock_unlock(&lock);
        if (i % 10 == 0)
            pause_ms(1);
    }
    return unused;
}

TEST(readers_and_writers_take_turns)
{
    pthread_t threads[6];

    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, i < 4 ? read_often : write_often, NULL);
    for (int i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
#ifndef __linux__ /* where it is a matter of luck */
    expect(most_readers > 1);
#endif
}

static void *wait_to_write(void *unused)
{
    expect_equal(pthread_rwlock_wrlock(&lock), 0);
    pthread_rwlock_unlock(&lock);
    return unused;
}

static void *wait_to_read(void *unused)
{
    expect_equal(pthread_rwlock_rdlock(&lock), 0);
    pthread_rwlock_unlock(&lock);
    return unused;
}

/* The reader behind it waits for nothing but the writer. */
TEST(a_writer_that_gives_up_lets_readers_in)
{
    pthread_t writer, reader;

    pthread_rwlock_rdlock(&lock);
    pthread_create(&writer, NULL, write_in_5_ms, NULL);
    sched_yield();
    pthread_create(&reader, NULL, wait_to_read, NULL);
    pthread_join(reader, NULL);
    pthread_join(writer, NULL);
    expect_equal(in_thread(try_read, NULL), 0);
    pthread_create(&writer, NULL, wait_to_write, NULL);
    pause_ms(2);
    pthread_rwlock_unlock(&lock);
    pthread_join(writer, NULL);
}

/* --- barriers --- */

enum { PARTIES = 5, PHASES = 40 };
static pthread_barrier_t barrier;
static int arrived[PHASES], serials;

static void *go_through_phases(void *unused)
{
    for (int phase = 0; phase < PHASES; phase++) {
        __atomic_add_fetch(&arrived[phase], 1, __ATOMIC_SEQ_CST);
        if (phase % 7 == 0)
            sched_yield();
        int result = pthread_barrier_wait(&barrier);

        expect(result == 0 || result == PTHREAD_BARRIER_SERIAL_THREAD);
        if (result)
            __atomic_add_fetch(&serials, 1, __ATOMIC_SEQ_CST);
        expect_equal(__atomic_load_n(&arrived[phase], __ATOMIC_SEQ_CST), PARTIES);
    }
    return unused;
}

TEST(barriers_hold_until_all_are_there)
{
    pthread_t threads[PARTIES];

    expect_equal(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
    expect_equal(pthread_barrier_init(&barrier, NULL, PARTIES), 0);
    for (int i = 0; i < PARTIES; i++)
        pthread_create(&threads[i], NULL, go_through_phases, NULL);
    for (int i = 0; i < PARTIES; i++)
        pthread_join(threads[i], NULL);
    expect_equal(serials, PHASES);
    expect_equal(pthread_barrier_destroy(&barrier), 0);
}
