/*
 * Telling a program that something has happened, in the way that it asked for.
 */
#include "posix/signal/notify.h"

#include <pthread.h>
#include <stdlib.h>

#include "posix/signal/signals.h"

static void *call(void *argument)
{
    const struct sigevent *event = argument;
    void (*function)(union sigval) = event->sigev_notify_function;
    union sigval value = event->sigev_value;

    free(argument);
    function(value);
    return NULL;
}

/* A detached thread for each time. Where there is no memory for one, that time is lost. */
static void call_in_thread(const struct sigevent *event)
{
    struct sigevent *copy = malloc(sizeof *copy);
    pthread_t thread;

    if (!copy)
        return;
    *copy = *event;
    if (pthread_create(&thread, event->sigev_notify_attributes, call, copy)) {
        free(copy);
        return;
    }
    pthread_detach(thread);
}

bool notify_is_event(const struct sigevent *event)
{
    switch (event->sigev_notify) {
    case SIGEV_NONE:
    case SIGEV_THREAD:
        return true;
    case SIGEV_SIGNAL:
        return signal_is_valid(event->sigev_signo);
    default:
        return false;
    }
}

void notify(const struct sigevent *event, int code)
{
    if (event->sigev_notify == SIGEV_THREAD)
        call_in_thread(event);
    else if (event->sigev_notify == SIGEV_SIGNAL)
        signal_send(NULL, event->sigev_signo, (struct signal_origin){ code, event->sigev_value });
}
