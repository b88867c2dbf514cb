/*
 * C11's threads.
 */
#include <threads.h>

#include "expect.h"

static mtx_t mutex;
static cnd_t condition;
static tss_t value;
static once_flag flag = ONCE_FLAG_INIT;
static int turn, called, destroyed;

static void call(void)
{
    called++;
}

static void destroy(void *pointer)
{
    destroyed += *(int *)pointer;
}

static int take_turns(void *argument)
{
    int mine = (int)(intptr_t)argument;
    static thread_local int own = 1;

    call_once(&flag, call);
    expect_equal(tss_set(value, &own), thrd_success);
    expect(tss_get(value) == &own);
    for (int i = 0; i < 10; i++) {
        mtx_lock(&mutex);
        while (turn % 3 != mine)
            expect_equal(cnd_wait(&condition, &mutex), thrd_success);
        turn++;
        own++;
        cnd_broadcast(&condition);
        mtx_unlock(&mutex);
    }
    return -mine;
}

TEST(c11_threads_take_turns)
{
    thrd_t threads[3];
    int result;

    expect_equal(mtx_init(&mutex, mtx_plain), thrd_success);
    expect_equal(cnd_init(&condition), thrd_success);
    expect_equal(tss_create(&value, destroy), thrd_success);
    for (intptr_t i = 0; i < 3; i++)
        expect_equal(thrd_create(&threads[i], take_turns, (void *)i), thrd_success);
    for (int i = 0; i < 3; i++) {
        expect_equal(thrd_join(threads[i], &result), thrd_success);
        expect_equal(result, -i);
    }
    expect_equal(turn, 30);
    expect_equal(called, 1);
    expect_equal(destroyed, 33);
    tss_delete(value);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
}

static int leave(void *result)
{
    thrd_yield();
    thrd_exit((int)(intptr_t)result);
}

TEST(c11_exit_and_detach)
{
    thrd_t thread;
    int result = 0;

    thrd_create(&thread, leave, (void *)77);
    expect(!thrd_equal(thread, thrd_current()));
    expect_equal(thrd_join(thread, &result), thrd_success);
    expect_equal(result, 77);
    thrd_create(&thread, leave, NULL);
    expect_equal(thrd_detach(thread), thrd_success);
    expect_equal(thrd_sleep(&(struct timespec){ 0, 2000000 }, NULL), 0);
    expect(thrd_sleep(&(struct timespec){ 0, -1 }, NULL) < 0);
}

static int try_it(void *unused)
{
    struct timespec time = after(CLOCK_REALTIME, 3);

    (void)unused;
    expect_equal(mtx_trylock(&mutex), thrd_busy);
    return mtx_timedlock(&mutex, &time);
}

TEST(c11_mutexes_of_each_kind)
{
    thrd_t thread;
    int result;

    expect_equal(mtx_init(&mutex, mtx_timed | mtx_recursive), thrd_success);
    mtx_lock(&mutex);
    expect_equal(mtx_trylock(&mutex), thrd_success);
    thrd_create(&thread, try_it, NULL);
    thrd_join(thread, &result);
    expect_equal(result, thrd_timedout);
    mtx_unlock(&mutex);
    mtx_unlock(&mutex);
    mtx_destroy(&mutex);
    mtx_init(&mutex, mtx_plain);
    cnd_init(&condition);
    struct timespec time = after(CLOCK_REALTIME, 3);

    mtx_lock(&mutex);
    expect_equal(cnd_timedwait(&condition, &mutex, &time), thrd_timedout);
    expect_equal(cnd_signal(&condition), thrd_success);
    mtx_unlock(&mutex);
    cnd_destroy(&condition);
    mtx_destroy(&mutex);
}
