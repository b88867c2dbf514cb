/*
 * Mutexes of every kind, and spin locks.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "expect.h"

static pthread_mutex_t mutex_of_type(int type)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t mutex;
    int seen = -1;

    pthread_mutexattr_init(&attributes);
    expect_equal(pthread_mutexattr_settype(&attributes, type), 0);
    expect_equal(pthread_mutexattr_gettype(&attributes, &seen), 0);
    expect_equal(seen, type);
    expect_equal(pthread_mutex_init(&mutex, &attributes), 0);
    pthread_mutexattr_destroy(&attributes);
    return mutex;
}

/* Runs a function in a thread of its own and gives its result. */
static intptr_t elsewhere(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, function, argument);
    pthread_join(thread, &result);
    return (intptr_t)result;
}

static void *try_lock(void *mutex)
{
    int result = pthread_mutex_trylock(mutex);

    if (result == 0)
        pthread_mutex_unlock(mutex);
    return (void *)(intptr_t)result;
}

static void *unlock(void *mutex)
{
    return (void *)(intptr_t)pthread_mutex_unlock(mutex);
}

static void *try_for_5_ms(void *mutex)
{
    struct timespec time = after(CLOCK_REALTIME, 5);
    int result = pthread_mutex_timedlock(mutex, &time);

    if (result == ETIMEDOUT)
        expect(has_come(CLOCK_REALTIME, &time));
    return (void *)(intptr_t)result;
}

static void *try_for_5_ms_monotonic(void *mutex)
{
    struct timespec time = after(CLOCK_MONOTONIC, 5);
    int result = pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &time);

    if (result == ETIMEDOUT)
        expect(has_come(CLOCK_MONOTONIC, &time));
    return (void *)(intptr_t)result;
}

TEST(a_mutex_excludes)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    expect_equal(pthread_mutex_lock(&mutex), 0);
    expect_equal(pthread_mutex_trylock(&mutex), EBUSY);
    expect_equal(elsewhere(try_lock, &mutex), EBUSY);
    expect_equal(pthread_mutex_unlock(&mutex), 0);
    expect_equal(elsewhere(try_lock, &mutex), 0);
    expect_equal(pthread_mutex_destroy(&mutex), 0);
}

TEST(a_recursive_mutex_is_unlocked_as_often)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_RECURSIVE);

    for (int i = 0; i < 300; i++)
        expect_equal(i & 1 ? pthread_mutex_trylock(&mutex) : pthread_mutex_lock(&mutex), 0);
    for (int i = 0; i < 300; i++) {
        expect_equal(elsewhere(try_lock, &mutex), EBUSY);
        expect_equal(pthread_mutex_unlock(&mutex), 0);
    }
    expect_equal(elsewhere(try_lock, &mutex), 0);
    expect_equal(pthread_mutex_unlock(&mutex), EPERM);
    pthread_mutex_lock(&mutex);
    expect_equal(elsewhere(unlock, &mutex), EPERM);
    expect_equal(pthread_mutex_unlock(&mutex), 0);
}

TEST(a_checking_mutex_checks)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_ERRORCHECK);

    expect_equal(pthread_mutex_unlock(&mutex), EPERM);
    expect_equal(pthread_mutex_lock(&mutex), 0);
    expect_equal(pthread_mutex_lock(&mutex), EDEADLK);
    expect_equal(pthread_mutex_trylock(&mutex), EBUSY);
    expect_equal(elsewhere(unlock, &mutex), EPERM);
    expect_equal(pthread_mutex_unlock(&mutex), 0);
    expect_equal(pthread_mutex_unlock(&mutex), EPERM);
}

TEST(static_mutexes_of_other_kinds)
{
    static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    static pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

    expect_equal(pthread_mutex_lock(&recursive), 0);
    expect_equal(pthread_mutex_lock(&recursive), 0);
    pthread_mutex_unlock(&recursive);
    expect_equal(elsewhere(try_lock, &recursive), EBUSY);
    pthread_mutex_unlock(&recursive);
    expect_equal(elsewhere(try_lock, &recursive), 0);
    pthread_mutex_lock(&checking);
    expect_equal(pthread_mutex_lock(&checking), EDEADLK);
    pthread_mutex_unlock(&checking);
}

TEST(a_normal_mutex_waits_even_for_its_owner)
{
    pthread_mutex_t mutex = mutex_of_type(PTHREAD_MUTEX_NORMAL);
    struct timespec time = after(CLOCK_REALTIME, 5);

    pthread_mutex_lock(&mutex);
    expect_equal(pthread_mutex_timedlock(&mutex, &time), ETIMEDOUT);
    expect(has_come(CLOCK_REALTIME, &time));
    pthread_mutex_unlock(&mutex);
    expect_equal(elsewhere(try_lock, &mutex), 0);
}

