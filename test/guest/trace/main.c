/*
 * Threads that wait for each other and for time, with marks between: what test/e2e/trace.test.ts finds in the recording.
 * Ends by returning, or by a crash if there is an argument.
 */
#include <lwd/trace.h>

#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void sleep_ms(long milliseconds)
{
    struct timespec time = { 0, milliseconds * 1000000 };

    nanosleep(&time, NULL);
}

/* Waits for main's mutex. */
static void *want_mutex(void *unused)
{
    lwd_trace_begin("outer");
    lwd_trace_begin("inner");
    pthread_mutex_lock(&mutex);
    lwd_trace_end();
    pthread_mutex_unlock(&mutex);
    lwd_trace_mark("got \"it\"\n");
    lwd_trace_end();
    /* Ends nothing. */
    lwd_trace_end();
    return unused;
}

int main(int count, char **arguments)
{
    pthread_t thread;

    pthread_mutex_lock(&mutex);
    pthread_create(&thread, NULL, want_mutex, NULL);
    pthread_setname_np(thread, "wants-mutex");
    sleep_ms(2);
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    /* Nobody ends this one. */
    lwd_trace_begin("last");
    printf("%d\n", lwd_trace_start(512));
    fflush(stdout);
    if (count > 1)
        *(volatile int *)(long)(arguments[1][0] - '0') = 1;
    return 3;
}
