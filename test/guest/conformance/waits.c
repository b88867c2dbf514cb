/*
 * What threads wait for each other with: barriers, read-write locks, conditions by several clocks, once; and what ends them
 * meanwhile.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PARTIES 5

static pthread_barrier_t barrier;
static int serial, arrived, gone_early;

static struct timespec after(clockid_t clock, long nanoseconds)
{
    struct timespec time;

    clock_gettime(clock, &time);
    time.tv_nsec += nanoseconds;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static bool is_past(clockid_t clock, const struct timespec *time)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec > time->tv_sec || (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

static void *meet(void *rounds)
{
    for (long i = 0; i < (long)rounds; i++) {
        __atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
        int result = pthread_barrier_wait(&barrier);

        if (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < (i + 1) * PARTIES)
            __atomic_add_fetch(&gone_early, 1, __ATOMIC_SEQ_CST);
        if (result == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_add_fetch(&serial, 1, __ATOMIC_SEQ_CST);
        else if (result)
            __atomic_add_fetch(&gone_early, 1, __ATOMIC_SEQ_CST);
    }
    return NULL;
}

static void check_barriers(void)
{
    pthread_t threads[PARTIES];
    pthread_barrierattr_t attributes;
    int shared = -1;

    begin_group("barriers", "five threads, twenty rounds; one; none; attributes");
    CHECK(pthread_barrier_init(&barrier, NULL, 0) == EINVAL);
    CHECK(pthread_barrier_init(&barrier, NULL, 1) == 0 && pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
    CHECK(pthread_barrier_destroy(&barrier) == 0 && pthread_barrier_init(&barrier, NULL, PARTIES) == 0);
    for (int i = 0; i < PARTIES; i++)
        CHECK(pthread_create(&threads[i], NULL, meet, (void *)20) == 0);
    for (int i = 0; i < PARTIES; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(serial == 20 && arrived == 20 * PARTIES && gone_early == 0 && pthread_barrier_destroy(&barrier) == 0);
    CHECK(pthread_barrierattr_init(&attributes) == 0 && pthread_barrierattr_getpshared(&attributes, &shared) == 0);
    CHECK(shared == PTHREAD_PROCESS_PRIVATE && pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED) == 0);
    CHECK(pthread_barrierattr_getpshared(&attributes, &shared) == 0 && shared == PTHREAD_PROCESS_SHARED);
    CHECK(pthread_barrierattr_setpshared(&attributes, 77) == EINVAL && pthread_barrierattr_destroy(&attributes) == 0);
}

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static void *try_lock(void *results)
{
    int *result = results;
    struct timespec soon = after(CLOCK_REALTIME, 2000000);

    result[0] = pthread_rwlock_tryrdlock(&lock);
    if (result[0] == 0)
        pthread_rwlock_unlock(&lock);
    result[1] = pthread_rwlock_trywrlock(&lock);
    if (result[1] == 0)
        pthread_rwlock_unlock(&lock);
    result[2] = pthread_rwlock_timedrdlock(&lock, &soon);
    if (result[2] == 0)
        pthread_rwlock_unlock(&lock);
    result[3] = pthread_rwlock_timedwrlock(&lock, &soon);
    if (result[3] == 0)
        pthread_rwlock_unlock(&lock);
    return NULL;
}

static bool others_get(int read, int write, int timed_read, int timed_write)
{
    int got[4];
    pthread_t thread;

    if (pthread_create(&thread, NULL, try_lock, got) || pthread_join(thread, NULL))
        return false;
    return got[0] == read && got[1] == write && got[2] == timed_read && got[3] == timed_write;
}

static void check_read_write_locks(void)
{
    struct timespec wrong = { 0, 1000000000 }, past = { 1, 0 };

    begin_group("read-write locks", "readers, writers, trying, time-outs, who has it already");
    CHECK(others_get(0, 0, 0, 0));
    CHECK(pthread_rwlock_rdlock(&lock) == 0 && others_get(0, EBUSY, 0, ETIMEDOUT));
    CHECK(pthread_rwlock_rdlock(&lock) == 0 && pthread_rwlock_unlock(&lock) == 0 && others_get(0, EBUSY, 0, ETIMEDOUT));
    CHECK(pthread_rwlock_timedwrlock(&lock, &wrong) == EINVAL && pthread_rwlock_trywrlock(&lock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&lock) == 0);
    CHECK(pthread_rwlock_wrlock(&lock) == 0 && others_get(EBUSY, EBUSY, ETIMEDOUT, ETIMEDOUT));
    CHECK(pthread_rwlock_wrlock(&lock) == EDEADLK && pthread_rwlock_rdlock(&lock) == EDEADLK);
    CHECK(pthread_rwlock_tryrdlock(&lock) == EBUSY && pthread_rwlock_trywrlock(&lock) == EBUSY);
    CHECK(pthread_rwlock_unlock(&lock) == 0 && pthread_rwlock_timedwrlock(&lock, &past) == 0);
    CHECK(pthread_rwlock_unlock(&lock) == 0 && pthread_rwlock_timedrdlock(&lock, &past) == 0);
    CHECK(pthread_rwlock_unlock(&lock) == 0 && pthread_rwlock_destroy(&lock) == 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int waiting, woken;
static bool had_mutex;

static void *wait_once(void *unused)
{
    pthread_mutex_lock(&mutex);
    waiting++;
    while (waiting > 0)
        pthread_cond_wait(&changed, &mutex);
    woken++;
    pthread_mutex_unlock(&mutex);
    return unused;
}

static void check_conditions(void)
{
    pthread_condattr_t attributes;
    pthread_cond_t monotonic;
    clockid_t clock = -1;
    pthread_t threads[3];

    begin_group("conditions", "clocks of attributes, time-outs, broadcast, nobody there");
    CHECK(pthread_condattr_init(&attributes) == 0 && pthread_condattr_getclock(&attributes, &clock) == 0);
    CHECK(clock == CLOCK_REALTIME && pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_condattr_getclock(&attributes, &clock) == 0 && clock == CLOCK_MONOTONIC);
    CHECK(pthread_condattr_setclock(&attributes, CLOCK_PROCESS_CPUTIME_ID) == EINVAL);
    CHECK(pthread_cond_init(&monotonic, &attributes) == 0 && pthread_mutex_lock(&mutex) == 0);
    struct timespec soon = after(CLOCK_MONOTONIC, 3000000), wrong = { 1, -1 };

    CHECK(pthread_cond_timedwait(&monotonic, &mutex, &soon) == ETIMEDOUT && is_past(CLOCK_MONOTONIC, &soon));
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY && pthread_cond_timedwait(&monotonic, &mutex, &wrong) == EINVAL);
    soon = after(CLOCK_REALTIME, 3000000);
    CHECK(pthread_cond_timedwait(&changed, &mutex, &soon) == ETIMEDOUT && is_past(CLOCK_REALTIME, &soon));
    CHECK(pthread_cond_signal(&changed) == 0 && pthread_cond_broadcast(&changed) == 0 && pthread_mutex_unlock(&mutex) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, wait_once, NULL) == 0);
    for (bool all = false; !all;) {
        usleep(1000);
        pthread_mutex_lock(&mutex);
        all = waiting == 3;
        pthread_mutex_unlock(&mutex);
    }
    CHECK(pthread_mutex_lock(&mutex) == 0 && woken == 0);
    waiting = 0;
    CHECK(pthread_cond_broadcast(&changed) == 0 && pthread_mutex_unlock(&mutex) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(woken == 3 && pthread_cond_destroy(&monotonic) == 0 && pthread_condattr_destroy(&attributes) == 0);
}

static void check_mutexes(void)
{
    pthread_mutexattr_t attributes;
    pthread_mutex_t one;
    int type = -1;
    struct timespec past = { 1, 0 }, wrong = { 1, 1000000000 };

    begin_group("mutexes", "kinds, time-outs, who has it already");
    CHECK(pthread_mutexattr_init(&attributes) == 0 && pthread_mutexattr_gettype(&attributes, &type) == 0);
    CHECK(type == PTHREAD_MUTEX_DEFAULT && pthread_mutexattr_settype(&attributes, 77) == EINVAL);
    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK) == 0 && pthread_mutex_init(&one, &attributes) == 0);
    CHECK(pthread_mutex_unlock(&one) == EPERM && pthread_mutex_lock(&one) == 0 && pthread_mutex_lock(&one) == EDEADLK);
    CHECK(pthread_mutex_trylock(&one) == EBUSY && pthread_mutex_timedlock(&one, &past) == EDEADLK);
    CHECK(pthread_mutex_unlock(&one) == 0 && pthread_mutex_timedlock(&one, &past) == 0 && pthread_mutex_unlock(&one) == 0);
    CHECK(pthread_mutex_destroy(&one) == 0);
    CHECK(pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) == 0 && pthread_mutex_init(&one, &attributes) == 0);
    for (int i = 0; i < 100; i++)
        CHECK((i % 2 ? pthread_mutex_lock(&one) : pthread_mutex_trylock(&one)) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(pthread_mutex_unlock(&one) == 0);
    CHECK(pthread_mutex_unlock(&one) == EPERM && pthread_mutex_destroy(&one) == 0);
    CHECK(pthread_mutex_init(&one, NULL) == 0 && pthread_mutex_lock(&one) == 0);
    CHECK(pthread_mutex_timedlock(&one, &past) == ETIMEDOUT && pthread_mutex_timedlock(&one, &wrong) == EINVAL);
    CHECK(pthread_mutex_unlock(&one) == 0 && pthread_mutexattr_destroy(&attributes) == 0 && pthread_mutex_destroy(&one) == 0);
}

static sem_t ready;
static int notes[8], taken;

static void note(void *what)
{
    had_mutex = had_mutex || pthread_mutex_trylock(&mutex) == EBUSY;
    notes[taken++ % 8] = (int)(intptr_t)what;
}

static void let_go(void *unused)
{
    (void)unused;
    pthread_mutex_unlock(&mutex);
}

static void *wait_in_condition(void *unused)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(let_go, NULL);
    pthread_cleanup_push(note, (void *)1);
    sem_post(&ready);
    for (;;)
        pthread_cond_wait(&changed, &mutex);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return unused;
}

static int ends[2];

static void *wait_in_read(void *unused)
{
    char byte;

    pthread_cleanup_push(note, (void *)2);
    sem_post(&ready);
    for (;;)
        read(ends[0], &byte, 1);
    pthread_cleanup_pop(0);
    return unused;
}

static void *wait_in_join(void *thread)
{
    pthread_cleanup_push(note, (void *)3);
    sem_post(&ready);
    pthread_join(*(pthread_t *)thread, NULL);
    pthread_cleanup_pop(1);
    return NULL;
}

static void *cancel_oneself(void *unused)
{
    int before = -1;

    pthread_cleanup_push(note, (void *)4);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &before);
    if (before == PTHREAD_CANCEL_DEFERRED && pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before) == 0 &&
        before == PTHREAD_CANCEL_ENABLE && pthread_setcanceltype(77, NULL) == EINVAL && pthread_setcancelstate(77, NULL) == EINVAL &&
        pthread_cancel(pthread_self()) == 0) {
        pthread_testcancel();
        usleep(10);
        taken = 1;
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
        usleep(10);
    }
    taken = 7;
    pthread_cleanup_pop(0);
    return unused;
}

static bool is_cancelled(pthread_t thread)
{
    void *result = NULL;

    return pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED;
}

static void check_cancellation(void)
{
    pthread_t thread, other;
    void *result = NULL;

    begin_group("threads: cancelled", "in a condition, in read, in a join, by themselves, with cancellation off");
    CHECK(sem_init(&ready, 0, 0) == 0 && pipe(ends) == 0);
    CHECK(pthread_create(&thread, NULL, wait_in_condition, NULL) == 0 && sem_wait(&ready) == 0 && pthread_mutex_lock(&mutex) == 0);
    CHECK(pthread_mutex_unlock(&mutex) == 0 && is_cancelled(thread) && taken == 1 && notes[0] == 1 && had_mutex);
    CHECK(pthread_mutex_trylock(&mutex) == 0 && pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_create(&thread, NULL, wait_in_read, NULL) == 0 && sem_wait(&ready) == 0);
    CHECK(pthread_create(&other, NULL, wait_in_join, &thread) == 0 && sem_wait(&ready) == 0);
    taken = 0;
    had_mutex = true;
    CHECK(is_cancelled(other) && taken == 1 && notes[0] == 3);
    CHECK(is_cancelled(thread) && taken == 2 && notes[1] == 2);
    taken = 0;
    CHECK(pthread_create(&thread, NULL, cancel_oneself, NULL) == 0 && pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED && taken == 2 && notes[1] == 4);
    close(ends[0]);
    close(ends[1]);
}

static pthread_key_t keys[3];
static int rounds;

/* Sets the value again until it has been asked often enough. */
static void set_again(void *value)
{
    rounds++;
    pthread_setspecific(keys[0], value);
}

