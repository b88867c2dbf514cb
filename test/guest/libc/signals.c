/*
 * Signals that a program sends itself: handlers, masks, waiting for them, and what they interrupt.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "verdict.h"

static volatile sig_atomic_t count, last;
static siginfo_t seen;

static void note(int signal)
{
    count++;
    last = signal;
}

static void note_info(int signal, siginfo_t *info, void *context)
{
    check(context != NULL);
    seen = *info;
    note(signal);
}

static void handle(int signal, int flags)
{
    struct sigaction action = { .sa_flags = flags };

    if (flags & SA_SIGINFO)
        action.sa_sigaction = note_info;
    else
        action.sa_handler = note;
    check_equal(sigaction(signal, &action, NULL), 0);
    count = last = 0;
}

static sigset_t set_of(int signal)
{
    sigset_t set;

    sigemptyset(&set);
    check_equal(sigaddset(&set, signal), 0);
    return set;
}

TEST(raise_runs_the_handler_at_once)
{
    struct sigaction action;

    handle(SIGUSR1, 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(count, 1);
    check_equal(last, SIGUSR1);
    check_equal(kill(getpid(), SIGUSR1), 0);
    check_equal(pthread_kill(pthread_self(), SIGUSR1), 0);
    check_equal(count, 3);
    check_equal(sigaction(SIGUSR1, NULL, &action), 0);
    check(action.sa_handler == note);
    check_refused(raise(NSIG), EINVAL);
    check_refused(sigaction(SIGKILL, &action, NULL), EINVAL);
    check_refused(sigaction(0, NULL, &action), EINVAL);
    check(signal(SIGUSR1, SIG_IGN) == note);
    check_equal(raise(SIGUSR1), 0);
    check_equal(count, 3);
    check(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
}

TEST(a_handler_is_told_the_origin)
{
    union sigval value = { .sival_int = 42 };

    handle(SIGUSR2, SA_SIGINFO);
    check_equal(kill(getpid(), SIGUSR2), 0);
    check_equal(seen.si_signo, SIGUSR2);
    check_equal(seen.si_code, SI_USER);
    check_equal(seen.si_pid, getpid());
    check_equal(sigqueue(getpid(), SIGUSR2, value), 0);
    check_equal(seen.si_code, SI_QUEUE);
    check_equal(seen.si_value.sival_int, 42);
    check_equal(count, 2);
}

static volatile sig_atomic_t entered, depth, deepest;

static void again(int signal)
{
    depth++;
    deepest = depth > deepest ? depth : deepest;
    if (++entered < 3)
        raise(signal);
    depth--;
}

TEST(a_signal_is_blocked_in_its_handler)
{
    struct sigaction action = { .sa_handler = again };

    entered = depth = deepest = 0;
    check_equal(sigaction(SIGUSR1, &action, NULL), 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(entered, 3);
    check_equal(deepest, 1);
    action.sa_flags = SA_NODEFER;
    entered = deepest = 0;
    check_equal(sigaction(SIGUSR1, &action, NULL), 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(deepest, 3);
    handle(SIGUSR1, SA_RESETHAND);
    check_equal(raise(SIGUSR1), 0);
    check_equal(sigaction(SIGUSR1, NULL, &action), 0);
    check(action.sa_handler == SIG_DFL);
}

TEST(a_blocked_signal_waits)
{
    sigset_t set = set_of(SIGUSR1), old, pending;

    handle(SIGUSR1, 0);
    check_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    check_equal(sigismember(&old, SIGUSR1), 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(raise(SIGUSR1), 0);
    check_equal(count, 0);
    check_equal(sigpending(&pending), 0);
    check_equal(sigismember(&pending, SIGUSR1), 1);
    check_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    check_equal(count, 1);
    check_equal(sigpending(&pending), 0);
    check_equal(sigismember(&pending, SIGUSR1), 0);
    check_refused(sigprocmask(99, &set, NULL), EINVAL);
    check_refused(sigaddset(&set, NSIG), EINVAL);
}

TEST(waiting_takes_a_signal)
{
    sigset_t set = set_of(SIGUSR1), old;
    struct timespec soon = { 0, 1000 };
    siginfo_t info;
    int got;

    handle(SIGUSR1, 0);
    check_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
    check_equal(kill(getpid(), SIGUSR1), 0);
    check_equal(sigwait(&set, &got), 0);
    check_equal(got, SIGUSR1);
    check_refused(sigtimedwait(&set, &info, &soon), EAGAIN);
    check_equal(raise(SIGUSR1), 0);
    check_equal(sigwaitinfo(&set, &info), SIGUSR1);
    check_equal(info.si_signo, SIGUSR1);
    check_equal(raise(SIGUSR1), 0);
    check_refused(sigsuspend(&old), EINTR);
    check_equal(count, 1);
    check_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

static sigjmp_buf back;

static void jump(int signal)
{
    siglongjmp(back, signal);
}

TEST(a_handler_may_jump)
{
    struct sigaction action = { .sa_handler = jump };
    volatile int times = 0;
    sigset_t now;

    check_equal(sigaction(SIGUSR1, &action, NULL), 0);
    if (sigsetjmp(back, 1) == 0)
        raise(SIGUSR1);
    times++;
    check_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
    check_equal(sigismember(&now, SIGUSR1), 0);
    if (times < 3)
        raise(SIGUSR1);
    check_equal(times, 3);
}

/* --- what they interrupt --- */

