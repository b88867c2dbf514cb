/*
 * Values of a thread's own: an array among its thread-local variables.
 */
#include <errno.h>

#include "core/bits.h"
#include "posix/thread.h"

static struct {
    bool used;
    void (*destructor)(void *);
} keys[PTHREAD_KEYS_MAX];

/* One more than the highest key that was ever in use. */
static unsigned used_end;

static _Thread_local void *values[PTHREAD_KEYS_MAX];

/* One round over all values. True if there was something to destroy. */
static bool destroy_round(void)
{
    bool found = false;

    for (unsigned key = 0; key < used_end; key++) {
        void *value = values[key];

        values[key] = NULL;
        if (value && keys[key].destructor) {
            keys[key].destructor(value);
            found = true;
        }
    }
    return found;
}

/* Destructors may set values again. */
static void destroy_values(void)
{
    for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_round(); round++)
        ;
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
    *thread_local_of(thread, values[*(pthread_key_t *)key]) = NULL;
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

void *pthread_getspecific(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX ? values[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !keys[key].used)
        return EINVAL;
    values[key] = (void *)value;
    return 0;
}
