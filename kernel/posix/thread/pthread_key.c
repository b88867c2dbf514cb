/*
 * Values of a thread's own. The first keys' lie among its thread-local variables, which cost time when a thread is made;
 * the others' in memory that it gets when it sets one of them.
 */
#include <errno.h>
#include <stdlib.h>

#include "core/bits.h"
#include "posix/thread/thread.h"

#define NEAR_KEYS 16

static struct {
    bool used;
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];

/* One more than the highest key that was ever in use. */
static unsigned used_end;

static _Thread_local void *near_values[NEAR_KEYS];
static _Thread_local void **far_values;

/* Where a thread's value is; null if it never set one so far. */
static void **value_of(struct thread *thread, pthread_key_t key)
{
    if (key < NEAR_KEYS)
        return *thread_local_of(thread, near_values) + key;
    void **values = *thread_local_of(thread, far_values);

    return values ? &values[key - NEAR_KEYS] : NULL;
}

/* Takes a value away. True if it was one to destroy. */
static bool destroy_value(pthread_key_t key)
{
    void **place = value_of(thread_self(), key);
    void *value = place ? *place : NULL;

    if (!value || !keys[key].destructor)
        return false;
    *place = NULL;
    keys[key].destructor(value);
    return true;
}

static bool destroy_round(void)
{
    bool found = false;

    for (pthread_key_t key = 0; key < used_end; key++)
        found |= destroy_value(key);
    return found;
}

/* Destructors may set values again. */
static void destroy_values(void)
{
    for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_round(); round++)
        ;
    free(far_values);
    far_values = NULL;
}

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++)
        if (!keys[i].used) {
            keys[i].used = true;
            keys[i].destructor = destructor;
            used_end = MAX(used_end, i + 1);
            thread_destroy_values = destroy_values;
            *key = i;
            return 0;
        }
    return EAGAIN;
}

static void forget_value(struct thread *thread, void *key)
{
    void **place = value_of(thread, *(pthread_key_t *)key);

    if (place)
        *place = NULL;
}

/* Whoever gets the key next finds null in every thread. */
int pthread_key_delete(pthread_key_t key)
{
    if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    thread_visit_all(forget_value, &key);
    keys[key].used = false;
    keys[key].destructor = NULL;
    return 0;
}

static void *get_far(pthread_key_t key)
{
    void **place = key < PTHREAD_KEYS_MAX ? value_of(thread_self(), key) : NULL;

    return place ? *place : NULL;
}

void *pthread_getspecific(pthread_key_t key)
{
    return likely(key < NEAR_KEYS) ? near_values[key] : get_far(key);
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    if (key < NEAR_KEYS) {
        near_values[key] = (void *)value;
        return 0;
    }
    if (!far_values)
        far_values = calloc(PTHREAD_KEYS_MAX - NEAR_KEYS, sizeof *far_values);
    if (!far_values)
        return ENOMEM;
    far_values[key - NEAR_KEYS] = (void *)value;
    return 0;
}
