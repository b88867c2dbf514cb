/*
 * Threads' lives: beginning, end, what they have of their own.
 */
#include <errno.h>
#include <fenv.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expect.h"

static void *plus_one(void *argument)
{
    return (char *)argument + 1;
}

TEST(a_result_is_joined)
{
    pthread_t thread;
    void *result = NULL;

    expect_equal(pthread_create(&thread, NULL, plus_one, (void *)41), 0);
    expect_equal(pthread_join(thread, &result), 0);
    expect_equal((intptr_t)result, 42);
}

static void *leave_deeply(void *depth)
{
    if ((intptr_t)depth == 0)
        pthread_exit("left");
    return leave_deeply((void *)((intptr_t)depth - 1));
}

TEST(exit_leaves_from_anywhere)
{
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, leave_deeply, (void *)20);
    pthread_join(thread, &result);
    expect(strcmp(result, "left") == 0);
}

static void *own_id(void *argument)
{
    *(pthread_t *)argument = pthread_self();
    return NULL;
}

TEST(ids_are_told_apart)
{
    pthread_t one, other, seen_one, seen_other;

    pthread_create(&one, NULL, own_id, &seen_one);
    pthread_create(&other, NULL, own_id, &seen_other);
    pthread_join(one, NULL);
    pthread_join(other, NULL);
    expect(pthread_equal(one, seen_one));
    expect(pthread_equal(other, seen_other));
    expect(!pthread_equal(seen_one, seen_other));
    expect(!pthread_equal(one, pthread_self()));
}

static sem_t detached_ran;

static void *wait_for(void *semaphore)
{
    sem_wait(semaphore);
    return NULL;
}

static void *post(void *semaphore)
{
    sem_post(semaphore);
    return NULL;
}

static void *detach_myself(void *semaphore)
{
    expect_equal(pthread_detach(pthread_self()), 0);
    return post(semaphore);
}

TEST(detached_threads_run)
{
    pthread_attr_t attributes;
    pthread_t thread;

    sem_init(&detached_ran, 0, 0);
    pthread_attr_init(&attributes);
    expect_equal(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED), 0);
    expect_equal(pthread_attr_setdetachstate(&attributes, 77), EINVAL);
    expect_equal(pthread_create(&thread, &attributes, post, &detached_ran), 0);
    expect_equal(pthread_create(&thread, NULL, detach_myself, &detached_ran), 0);
    expect_equal(pthread_create(&thread, NULL, post, &detached_ran), 0);
    expect_equal(pthread_detach(thread), 0);
    for (int i = 0; i < 3; i++)
        sem_wait(&detached_ran);
    pthread_attr_destroy(&attributes);
}

TEST(join_refuses_what_cannot_be)
{
    pthread_attr_t attributes;
    pthread_t thread;
    sem_t go;

    expect_equal(pthread_join(pthread_self(), NULL), EDEADLK);
    sem_init(&go, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &attributes, wait_for, &go);
    expect_equal(pthread_join(thread, NULL), EINVAL);
    expect_equal(pthread_detach(thread), EINVAL);
    sem_post(&go);
    pause_ms(5);
}

static void *sleep_a_little(void *argument)
{
    pause_ms(20);
    return argument;
}

TEST(joins_that_do_not_wait_for_ever)
{
    struct timespec time = after(CLOCK_REALTIME, 2), later = after(CLOCK_MONOTONIC, 5000);
    pthread_t thread;
    void *result;

    pthread_create(&thread, NULL, sleep_a_little, "slept");
    expect_equal(pthread_tryjoin_np(thread, &result), EBUSY);
    expect_equal(pthread_timedjoin_np(thread, &result, &time), ETIMEDOUT);
    expect(has_come(CLOCK_REALTIME, &time));
    expect_equal(pthread_clockjoin_np(thread, &result, CLOCK_MONOTONIC, &later), 0);
    expect(strcmp(result, "slept") == 0);
}

static int counted;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;

static void *count(void *unused)
{
    (void)unused;
    for (int i = 0; i < 50; i++) {
        pthread_mutex_lock(&counting);
        int seen = counted;

        sched_yield();
        counted = seen + 1;
        pthread_mutex_unlock(&counting);
    }
    return NULL;
}

