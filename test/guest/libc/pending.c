/*
 * Signals that are pending, and do not get to whom they were sent.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

static volatile sig_atomic_t count;
static volatile int told;

static void note(int signal)
{
    (void)signal;
    count++;
}

static sigset_t set_of(int signal)
{
    sigset_t set;

    sigemptyset(&set);
    check_equal(sigaddset(&set, signal), 0);
    return set;
}

static void *poll_for_ever(void *end)
{
    struct pollfd request = { .fd = *(int *)end, .events = POLLIN };

    told = 1;
    told = poll(&request, 1, -1) == 1 ? 2 : 3;
    return NULL;
}

TEST(a_signal_that_another_thread_takes_ends_no_poll)
{
    sigset_t set = set_of(SIGUSR2), old;
    struct timespec now = { 0, 0 };
    pthread_t thread;
    int ends[2];

    check(signal(SIGUSR2, note) != SIG_ERR);
    count = 0;
    told = 0;
    check_equal(pipe(ends), 0);
    check_equal(pthread_create(&thread, NULL, poll_for_ever, &ends[0]), 0);
    while (!told)
        sched_yield();
    check_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    check_equal(kill(getpid(), SIGUSR2), 0);
    check_equal(sigtimedwait(&set, NULL, &now), SIGUSR2);
    for (int i = 0; i < 3; i++)
        sched_yield();
    check_equal(told, 1);
    check_equal(write(ends[1], "x", 1), 1);
    check_equal(pthread_join(thread, NULL), 0);
    check_equal(told, 2);
    check_equal(count, 0);
    check_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    close(ends[0]);
    close(ends[1]);
}

TEST(what_is_ignored_is_not_pending)
{
    sigset_t set = set_of(SIGUSR1), old, pending;

    check(signal(SIGUSR1, note) != SIG_ERR);
    count = 0;
    check_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(kill(getpid(), SIGUSR1), 0);
    check_equal(sigpending(&pending), 0);
    check(sigismember(&pending, SIGUSR1));
    check(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
    check_equal(sigpending(&pending), 0);
    check(!sigismember(&pending, SIGUSR1));
    check(signal(SIGUSR1, note) != SIG_ERR);
    count = 0;
    check_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    check_equal(count, 0);
}