static void set_other(void *value)
{
    rounds += 100;
    if ((intptr_t)value > 1)
        pthread_setspecific(keys[2], (void *)((intptr_t)value - 1));
}

static void *set_keys(void *which)
{
    intptr_t key = (intptr_t)which;

    if (pthread_getspecific(keys[key]) == NULL)
        pthread_setspecific(keys[key], (void *)3);
    return NULL;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int times;

static void happen(void)
{
    times++;
}

static void check_keys(void)
{
    pthread_t thread;
    pthread_key_t key;

    begin_group("threads: keys", "destructors again and again, deleted keys, once");
    CHECK(pthread_key_create(&keys[0], set_again) == 0 && pthread_key_create(&keys[1], NULL) == 0);
    CHECK(pthread_key_create(&keys[2], set_other) == 0 && pthread_getspecific(keys[2]) == NULL);
    CHECK(pthread_create(&thread, NULL, set_keys, (void *)0) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(rounds == PTHREAD_DESTRUCTOR_ITERATIONS);
    rounds = 0;
    CHECK(pthread_create(&thread, NULL, set_keys, (void *)1) == 0 && pthread_join(thread, NULL) == 0 && rounds == 0);
    CHECK(pthread_create(&thread, NULL, set_keys, (void *)2) == 0 && pthread_join(thread, NULL) == 0 && rounds == 300);
    CHECK(pthread_setspecific(keys[1], "x") == 0 && pthread_key_delete(keys[1]) == 0);
    CHECK(pthread_key_create(&key, NULL) == 0 && pthread_getspecific(key) == NULL && pthread_key_delete(key) == 0);
    CHECK(pthread_setspecific((pthread_key_t)100000, "x") == EINVAL && pthread_key_delete((pthread_key_t)100000) == EINVAL);
    CHECK(pthread_once(&once, happen) == 0 && pthread_once(&once, happen) == 0 && times == 1);
    CHECK(pthread_key_delete(keys[0]) == 0 && pthread_key_delete(keys[2]) == 0 && pthread_key_delete(keys[2]) == EINVAL);
}

void check_waits(void)
{
    check_barriers();
    check_read_write_locks();
    check_conditions();
    check_mutexes();
    check_cancellation();
    check_keys();
}
