/*
 * What belongs to a thread: its variables, its registers across jumps, its end.
 */
#include "conform.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define THREADS 12

static _Thread_local int begun = 7;
static _Thread_local char odd[3] = "ab";
static _Thread_local _Alignas(64) long aligned[5] = { 1, 2, 3, 4, 5 };
static _Thread_local double empty[100];

struct own {
    bool fresh, kept, straight;
    int *place;
};

static void *use_own(void *argument)
{
    struct own *own = argument;
    int mark = (int)(next_random() % 1000);

    own->straight = (uintptr_t)aligned % 64 == 0;
    own->fresh = begun == 7 && strcmp(odd, "ab") == 0 && aligned[4] == 5 && empty[99] == 0 && empty[0] == 0;
    own->place = &begun;
    begun = mark;
    empty[50] = mark;
    errno = mark;
    for (int i = 0; i < 5; i++)
        sched_yield();
    own->kept = begun == mark && empty[50] == mark && errno == mark;
    return own;
}

static void check_variables(void)
{
    pthread_t threads[THREADS];
    struct own own[THREADS];
    bool right = true, apart = true;
    void *result;

    begin_group("threads: variables", "_Thread_local with values, alignment, zeroes; errno; in twelve threads at once");
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < THREADS; i++)
            right &= pthread_create(&threads[i], NULL, use_own, &own[i]) == 0;
        for (int i = 0; i < THREADS; i++) {
            right &= pthread_join(threads[i], &result) == 0 && result == &own[i];
            right &= own[i].fresh && own[i].kept && own[i].straight && own[i].place != &begun;
            for (int j = 0; j < i; j++)
                apart &= own[i].place != own[j].place;
        }
    }
    CHECK(right);
    CHECK(apart);
    CHECK(begun == 7);
}

static jmp_buf here;
static volatile int depth;

__attribute__((noinline)) static void leave(int levels, int value)
{
    volatile char room[200];

    room[0] = (char)levels;
    depth++;
    if (levels == 0)
        longjmp(here, value);
    leave(levels - 1, value);
    depth -= room[0] >= 0;
}

/* Enough values that live across the jump to fill the registers that a call keeps; none changes after setjmp(). */
__attribute__((noinline)) static long jump_among(long a, long b, long c, long d, long e, long f)
{
    long g = a * b + 1, h = c * d + 2, i = e * f + 3;
    int value = setjmp(here);

    if (value == 0)
        leave((int)a % 5, (int)b);
    return a + 2 * b + 3 * c + 5 * d + 7 * e + 11 * f + 13 * g + 17 * h + 19 * i + value;
}

static void check_jumps(void)
{
    bool right = true;
    volatile int rounds = 0;
    jmp_buf again;

    begin_group("setjmp: registers", "values across jumps out of calls, value 0, many jumps to one place");
    for (long i = 1; i < 200; i++) {
        long g = i * (i + 1) + 1, h = (i + 2) * (i + 3) + 2, j = (i + 4) * (i + 5) + 3;
        long value = i + 2 * (i + 1) + 3 * (i + 2) + 5 * (i + 3) + 7 * (i + 4) + 11 * (i + 5) + 13 * g + 17 * h + 19 * j + i + 1;

        depth = 0;
        right &= jump_among(i, i + 1, i + 2, i + 3, i + 4, i + 5) == value && depth == i % 5 + 1;
    }
    CHECK(right);
    int value = setjmp(again);

    rounds++;
    if (rounds < 100)
        longjmp(again, rounds == 50 ? 0 : rounds);
    CHECK(rounds == 100 && value == 99);
}

static sem_t ready, never;
static int order[10], steps;

static void note(void *step)
{
    order[steps++ % 10] = (int)(intptr_t)step;
}

