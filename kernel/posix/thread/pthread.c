/*
 * Threads of the program: their beginning, their end, and waiting for it.
 */
#define __LWD_NO_INLINE
#include <errno.h>
#include <reent.h>
#include <stdlib.h>

#include "arch/x86_64/platform.h"
#include "posix/signal/signals.h"
#include "posix/thread/thread.h"
#include "posix/thread/thread_attributes.h"
#include "posix/time/deadline.h"
#include "posix/time/timers.h"

_Thread_local struct posix_thread posix_thread;

void (*thread_destroy_values)(void);

/* --- the beginning --- */

static void run(void *unused)
{
    struct posix_thread *self = &posix_thread;

    (void)unused;
    if (self->c11_function)
        pthread_exit((void *)(intptr_t)self->c11_function(self->argument));
    pthread_exit(self->function(self->argument));
}

int posix_thread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*function)(void *),
                        int (*c11_function)(void *), void *argument)
{
    pthread_attr_t defaults;
    struct thread *thread;

    if (!attributes) {
        pthread_attr_init(&defaults);
        attributes = &defaults;
    }
    struct thread_options options = {
        .function = run,
        .stack = attributes->__stack,
        .stack_bytes = attributes->__stack_size,
        .program = true,
        .kept = attributes->__detached == PTHREAD_CREATE_JOINABLE,
    };
    int error = thread_make(&options, &thread);

    if (error)
        return error == -ENOMEM ? EAGAIN : thread_errno(error);
    struct posix_thread *other = thread_local_of(thread, posix_thread);

    other->function = function;
    other->c11_function = c11_function;
    other->argument = argument;
    other->detached = !options.kept;
    thread_local_of(thread, signal_thread)->blocked = signal_thread.blocked;
    other->guard_size = attributes->__guard_size;
    *id = (pthread_t)thread;
    thread_wake(thread);
    return 0;
}

int pthread_create(pthread_t *restrict id, const pthread_attr_t *restrict attributes, void *(*function)(void *),
                   void *restrict argument)
{
    return posix_thread_create(id, attributes, function, NULL, argument);
}

/* --- the end --- */

static void run_cleanups(struct posix_thread *self)
{
    while (self->cleanups) {
        struct __lwd_cleanup *cleanup = self->cleanups;

        self->cleanups = cleanup->__outer;
        cleanup->__function(cleanup->__argument);
    }
}

_Noreturn void pthread_exit(void *result)
{
    struct posix_thread *self = &posix_thread;
    struct thread *thread = thread_self();

    self->cancel_disabled = true;
    thread->cancel = NULL;
    run_cleanups(self);
    if (thread_destroy_values)
        thread_destroy_values();
    /* The program ends when its last thread does. */
    if (thread_count_program() - signal_timer_threads == 1)
        exit(0);
    _reclaim_reent(_REENT);
    self->result = result;
    self->ended = true;
    thread->kept = !self->detached;
    wait_release_first(&self->joiner);
    thread_exit();
}

int pthread_detach(pthread_t id)
{
    struct posix_thread *thread = posix_thread_of(id);

    if (thread->detached || thread->joined)
        return EINVAL;
    thread->detached = true;
    if (thread->ended)
        thread_free(thread_of(id));
    return 0;
}

/* --- waiting for it --- */

/* The thread that `queue` lies in the thread-local variables of. */
static struct thread *thread_to_end(const struct wait_queue *queue)
{
    return (struct thread *)((char *)queue - ((char *)&posix_thread.joiner - (char *)thread_self()));
}

static const struct wait_kind end_wait = { .what = "the end", .holder = thread_to_end };

static int wait_for_end(struct posix_thread *thread, uint64_t deadline)
{
    struct waiter waiter;

    if (thread->ended)
        return 0;
    thread->joined = true;
    thread->joiner.kind = &end_wait;
    int result = wait_in_line(&thread->joiner, &waiter, deadline, true);

    if (result)
        thread->joined = false;
    return result;
}

static int join_until(pthread_t id, void **result, uint64_t deadline)
{
    struct posix_thread *thread = posix_thread_of(id);

    thread_cancellation_point();
    if (id == pthread_self())
        return EDEADLK;
    if (thread->detached || thread->joined)
        return EINVAL;
    int error;

    while ((error = wait_for_end(thread, deadline)) == -EINTR)
        thread_cancellation_point();
    if (error)
        return thread_errno(error);
    if (result)
        *result = thread->result;
    thread_free(thread_of(id));
    return 0;
}

int pthread_join(pthread_t id, void **result)
{
    return join_until(id, result, NO_DEADLINE);
}

int pthread_tryjoin_np(pthread_t id, void **result)
{
    if (!posix_thread_of(id)->ended && id != pthread_self())
        return EBUSY;
    return join_until(id, result, NO_DEADLINE);
}

int pthread_clockjoin_np(pthread_t id, void **result, clockid_t clock, const struct timespec *time)
{
    uint64_t deadline = NO_DEADLINE;
    int error = time ? deadline_at(clock, time, &deadline) : 0;

    return error ? thread_errno(error) : join_until(id, result, deadline);
}

int pthread_timedjoin_np(pthread_t id, void **result, const struct timespec *time)
{
    return pthread_clockjoin_np(id, result, CLOCK_REALTIME, time);
}

/* --- who is who --- */

pthread_t pthread_self(void)
{
    return (pthread_t)thread_self();
}

int pthread_equal(pthread_t one, pthread_t other)
{
    return one == other;
}