TEST(many_at_a_time)
{
    enum { MANY = 60 };
    pthread_t threads[MANY];
    pthread_attr_t attributes;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN + 16384);
    for (int i = 0; i < MANY; i++)
        expect_equal(pthread_create(&threads[i], &attributes, count, NULL), 0);
    for (int i = 0; i < MANY; i++)
        expect_equal(pthread_join(threads[i], NULL), 0);
    expect_equal(counted, MANY * 50);
}

TEST(many_one_after_the_other)
{
    pthread_t thread;
    void *result;
    int good = 0;

    for (intptr_t i = 0; i < 20000; i++)
        if (pthread_create(&thread, NULL, plus_one, (void *)i) == 0 && pthread_join(thread, &result) == 0)
            good += (intptr_t)result == i + 1;
    expect_equal(good, 20000);
}

/* --- what a thread has of its own --- */

static _Thread_local int initialised = 7;
static _Thread_local long zero;
static _Thread_local char aligned[3] __attribute__((aligned(512))) = "al";

static void *look_at_own(void *argument)
{
    expect_equal(initialised, 7);
    expect_equal(zero, 0);
    expect_equal((uintptr_t)aligned % 512, 0);
    expect(strcmp(aligned, "al") == 0);
    initialised = zero = (int)(intptr_t)argument;
    aligned[0] = 'b';
    sched_yield();
    expect_equal(initialised, (intptr_t)argument);
    expect_equal(zero, (intptr_t)argument);
    return NULL;
}

TEST(thread_local_variables)
{
    pthread_t threads[5];

    for (intptr_t i = 0; i < 5; i++)
        pthread_create(&threads[i], NULL, look_at_own, (void *)(i + 100));
    for (int i = 0; i < 5; i++)
        pthread_join(threads[i], NULL);
    expect_equal(initialised, 7);
    expect_equal(zero, 0);
    expect(strcmp(aligned, "al") == 0);
    expect_equal((uintptr_t)aligned % 512, 0);
}

static void *set_errno(void *unused)
{
    expect_equal(errno, 0);
    errno = ENOENT;
    sched_yield();
    expect_equal(errno, ENOENT);
    return unused;
}

TEST(errno_is_each_ones_own)
{
    pthread_t thread;

    errno = EDOM;
    pthread_create(&thread, NULL, set_errno, NULL);
    sched_yield();
    pthread_join(thread, NULL);
    expect_equal(errno, EDOM);
}

static void *use_library_state(void *argument)
{
    char *save, text[] = "a,b,c", number[64];

    expect(strcmp(strtok_r(text, ",", &save), "a") == 0);
    expect(snprintf(number, sizeof number, "%.17g %a", 0.1 * (intptr_t)argument, 1e300 / 3) > 0);
    expect(fabs(strtod(number, NULL) - 0.1 * (intptr_t)argument) < 1e-12);
    srand48(5);
    return argument;
}

TEST(the_library_forgets_a_threads_state)
{
    pthread_t thread;
    char *end = NULL;

    for (intptr_t i = 0; i < 3000; i++) {
        expect_equal(pthread_create(&thread, NULL, use_library_state, (void *)i), 0);
        pthread_join(thread, NULL);
        if (i == 1000)
            end = sbrk(0);
    }
    expect_equal((char *)sbrk(0) - end, 0);
}

/* More at a time than are kept, again and again: neither memory nor addresses run out. */
TEST(stacks_are_given_back)
{
    enum { MANY = 40, ROUNDS = 30, SIZE = 512 << 10 };
    pthread_t threads[MANY];
    pthread_attr_t attributes;
    sem_t go;
    char *volatile memory;

    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, SIZE);
    sem_init(&go, 0, 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < MANY; i++)
            expect_equal(pthread_create(&threads[i], &attributes, wait_for, &go), 0);
        for (int i = 0; i < MANY; i++)
            sem_post(&go);
        for (int i = 0; i < MANY; i++)
            pthread_join(threads[i], NULL);
    }
    /* What is kept of them is to be had for other things. */
    memory = malloc(28 << 20);
    expect(memory != NULL);
    free(memory);
    sem_destroy(&go);
}

