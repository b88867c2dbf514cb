/*
 * Programs whose threads come to an end all at once, or do not, in the way that the argument says. Those that are to be
 * reported as a dead lock say so; the others end with the status in their name.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int ends[2], event;

static pthread_t start(const char *name, void *(*function)(void *), void *argument)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, function, argument))
        exit(99);
    pthread_setname_np(thread, name);
    sched_yield();
    return thread;
}

/* --- dead locks --- */

static void *lock_other_first(void *unused)
{
    pthread_mutex_lock(&other);
    sched_yield();
    pthread_mutex_lock(&one);
    return unused;
}

static void mutexes(void)
{
    pthread_mutex_lock(&one);
    start("opposite", lock_other_first, NULL);
    pthread_mutex_lock(&other);
}

static void self(void)
{
    pthread_mutex_lock(&one);
    pthread_mutex_lock(&one);
}

static void *wait_for_semaphore(void *unused)
{
    sem_wait(&semaphore);
    return unused;
}

static void *wait_for_condition(void *unused)
{
    pthread_mutex_lock(&one);
    pthread_cond_wait(&condition, &one);
    return unused;
}

static void *wait_at_barrier(void *unused)
{
    pthread_barrier_wait(&barrier);
    return unused;
}

static void *wait_to_write(void *unused)
{
    pthread_rwlock_wrlock(&lock);
    return unused;
}

static void *wait_for_pipe(void *unused)
{
    char byte;

    (void)!read(ends[0], &byte, 1);
    return unused;
}

static void *wait_for_event(void *unused)
{
    eventfd_t value;

    eventfd_read(event, &value);
    return unused;
}

/* A thread at each place where threads meet, and main that waits for the first of them. */
static void everywhere(void)
{
    sem_init(&semaphore, 0, 0);
    pthread_barrier_init(&barrier, NULL, 3);
    pthread_rwlock_rdlock(&lock);
    event = eventfd(0, 0);
    if (pipe(ends) || event < 0)
        exit(99);
    pthread_t first = start("semaphore", wait_for_semaphore, NULL);

    start("condition", wait_for_condition, NULL);
    start("barrier", wait_at_barrier, NULL);
    start("writer", wait_to_write, NULL);
    start("reader of pipe", wait_for_pipe, NULL);
    start("event", wait_for_event, NULL);
    pthread_join(first, NULL);
}

static void *end_with_lock(void *unused)
{
    pthread_mutex_lock(&one);
    return unused;
}

/* The mutex of a thread that is no more. */
static void orphan(void)
{
    pthread_join(start("short-lived", end_with_lock, NULL), NULL);
    pthread_mutex_lock(&one);
}

/* --- none --- */

static void *post_after_a_while(void *unused)
{
    usleep(30000);
    sem_post(&semaphore);
    return unused;
}

static void sleeper_0(void)
{
    sem_init(&semaphore, 0, 0);
    start("sleeper", post_after_a_while, NULL);
    sem_wait(&semaphore);
}

static void *exit_7(void *main_thread)
{
    pthread_join(*(pthread_t *)main_thread, NULL);
    usleep(5000);
    exit(7);
}

static void main_leaves_7(void)
{
    static pthread_t main_thread;

    main_thread = pthread_self();
    start("goes on", exit_7, &main_thread);
    pthread_exit(NULL);
}

static void *say_something(void *unused)
{
    usleep(5000);
    puts("last words");
    return unused;
}

/* The last thread to end ends the program, with 0, and what it printed is out. */
static void last_ends_0(void)
{
    start("last", say_something, NULL);
    pthread_exit((void *)33);
}

static void alone_0(void)
{
    atexit((void (*)(void))say_something);
    pthread_exit((void *)33);
}

static void *print_for_ever(void *unused)
{
    for (;;) {
        puts("tick");
        sched_yield();
    }
    return unused;
}

/* main's end is everybody's. */
static void others_run_5(void)
{
    start("printer", print_for_ever, NULL);
    usleep(1000);
    exit(5);
}

static const struct {
    const char *name;
    void (*run)(void);
} ways[] = {
    { "mutexes", mutexes },     { "self", self },           { "everywhere", everywhere },
    { "orphan", orphan },       { "sleeper_0", sleeper_0 }, { "main_leaves_7", main_leaves_7 },
    { "last_ends_0", last_ends_0 }, { "alone_0", alone_0 }, { "others_run_5", others_run_5 },
};

int main(int count, char **arguments)
{
    const char *way = count > 1 ? arguments[1] : "";

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (strcmp(ways[i].name, way) == 0) {
            ways[i].run();
            return 0;
        }
    fprintf(stderr, "no such way: %s\n", way);
    return 99;
}
