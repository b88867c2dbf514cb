/*
 * lwd/gang.h: order, waiting, yielding, tasks that add tasks, and what cannot be.
 */
#include <lwd/gang.h>
#include <lwd/sched.h>

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

#define STACKS 4
#define SMALL 16384
#define MANY 2000

static struct lwd_gang *gang;
static char order[64];
static size_t length;

static void note(struct lwd_task *task)
{
    order[length++] = *(const char *)task->argument;
    order[length] = 0;
}

static struct lwd_task named(const char *name)
{
    return (struct lwd_task){ .run = note, .argument = (void *)name };
}

static void begin(unsigned stacks, unsigned most)
{
    check_equal(lwd_gang_create(&gang, stacks, SMALL, most), 0);
    length = 0;
    order[0] = 0;
}

TEST(nothing_runs_before_the_start_and_all_in_their_order)
{
    struct lwd_task a = named("a"), b = named("b"), c = named("c"), d = named("d");

    begin(STACKS, 8);
    /* a, then b and c, then d. */
    check_equal(lwd_gang_order(gang, &a, &b), 0);
    check_equal(lwd_gang_order(gang, &a, &c), 0);
    check_equal(lwd_gang_order(gang, &b, &d), 0);
    check_equal(lwd_gang_order(gang, &c, &d), 0);
    struct lwd_task *all[] = { &d, &c, &b, &a };

    for (int i = 0; i < 4; i++)
        check_equal(lwd_gang_add(gang, all[i]), 0);
    check_equal(lwd_gang_add(gang, &a), -EEXIST);
    usleep(1000);
    check_text(order, "");
    check_equal(lwd_gang_run(gang), 0);
    check(strcmp(order, "abcd") == 0 || strcmp(order, "acbd") == 0);
    /* Again, with nothing left of the first time. */
    a = named("a");
    check_equal(lwd_gang_add(gang, &a), 0);
    check_equal(lwd_gang_run(gang), 0);
    check_equal(lwd_gang_run(gang), 0);
    check_equal(length, 5);
    lwd_gang_destroy(gang);
}

/* --- tasks that wait --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int arrived;

/* Goes on when all have come, who therefore are all in their middle at a time. */
static void meet(struct lwd_task *task)
{
    pthread_mutex_lock(&mutex);
    arrived++;
    pthread_cond_broadcast(&changed);
    while (arrived < STACKS)
        pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
    note(task);
}

TEST(as_many_tasks_wait_as_there_are_stacks)
{
    struct lwd_task tasks[STACKS];

    begin(STACKS, STACKS);
    arrived = 0;
    for (int i = 0; i < STACKS; i++) {
        tasks[i] = (struct lwd_task){ .run = meet, .argument = "m" };
        check_equal(lwd_gang_add(gang, &tasks[i]), 0);
    }
    struct lwd_task more = named("x");

    check_equal(lwd_gang_add(gang, &more), -ENOSPC);
    check_equal(lwd_gang_run(gang), 0);
    check_text(order, "mmmm");
    lwd_gang_destroy(gang);
}

static void yield_between(struct lwd_task *task)
{
    for (int i = 0; i < 3; i++) {
        note(task);
        lwd_gang_yield(gang);
    }
}

TEST(tasks_that_yield_take_turns)
{
    struct lwd_task a = { .run = yield_between, .argument = "a" }, b = { .run = yield_between, .argument = "b" };

    begin(2, 2);
    lwd_gang_add(gang, &a);
    lwd_gang_add(gang, &b);
    check_equal(lwd_gang_run(gang), 0);
    check_equal(length, 6);
    check(strcmp(order, "aaabbb") != 0 && strcmp(order, "bbbaaa") != 0);
    lwd_gang_destroy(gang);
}

static void sleep_a_while(struct lwd_task *task)
{
    struct timespec time = { 0, 3000000 };

    nanosleep(&time, NULL);
    note(task);
}

TEST(while_one_sleeps_others_run)
{
    struct lwd_task sleeper = { .run = sleep_a_while, .argument = "s" }, others[8];

    begin(2, 16);
    for (int i = 0; i < 8; i++) {
        others[i] = named("o");
        lwd_gang_add(gang, &others[i]);
    }
    /* The last that became ready is the first to run. */
    lwd_gang_add(gang, &sleeper);
    check_equal(lwd_gang_run(gang), 0);
    check_text(order, "oooooooos");
    lwd_gang_destroy(gang);
}

/* --- many --- */

static struct lwd_task many[MANY];
static unsigned ended[MANY], wrong, in_all;

static void check_before(struct lwd_task *task)
{
    unsigned number = (unsigned)(task - many);

    for (unsigned step = 1; step <= 3; step++)
        wrong += number >= step * 7 && !ended[number - step * 7];
    if (number % 5 == 0)
        lwd_gang_yield(gang);
    ended[number]++;
    in_all++;
}