static void *rounding(void *unused)
{
    (void)unused;
    return (void *)(intptr_t)fegetround();
}

TEST(the_floating_point_environment_is_inherited)
{
    pthread_t thread;
    void *result;

    fesetround(FE_UPWARD);
    pthread_create(&thread, NULL, rounding, NULL);
    fesetround(FE_DOWNWARD);
    pthread_join(thread, &result);
    expect_equal((intptr_t)result, FE_UPWARD);
    expect_equal(fegetround(), FE_DOWNWARD);
    fesetround(FE_TONEAREST);
}

/* --- stacks --- */

static void *within_own_stack(void *unused)
{
    pthread_attr_t attributes;
    char *stack, here;
    size_t size, guard;

    expect_equal(pthread_getattr_np(pthread_self(), &attributes), 0);
    expect_equal(pthread_attr_getstack(&attributes, (void **)&stack, &size), 0);
    expect(&here > stack && &here < stack + size);
    expect_equal(pthread_attr_getguardsize(&attributes, &guard), 0);
    pthread_attr_destroy(&attributes);
    return unused;
}

static void *use_much(void *bytes)
{
    volatile char array[(size_t)bytes];

    for (size_t i = 0; i < (size_t)bytes; i += 1024)
        array[i] = (char)i;
    return (void *)(intptr_t)(array[0] + 1);
}

TEST(stacks_are_as_asked_for)
{
    pthread_attr_t attributes;
    pthread_t thread;
    size_t size;

    within_own_stack(NULL);
    pthread_attr_init(&attributes);
    expect_equal(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN - 1), EINVAL);
    expect_equal(pthread_attr_setstacksize(&attributes, 600 << 10), 0);
    expect_equal(pthread_attr_getstacksize(&attributes, &size), 0);
    expect_equal(size, 600 << 10);
    expect_equal(pthread_attr_setguardsize(&attributes, 8192), 0);
    pthread_create(&thread, &attributes, within_own_stack, NULL);
    pthread_join(thread, NULL);
    pthread_create(&thread, &attributes, use_much, (void *)(560 << 10));
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
}

static void *where(void *place)
{
    volatile char here = 0;

    *(uintptr_t *)place = (uintptr_t)&here;
    return NULL;
}

TEST(a_stack_of_the_programs)
{
    enum { SIZE = 128 << 10 };
    pthread_attr_t attributes;
    pthread_t thread;
    uintptr_t place = 0;
    char *stack;

    stack = aligned_alloc(4096, SIZE);
    expect(stack != NULL);
    memset(stack, 0x5a, SIZE);
    pthread_attr_init(&attributes);
    expect_equal(pthread_attr_setstack(&attributes, stack, 1000), EINVAL);
    expect_equal(pthread_attr_setstack(&attributes, stack, SIZE), 0);
    for (int i = 0; i < 3; i++) {
        expect_equal(pthread_create(&thread, &attributes, where, &place), 0);
        expect_equal(pthread_join(thread, NULL), 0);
        expect(place > (uintptr_t)stack && place < (uintptr_t)stack + SIZE);
    }
    expect_equal(stack[0], 0x5a);
    free(stack);
}

static void *nothing(void *unused)
{
    return unused;
}

TEST(no_memory_is_an_error)
{
    pthread_attr_t attributes;
    pthread_t thread;

    pthread_attr_init(&attributes);
    expect_equal(pthread_attr_setstacksize(&attributes, (size_t)1 << 38), 0);
    expect_equal(pthread_create(&thread, &attributes, nothing, NULL), EAGAIN);
    expect_equal(pthread_create(&thread, NULL, nothing, NULL), 0);
    pthread_join(thread, NULL);
}

/* --- other questions --- */

TEST(names)
{
    char name[32];

    expect_equal(pthread_setname_np(pthread_self(), "fifteen letters"), 0);
    expect_equal(pthread_setname_np(pthread_self(), "sixteen letters!"), ERANGE);
    expect_equal(pthread_getname_np(pthread_self(), name, sizeof name), 0);
    expect(strcmp(name, "fifteen letters") == 0);
    expect_equal(pthread_getname_np(pthread_self(), name, 3), ERANGE);
}

