/*
 * The locks that newlib guards its own data with (sys/lock.h). All of them may be taken again by their owner, which a
 * non-recursive use never does.
 */
#include <stdlib.h>
#include <sys/lock.h>

#include "core/panic.h"
#include "sched/mutex.h"

struct __lock {
    struct mutex mutex;
};

#define STATIC_LOCK(name) struct __lock __lock___##name = { MUTEX_INIT(__lock___##name.mutex) }

STATIC_LOCK(sfp_recursive_mutex);
STATIC_LOCK(atexit_recursive_mutex);
STATIC_LOCK(at_quick_exit_mutex);
STATIC_LOCK(malloc_recursive_mutex);
STATIC_LOCK(env_recursive_mutex);
STATIC_LOCK(tz_mutex);
STATIC_LOCK(dd_hash_mutex);
STATIC_LOCK(arc4random_mutex);

void __retarget_lock_init(_LOCK_T *lock)
{
    *lock = malloc(sizeof **lock);
    panic_if(!*lock, "no memory for a lock of the C library");
    mutex_init(&(*lock)->mutex);
}

void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    __retarget_lock_init(lock);
}

void __retarget_lock_close(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    free(lock);
}

void __retarget_lock_acquire(_LOCK_T lock)
{
    mutex_lock(&lock->mutex);
}

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    mutex_lock(&lock->mutex);
}

int __retarget_lock_try_acquire(_LOCK_T lock)
{
    return mutex_try_lock(&lock->mutex);
}

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    return mutex_try_lock(&lock->mutex);
}

void __retarget_lock_release(_LOCK_T lock)
{
    mutex_unlock(&lock->mutex);
}

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    mutex_unlock(&lock->mutex);
}
