/*
 * Values of a thread's own, and their destructors.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>

#include "expect.h"

static pthread_key_t key, other_key;
static int destroyed, rounds;

static void count_destroyed(void *value)
{
    destroyed += (int)(intptr_t)value;
}

static void *set_and_look(void *value)
{
    expect(pthread_getspecific(key) == NULL);
    expect_equal(pthread_setspecific(key, value), 0);
    sched_yield();
    expect(pthread_getspecific(key) == value);
    return NULL;
}

TEST(each_thread_has_its_value)
{
    pthread_t threads[4];

    destroyed = 0;
    expect_equal(pthread_key_create(&key, count_destroyed), 0);
    expect(pthread_getspecific(key) == NULL);
    pthread_setspecific(key, &key);
    for (intptr_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, set_and_look, (void *)(i + 1));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    expect_equal(destroyed, 1 + 2 + 3 + 4);
    expect(pthread_getspecific(key) == &key);
    expect_equal(pthread_key_delete(key), 0);
    expect_equal(pthread_key_delete(key), EINVAL);
    expect_equal(pthread_setspecific(key, NULL), EINVAL);
}

TEST(a_new_key_has_no_value)
{
    pthread_key_t keys[3];

    for (int i = 0; i < 3; i++) {
        pthread_key_create(&keys[i], NULL);
        pthread_setspecific(keys[i], &keys);
    }
    for (int i = 0; i < 3; i++)
        pthread_key_delete(keys[i]);
    for (int i = 0; i < 3; i++) {
        pthread_key_create(&keys[i], NULL);
        expect(pthread_getspecific(keys[i]) == NULL);
    }
    for (int i = 0; i < 3; i++)
        pthread_key_delete(keys[i]);
}

static void set_again(void *value)
{
    rounds++;
    pthread_setspecific(key, value);
}

static void set_the_other(void *value)
{
    pthread_setspecific(key, value);
}

static void *set_both(void *unused)
{
    (void)unused;
    pthread_setspecific(key, &key);
    pthread_setspecific(other_key, &key);
    return NULL;
}

TEST(destructors_have_four_rounds)
{
    pthread_t thread;

    rounds = 0;
    pthread_key_create(&key, set_again);
    pthread_key_create(&other_key, set_the_other);
    pthread_create(&thread, NULL, set_both, NULL);
    pthread_join(thread, NULL);
    expect(rounds >= PTHREAD_DESTRUCTOR_ITERATIONS);
    pthread_key_delete(key);
    pthread_key_delete(other_key);
}

static void *exit_early(void *value)
{
    pthread_setspecific(key, value);
    pthread_exit(NULL);
}

TEST(destructors_run_on_exit_and_not_for_null)
{
    pthread_t thread;

    destroyed = 0;
    pthread_key_create(&key, count_destroyed);
    pthread_create(&thread, NULL, exit_early, (void *)5);
    pthread_join(thread, NULL);
    expect_equal(destroyed, 5);
    pthread_create(&thread, NULL, exit_early, NULL);
    pthread_join(thread, NULL);
    expect_equal(destroyed, 5);
    pthread_key_delete(key);
}

static pthread_key_t many[60];

static void *set_many(void *unused)
{
    for (intptr_t i = 0; i < 60; i++)
        expect_equal(pthread_setspecific(many[i], (void *)(i + 1)), 0);
    sched_yield();
    for (intptr_t i = 0; i < 60; i++)
        expect_equal((intptr_t)pthread_getspecific(many[i]), i + 1);
    return unused;
}

TEST(many_keys_have_their_values)
{
    pthread_t threads[3];

    destroyed = 0;
    for (int i = 0; i < 60; i++)
        pthread_key_create(&many[i], count_destroyed);
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, set_many, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    expect_equal(destroyed, 3 * (60 * 61 / 2));
    for (int i = 0; i < 60; i++) {
        expect(pthread_getspecific(many[i]) == NULL);
        pthread_key_delete(many[i]);
    }
}

TEST(keys_run_out)
{
    static pthread_key_t keys[PTHREAD_KEYS_MAX + 1];
    int made = 0;

    while (made <= PTHREAD_KEYS_MAX && pthread_key_create(&keys[made], NULL) == 0)
        made++;
    expect(made >= 120 && made <= PTHREAD_KEYS_MAX);
    expect_equal(pthread_key_create(&keys[PTHREAD_KEYS_MAX], NULL), EAGAIN);
    while (made > 0)
        expect_equal(pthread_key_delete(keys[--made]), 0);
}