static void in_microseconds(long microseconds)
{
    struct itimerval timer = { .it_value = { .tv_usec = microseconds } };

    check_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

TEST(an_alarm_ends_sleep)
{
    struct timespec long_time = { 1000, 0 }, left;

    handle(SIGALRM, SA_RESTART);
    check_equal(alarm(1000), 0);
    unsigned seconds = alarm(0);

    check(seconds == 1000 || seconds == 999);
    check_equal(alarm(0), 0);
    in_microseconds(20000);
    check_refused(nanosleep(&long_time, &left), EINTR);
    check_equal(count, 1);
    check(left.tv_sec == 999);
    in_microseconds(20000);
    check(sleep(100) > 90);
    in_microseconds(20000);
    check_refused(pause(), EINTR);
    in_microseconds(20000);
    check_refused(poll(NULL, 0, 100000), EINTR);
    in_microseconds(20000);
    check_refused(select(0, NULL, NULL, NULL, NULL), EINTR);
    check_equal(count, 5);
}

TEST(an_alarm_ends_a_read)
{
    int ends[2];
    char byte;

    check_equal(pipe(ends), 0);
    handle(SIGALRM, 0);
    in_microseconds(20000);
    check_refused(read(ends[0], &byte, 1), EINTR);
    check_equal(count, 1);
    close(ends[0]);
    close(ends[1]);
}

static int restart_ends[2];

static void write_byte(int signal)
{
    check_equal(signal, SIGALRM);
    count++;
    check_equal(write(restart_ends[1], "x", 1), 1);
}

TEST(a_read_begins_again)
{
    struct sigaction action = { .sa_handler = write_byte, .sa_flags = SA_RESTART };
    char byte;

    check_equal(pipe(restart_ends), 0);
    check_equal(sigaction(SIGALRM, &action, NULL), 0);
    count = 0;
    in_microseconds(20000);
    check_equal(read(restart_ends[0], &byte, 1), 1);
    check_equal(byte, 'x');
    check_equal(count, 1);
    close(restart_ends[0]);
    close(restart_ends[1]);
}

TEST(an_interval_repeats)
{
    struct itimerval timer = { { 0, 10000 }, { 0, 10000 } }, left, off = { { 0, 0 }, { 0, 0 } };

    handle(SIGALRM, 0);
    check_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
    check_equal(getitimer(ITIMER_REAL, &left), 0);
    check_equal(left.it_interval.tv_usec, 10000);
    check(left.it_value.tv_sec == 0 && left.it_value.tv_usec <= 10000);
    while (count < 3)
        pause();
    check_equal(setitimer(ITIMER_REAL, &off, &left), 0);
    check_equal(left.it_interval.tv_usec, 10000);
    check_equal(getitimer(ITIMER_REAL, &left), 0);
    check_equal(left.it_value.tv_usec, 0);
}

static volatile int called_with;

static void call_back(union sigval value)
{
    called_with = value.sival_int;
}

TEST(timers_of_posix)
{
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 7 };
    struct itimerspec time = { .it_value = { 0, 10000000 } }, left;
    timer_t timer;

    handle(SIGUSR2, SA_SIGINFO);
    check_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    check_equal(timer_settime(timer, 0, &time, NULL), 0);
    while (count == 0)
        pause();
    check_equal(seen.si_code, SI_TIMER);
    check_equal(seen.si_value.sival_int, 7);
    check_equal(timer_gettime(timer, &left), 0);
    check(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    check_equal(timer_delete(timer), 0);
    event.sigev_notify = SIGEV_THREAD;
    event.sigev_notify_function = call_back;
    check_equal(timer_create(CLOCK_REALTIME, &event, &timer), 0);
    check_equal(timer_settime(timer, 0, &time, NULL), 0);
    while (called_with != 7)
        usleep(1000);
    check_equal(timer_delete(timer), 0);
}

/* --- other threads --- */

static volatile int told;

static void *wait_in_read(void *ends)
{
    char byte;
    long result = read(((int *)ends)[0], &byte, 1);

    told = result == -1 && errno == EINTR;
    return NULL;
}

TEST(a_signal_for_another_thread)
{
    int ends[2];
    pthread_t thread;

    check_equal(pipe(ends), 0);
    handle(SIGUSR1, 0);
    told = 0;
    check_equal(pthread_create(&thread, NULL, wait_in_read, ends), 0);
    usleep(10000);
    check_equal(pthread_kill(thread, SIGUSR1), 0);
    check_equal(pthread_join(thread, NULL), 0);
    check_equal(told, 1);
    check_equal(count, 1);
    close(ends[0]);
    close(ends[1]);
}

static void *wait_for_signal(void *unused)
{
    sigset_t set = set_of(SIGUSR2);
    int got = 0;

    (void)unused;
    sigwait(&set, &got);
    told = got;
    return NULL;
}

TEST(a_thread_that_waits_for_signals)
{
    sigset_t set = set_of(SIGUSR2), old;
    pthread_t thread;

    told = 0;
    check_equal(pthread_sigmask(SIG_BLOCK, &set, &old), 0);
    check_equal(pthread_create(&thread, NULL, wait_for_signal, NULL), 0);
    usleep(10000);
    check_equal(kill(getpid(), SIGUSR2), 0);
    check_equal(pthread_join(thread, NULL), 0);
    check_equal(told, SIGUSR2);
    check_equal(pthread_sigmask(SIG_SETMASK, &old, NULL), 0);
}