TEST(locking_gives_up_in_time)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct timespec bad = { 0, 1000000000 }, past = { 1, 0 };

    pthread_mutex_lock(&mutex);
    expect_equal(elsewhere(try_for_5_ms, &mutex), ETIMEDOUT);
    expect_equal(elsewhere(try_for_5_ms_monotonic, &mutex), ETIMEDOUT);
    expect_equal(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
    expect_equal(pthread_mutex_timedlock(&mutex, &bad), EINVAL);
    pthread_mutex_unlock(&mutex);
    expect_equal(pthread_mutex_timedlock(&mutex, &past), 0);
    pthread_mutex_unlock(&mutex);
}

static void *lock_and_unlock(void *mutex)
{
    expect_equal(pthread_mutex_lock(mutex), 0);
    pthread_mutex_unlock(mutex);
    return NULL;
}

/* One of those in the queue gives up; the others get it nevertheless. */
TEST(a_waiter_that_gives_up_leaves_the_others_in_order)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[3];

    pthread_mutex_lock(&mutex);
    pthread_create(&threads[0], NULL, try_for_5_ms, &mutex);
    pthread_create(&threads[1], NULL, lock_and_unlock, &mutex);
    pthread_create(&threads[2], NULL, lock_and_unlock, &mutex);
    void *result;

    pthread_join(threads[0], &result);
    expect_equal((intptr_t)result, ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
    pthread_join(threads[1], NULL);
    pthread_join(threads[2], NULL);
    expect_equal(elsewhere(try_lock, &mutex), 0);
}

static pthread_mutex_t greedy_mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile bool greedy_stop;
static int greedy_rounds;

static void *greedy(void *unused)
{
    while (!greedy_stop && greedy_rounds < 1000) {
        pthread_mutex_lock(&greedy_mutex);
        greedy_rounds++;
        pause_ms(1);
        pthread_mutex_unlock(&greedy_mutex);
    }
    return unused;
}

/* A thread that takes it again at once, each time, does not keep it from another one for ever. */
TEST(nobody_starves)
{
    pthread_t thread;

    pthread_create(&thread, NULL, greedy, NULL);
    pause_ms(3);
    for (int i = 0; i < 3; i++) {
        struct timespec time = after(CLOCK_REALTIME, 800);

        if (pthread_mutex_timedlock(&greedy_mutex, &time) == 0)
            pthread_mutex_unlock(&greedy_mutex);
#ifndef __linux__ /* which promises nothing */
        expect(!has_come(CLOCK_REALTIME, &time));
#endif
    }
    greedy_stop = true;
    pthread_join(thread, NULL);
}

enum { THREADS = 8, ROUNDS = 500 };
static pthread_mutex_t shared = PTHREAD_MUTEX_INITIALIZER;
static int inside, total;

static void *contend(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&shared);
        expect_equal(inside++, 0);
        if (i % 3 == 0)
            sched_yield();
        total++;
        expect_equal(--inside, 0);
        pthread_mutex_unlock(&shared);
        if (i % 5 == 0)
            sched_yield();
    }
    return unused;
}

TEST(one_at_a_time_is_inside)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, contend, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    expect_equal(total, THREADS * ROUNDS);
    expect_equal(pthread_mutex_destroy(&shared), 0);
}

TEST(attributes_tell_the_truth)
{
    pthread_mutexattr_t attributes;
    int value = -1;

    pthread_mutexattr_init(&attributes);
    expect_equal(pthread_mutexattr_settype(&attributes, 99), EINVAL);
    expect_equal(pthread_mutexattr_getrobust(&attributes, &value), 0);
    expect_equal(value, PTHREAD_MUTEX_STALLED);
    expect_equal(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_STALLED), 0);
    expect_equal(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_NONE), 0);
    expect_equal(pthread_mutexattr_getpshared(&attributes, &value), 0);
    expect_equal(value, PTHREAD_PROCESS_PRIVATE);
    expect_equal(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), 0);
    expect_equal(pthread_mutexattr_getpshared(&attributes, &value), 0);
    expect_equal(value, PTHREAD_PROCESS_SHARED);
    expect_equal(pthread_mutexattr_setpshared(&attributes, 99), EINVAL);
#ifndef __linux__ /* which has them */
    expect_equal(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), ENOTSUP);
    expect_equal(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), ENOTSUP);
#endif
    pthread_mutexattr_destroy(&attributes);
}

static pthread_spinlock_t spin;
static int spun;

static void *spin_and_yield(void *unused)
{
    for (int i = 0; i < 20; i++) {
        pthread_spin_lock(&spin);
        int seen = spun;

        sched_yield();
        spun = seen + 1;
        pthread_spin_unlock(&spin);
    }
    return unused;
}

static void *try_spin(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)pthread_spin_trylock(&spin);
}

TEST(spin_locks)
{
    pthread_t threads[3];

    expect_equal(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE), 0);
    pthread_spin_lock(&spin);
    expect_equal(elsewhere(try_spin, NULL), EBUSY);
    pthread_spin_unlock(&spin);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, spin_and_yield, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    expect_equal(spun, 60);
    expect_equal(pthread_spin_destroy(&spin), 0);
}