TEST(scheduling_is_told_as_it_is)
{
    struct sched_param parameters = { .sched_priority = 5 };
    int policy = -1;

    expect_equal(pthread_getschedparam(pthread_self(), &policy, &parameters), 0);
    expect_equal(policy, SCHED_OTHER);
    expect_equal(parameters.sched_priority, 0);
    expect_equal(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters), 0);
    parameters.sched_priority = 99;
    expect(pthread_setschedparam(pthread_self(), SCHED_OTHER, &parameters) != 0);
    expect_equal(sched_getscheduler(0), SCHED_OTHER);
    expect_equal(sched_get_priority_max(SCHED_OTHER), 0);
    expect_equal(sched_get_priority_min(SCHED_OTHER), 0);
    expect_equal(sched_get_priority_max(12345), -1);
    expect_equal(errno, EINVAL);
    expect_equal(pthread_setconcurrency(3), 0);
    expect_equal(pthread_getconcurrency(), 3);
    expect_equal(pthread_setconcurrency(-1), EINVAL);
}

TEST(affinity_names_processors_that_exist)
{
    cpu_set_t set, none;

    CPU_ZERO(&none);
    expect_equal(pthread_getaffinity_np(pthread_self(), sizeof set, &set), 0);
    expect(CPU_COUNT(&set) >= 1);
    expect(CPU_ISSET(sched_getcpu(), &set));
    expect_equal(pthread_setaffinity_np(pthread_self(), sizeof set, &set), 0);
    expect_equal(pthread_setaffinity_np(pthread_self(), sizeof none, &none), EINVAL);
    expect_equal(sched_setaffinity(0, sizeof none, &none), -1);
    CPU_SET(1000, &none);
    expect_equal(CPU_COUNT(&none), 1);
    expect_equal(sched_setaffinity(0, sizeof none, &none), -1);
    CPU_CLR(1000, &none);
    expect_equal(CPU_COUNT(&none), 0);
    expect(!CPU_EQUAL(&set, &none));
}

static void *burn(void *unused)
{
    struct timespec start, now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while ((now.tv_sec - start.tv_sec) * 1000000000L + now.tv_nsec - start.tv_nsec < 5000000);
    return unused;
}

TEST(processor_time_is_what_was_run)
{
    struct timespec before, now, real, real_later, other;
    clockid_t clock;
    pthread_t thread;
    sem_t go;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    clock_gettime(CLOCK_MONOTONIC, &real);
    pthread_create(&thread, NULL, burn, NULL);
    pthread_join(thread, NULL);
    pause_ms(20);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    clock_gettime(CLOCK_MONOTONIC, &real_later);
    long own = (now.tv_sec - before.tv_sec) * 1000000000L + now.tv_nsec - before.tv_nsec;
    long passed = (real_later.tv_sec - real.tv_sec) * 1000000000L + real_later.tv_nsec - real.tv_nsec;

    expect_equal(own >= 0 && own < passed - 15000000 ? 0 : passed - own, 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    expect(now.tv_sec * 1000000000L + now.tv_nsec >= 5000000);
    sem_init(&go, 0, 0);
    pthread_create(&thread, NULL, wait_for, &go);
    expect_equal(pthread_getcpuclockid(thread, &clock), 0);
    expect_equal(clock_gettime(clock, &other), 0);
    expect(other.tv_sec == 0);
    sem_post(&go);
    pthread_join(thread, NULL);
}

static int once_ran;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_once(void)
{
    sched_yield();
    pause_ms(2);
    once_ran++;
}

static void *come_to_once(void *unused)
{
    pthread_once(&once, run_once);
    expect_equal(once_ran, 1);
    return unused;
}

TEST(once_is_once)
{
    pthread_t threads[4];

    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, come_to_once, NULL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    expect_equal(once_ran, 1);
}

TEST(signals_to_oneself)
{
    sigset_t set, old;

    expect_equal(pthread_kill(pthread_self(), 0), 0);
    expect_equal(pthread_kill(pthread_self(), 12345), EINVAL);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    expect_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    expect_equal(pthread_sigmask(SIG_SETMASK, &old, &set), 0);
    expect(sigismember(&set, SIGUSR1) == 1);
    expect_equal(pthread_atfork(NULL, NULL, NULL), 0);
}