static void *wait_for_ever(void *how)
{
    pthread_cleanup_push(note, (void *)1);
    pthread_cleanup_push(note, (void *)2);
    sem_post(&ready);
    if (how) {
        pthread_cleanup_push(note, (void *)3);
        pthread_cleanup_pop(1);
        pthread_exit((void *)9);
    }
    for (;;)
        sem_wait(&never);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return NULL;
}

static void *refuse_a_while(void *argument)
{
    int before;

    (void)argument;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    sem_post(&ready);
    sem_wait(&never);
    pthread_testcancel();
    steps = 40;
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    steps = 50;
    return NULL;
}

static void note_value(void *value)
{
    note(value);
}

static pthread_key_t key;

static void *set_value(void *value)
{
    pthread_setspecific(key, value);
    return NULL;
}

static void check_cancellation(void)
{
    pthread_t thread;
    void *result = NULL;

    begin_group("threads: ends", "cancellation, clean-up handlers, keys, pthread_exit");
    CHECK(sem_init(&ready, 0, 0) == 0 && sem_init(&never, 0, 0) == 0);
    CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0 && sem_wait(&ready) == 0 && pthread_cancel(thread) == 0);
    CHECK(pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && steps == 2 && order[0] == 2 && order[1] == 1);
    steps = 0;
    CHECK(pthread_create(&thread, NULL, wait_for_ever, &ready) == 0 && pthread_join(thread, &result) == 0);
    CHECK(result == (void *)9 && steps == 3 && order[0] == 3 && order[1] == 2 && order[2] == 1 && sem_wait(&ready) == 0);
    CHECK(pthread_create(&thread, NULL, refuse_a_while, NULL) == 0 && sem_wait(&ready) == 0 && pthread_cancel(thread) == 0);
    CHECK(sem_post(&never) == 0 && pthread_join(thread, &result) == 0 && result == PTHREAD_CANCELED && steps == 40);
    steps = 0;
    CHECK(pthread_key_create(&key, note_value) == 0 && pthread_create(&thread, NULL, set_value, (void *)5) == 0);
    CHECK(pthread_join(thread, NULL) == 0 && steps == 1 && order[0] == 5 && pthread_getspecific(key) == NULL);
    CHECK(pthread_key_delete(key) == 0);
}

static int produced, consumed;
static sem_t full, room;

static void *consume(void *argument)
{
    (void)argument;
    for (int i = 0; i < 500; i++) {
        sem_wait(&full);
        consumed += produced - consumed >= 1;
        sem_post(&room);
    }
    return NULL;
}

static void check_semaphores(void)
{
    struct timespec soon;
    pthread_t thread;
    int value = -1;

    begin_group("semaphores", "values, time-outs, producer and consumer");
    CHECK(sem_init(&full, 0, 0) == 0 && sem_init(&room, 0, 3) == 0);
    CHECK(sem_getvalue(&room, &value) == 0 && value == 3);
    CHECK_REFUSED(sem_trywait(&full), EAGAIN);
    CHECK(clock_gettime(CLOCK_REALTIME, &soon) == 0);
    CHECK_REFUSED(sem_timedwait(&full, &soon), ETIMEDOUT);
    soon.tv_nsec = 1000000000;
    CHECK_REFUSED(sem_timedwait(&full, &soon), EINVAL);
    soon.tv_nsec = 0;
    CHECK(sem_timedwait(&room, &soon) == 0 && sem_post(&room) == 0);
    CHECK(pthread_create(&thread, NULL, consume, NULL) == 0);
    for (int i = 0; i < 500; i++) {
        sem_wait(&room);
        produced++;
        sem_post(&full);
    }
    CHECK(pthread_join(thread, NULL) == 0 && consumed == 500 && sem_getvalue(&room, &value) == 0 && value == 3);
    CHECK_REFUSED(sem_init(&full, 0, 0x80000000U), EINVAL);
    CHECK(sem_destroy(&full) == 0 && sem_destroy(&room) == 0);
}

void check_per_thread(void)
{
    check_variables();
    check_jumps();
    check_cancellation();
    check_semaphores();
}
