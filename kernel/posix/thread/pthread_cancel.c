/*
 * Cancellation. A thread ends at its next cancellation point: waiting for a condition, a semaphore, a thread or time, a
 * read that blocks, pthread_testcancel(); with asynchronous cancellation also sched_yield(). Nobody can ask while it
 * computes, so there is nothing in between.
 */
#include <errno.h>

#include "posix/thread/thread.h"

static void obey(void)
{
    pthread_exit(PTHREAD_CANCELED);
}

/* Makes a pending request count, or not, as the thread has it. */
static void arrange(struct thread *thread, const struct posix_thread *own)
{
    thread->cancel = own->cancel_pending && !own->cancel_disabled ? obey : NULL;
}

int pthread_cancel(pthread_t id)
{
    struct posix_thread *own = posix_thread_of(id);
    struct thread *thread = thread_of(id);

    if (own->ended)
        return 0;
    own->cancel_pending = true;
    arrange(thread, own);
    /* If it waits at a cancellation point it goes on to the end, else it finds that nothing has changed. */
    if (thread->cancel)
        thread_wake(thread);
    if (thread == thread_self() && own->cancel_asynchronous)
        thread_cancellation_point();
    return 0;
}

int pthread_setcancelstate(int state, int *old)
{
    struct posix_thread *own = &posix_thread;

    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
        return EINVAL;
    if (old)
        *old = own->cancel_disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    own->cancel_disabled = state == PTHREAD_CANCEL_DISABLE;
    arrange(thread_self(), own);
    if (own->cancel_asynchronous)
        thread_cancellation_point();
    return 0;
}

int pthread_setcanceltype(int type, int *old)
{
    struct posix_thread *own = &posix_thread;

    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
        return EINVAL;
    if (old)
        *old = own->cancel_asynchronous ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    own->cancel_asynchronous = type == PTHREAD_CANCEL_ASYNCHRONOUS;
    if (own->cancel_asynchronous)
        thread_cancellation_point();
    return 0;
}

void pthread_testcancel(void)
{
    thread_cancellation_point();
}

void __lwd_cleanup_push(struct __lwd_cleanup *cleanup)
{
    cleanup->__outer = posix_thread.cleanups;
    posix_thread.cleanups = cleanup;
}

void __lwd_cleanup_pop(struct __lwd_cleanup *cleanup, int execute)
{
    posix_thread.cleanups = cleanup->__outer;
    if (execute)
        cleanup->__function(cleanup->__argument);
}