static void run_many(void)
{
    begin(STACKS, MANY);
    memset(many, 0, sizeof many);
    memset(ended, 0, sizeof ended);
    wrong = in_all = 0;
    for (unsigned i = 0; i < MANY; i++) {
        many[i].run = check_before;
        for (unsigned step = 1; step <= 3; step++)
            if (i >= step * 7)
                check_equal(lwd_gang_order(gang, &many[i - step * 7], &many[i]), 0);
        check_equal(lwd_gang_add(gang, &many[i]), 0);
    }
    check_equal(lwd_gang_run(gang), 0);
    check_equal(in_all, MANY);
    check_equal(wrong, 0);
    lwd_gang_destroy(gang);
}

TEST(many_tasks_on_few_stacks_under_any_policy)
{
    const struct lwd_sched_policy *const policies[] = { &lwd_sched_fifo, &lwd_sched_ranked, &lwd_sched_stealing };

    for (int i = 0; i < 3; i++) {
        lwd_sched_use(policies[i]);
        run_many();
    }
    lwd_sched_use(&lwd_sched_fifo);
}

static void split(struct lwd_task *task)
{
    unsigned number = (unsigned)(task - many);

    in_all++;
    for (unsigned child = 2 * number + 1; child <= 2 * number + 2 && child < MANY; child++) {
        many[child].run = split;
        /* It has not ended, so the child waits until it has. */
        lwd_gang_order(gang, task, &many[child]);
        check_equal(lwd_gang_add(gang, &many[child]), 0);
    }
}

TEST(tasks_add_tasks)
{
    begin(STACKS, MANY);
    memset(many, 0, sizeof many);
    in_all = 0;
    many[0].run = split;
    lwd_gang_add(gang, &many[0]);
    check_equal(lwd_gang_run(gang), 0);
    check_equal(in_all, MANY);
    lwd_gang_destroy(gang);
}

/* It is in the middle of it that another stack has to be called. */
static void add_and_wait(struct lwd_task *task)
{
    /* Until the other one waits for work. */
    usleep(1000);
    many[1].run = meet;
    many[1].argument = "b";
    check_equal(lwd_gang_add(gang, &many[1]), 0);
    arrived += STACKS - 2;
    meet(task);
}

TEST(a_task_waits_for_one_that_it_has_added)
{
    begin(2, 8);
    memset(many, 0, sizeof many);
    arrived = 0;
    many[0].run = add_and_wait;
    many[0].argument = "a";
    lwd_gang_add(gang, &many[0]);
    check_equal(lwd_gang_run(gang), 0);
    check_equal(length, 2);
    lwd_gang_destroy(gang);
}

TEST(a_circle_is_an_error_and_the_gang_lives_on)
{
    struct lwd_task a = named("a"), b = named("b"), c = named("c"), never = named("n"), waits = named("w");

    begin(STACKS, 8);
    lwd_gang_order(gang, &a, &b);
    lwd_gang_order(gang, &b, &a);
    lwd_gang_order(gang, &never, &waits);
    lwd_gang_add(gang, &a);
    lwd_gang_add(gang, &b);
    lwd_gang_add(gang, &c);
    lwd_gang_add(gang, &waits);
    check_equal(lwd_gang_run(gang), -EDEADLK);
    check_text(order, "c");
    c = named("c");
    lwd_gang_add(gang, &c);
    check_equal(lwd_gang_run(gang), 0);
    check_text(order, "cc");
    lwd_gang_destroy(gang);
}

TEST(what_cannot_be_is_an_error)
{
    check_equal(lwd_gang_create(&gang, 0, SMALL, 1), -EINVAL);
    check_equal(lwd_gang_create(&gang, 1, SMALL, 0), -EINVAL);
    check_equal(lwd_gang_create(&gang, 1, SMALL, 1u << 31), -ENOMEM);
    /* Stacks of which there is memory for none. */
    struct lwd_task a = named("a");

    length = 0;
    check_equal(lwd_gang_create(&gang, 2, (size_t)1 << 30, 1), 0);
    lwd_gang_add(gang, &a);
    check_equal(lwd_gang_run(gang), -ENOMEM);
    check_equal(length, 0);
    lwd_gang_destroy(gang);
}

TEST(memory_comes_back)
{
    run_many();
    struct mallinfo before = mallinfo();

    run_many();
    check_equal(mallinfo().uordblks, before.uordblks);
}

TEST(stacks_that_cannot_be_are_refused)
{
    struct lwd_gang *refused = NULL;

    check_equal(lwd_gang_create(&refused, 1, 1, 1), -EINVAL);
    check_equal(lwd_gang_create(&refused, 1, SIZE_MAX, 1), -EINVAL);
    check_equal(lwd_gang_create(&refused, 0, 0, 1), -EINVAL);
    check_equal(lwd_gang_create(&refused, 1, 0, 0), -EINVAL);
    check(refused == NULL);
    /* Not whole pages: there are that many. */
    check_equal(lwd_gang_create(&gang, 1, 40001, 1), 0);
    check_equal(lwd_gang_run(gang), 0);
    lwd_gang_destroy(gang);
}

int main(void)
{
    return test_run_all();
}
