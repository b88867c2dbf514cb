/*
 * Once: the first to come runs the function, others wait until it has returned.
 */
#include "posix/thread/thread.h"

enum { NOT_RUN, RUNNING, DONE };

static const struct wait_kind once_wait = {
    .what = "another thread's pthread_once()",
    .offset = offsetof(pthread_once_t, __waiters),
};

static struct wait_queue *waiters_of(pthread_once_t *once)
{
    return (struct wait_queue *)&once->__waiters;
}

/* Cancelled in the middle: it has not run, and one of those who wait is to try. */
static void give_up(void *argument)
{
    pthread_once_t *once = argument;

    once->__state = NOT_RUN;
    wait_release_all(waiters_of(once));
}

static void run(pthread_once_t *once, void (*function)(void))
{
    once->__state = RUNNING;
    pthread_cleanup_push(give_up, once);
    function();
    pthread_cleanup_pop(0);
    once->__state = DONE;
    wait_release_all(waiters_of(once));
}

int pthread_once(pthread_once_t *once, void (*function)(void))
{
    struct waiter waiter;

    while (once->__state == RUNNING) {
        waiters_of(once)->kind = &once_wait;
        wait_in_line(waiters_of(once), &waiter, NO_DEADLINE, false);
    }
    if (once->__state == NOT_RUN)
        run(once, function);
    return 0;
}
