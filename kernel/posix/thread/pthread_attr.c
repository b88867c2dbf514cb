/*
 * Attributes of threads to be made.
 */
#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "mm/stack.h"
#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"

/* Stacks are mapped whole, so the default is a fraction of memory: 128 KiB of 64 MiB. */
static size_t default_stack_size(void)
{
    size_t share = ALIGN_DOWN(boot_info.frames * PAGE_SIZE / 512, (size_t)PAGE_SIZE);

    return MIN(MAX(share, (size_t)64 << 10), (size_t)1 << 20);
}

int pthread_attr_init(pthread_attr_t *attributes)
{
    *attributes = (pthread_attr_t){
        .__stack_size = default_stack_size(),
        .__guard_size = PAGE_SIZE,
        .__detached = PTHREAD_CREATE_JOINABLE,
        .__inherit = PTHREAD_INHERIT_SCHED,
    };
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state)
{
    *state = attributes->__detached;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state)
{
    if (state != PTHREAD_CREATE_JOINABLE && state != PTHREAD_CREATE_DETACHED)
        return EINVAL;
    attributes->__detached = state;
    return 0;
}

/* --- the stack --- */

int pthread_attr_getstack(const pthread_attr_t *restrict attributes, void **restrict stack, size_t *restrict size)
{
    *stack = attributes->__stack;
    *size = attributes->__stack_size;
    return 0;
}

int pthread_attr_setstack(pthread_attr_t *attributes, void *stack, size_t size)
{
    if (size < PTHREAD_STACK_MIN || !stack || (uintptr_t)stack > UINTPTR_MAX - size)
        return EINVAL;
    attributes->__stack = stack;
    attributes->__stack_size = size;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
    *size = attributes->__stack_size;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    if (size < PTHREAD_STACK_MIN || size > STACK_END - STACK_BASE)
        return EINVAL;
    attributes->__stack_size = size;
    return 0;
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attributes, size_t *restrict size)
{
    *size = attributes->__guard_size;
    return 0;
}

/* As much is unmapped below every stack, whatever is asked for. */
int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size)
{
    if (size > STACK_GUARD_BYTES)
        return EINVAL;
    attributes->__guard_size = size;
    return 0;
}

/* The stack begins above what its top is used for: that too is part of it. */
int pthread_getattr_np(pthread_t id, pthread_attr_t *attributes)
{
    const struct thread *thread = thread_of(id);
    const struct posix_thread *own = posix_thread_of(id);

    pthread_attr_init(attributes);
    attributes->__stack = (void *)thread->stack.low;
    attributes->__stack_size = thread->stack.high - thread->stack.low;
    attributes->__guard_size = thread->stack_is_callers ? 0 : STACK_GUARD_BYTES;
    attributes->__detached = own->detached ? PTHREAD_CREATE_DETACHED : PTHREAD_CREATE_JOINABLE;
    return 0;
}

/* --- scheduling: there is one way of it --- */

int pthread_attr_getinheritsched(const pthread_attr_t *restrict attributes, int *restrict inherit)
{
    *inherit = attributes->__inherit;
    return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit)
{
    if (inherit != PTHREAD_INHERIT_SCHED && inherit != PTHREAD_EXPLICIT_SCHED)
        return EINVAL;
    attributes->__inherit = inherit;
    return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *restrict attributes, struct sched_param *restrict parameters)
{
    (void)attributes;
    *parameters = (struct sched_param){ .sched_priority = 0 };
    return 0;
}

int pthread_attr_setschedparam(pthread_attr_t *restrict attributes, const struct sched_param *restrict parameters)
{
    (void)attributes;
    return parameters->sched_priority == 0 ? 0 : ENOTSUP;
}

int pthread_attr_getschedpolicy(const pthread_attr_t *restrict attributes, int *restrict policy)
{
    (void)attributes;
    *policy = SCHED_OTHER;
    return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy)
{
    (void)attributes;
    return policy == SCHED_OTHER ? 0 : ENOTSUP;
}

int pthread_attr_getscope(const pthread_attr_t *restrict attributes, int *restrict scope)
{
    (void)attributes;
    *scope = PTHREAD_SCOPE_SYSTEM;
    return 0;
}

int pthread_attr_setscope(pthread_attr_t *attributes, int scope)
{
    (void)attributes;
    if (scope != PTHREAD_SCOPE_SYSTEM && scope != PTHREAD_SCOPE_PROCESS)
        return EINVAL;
    return scope == PTHREAD_SCOPE_SYSTEM ? 0 : ENOTSUP;
}
