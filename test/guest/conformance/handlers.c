/*
 * Signals: what flags of sigaction mean, order and values of what is pending, waiting for them, timers that send them.
 */
#include "conform.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, depth, deepest, value, code, order;
static sigset_t during;

static void handle(int signal)
{
    (void)signal;
    count++;
}

static void nest(int signal)
{
    depth++;
    deepest = depth > deepest ? depth : deepest;
    sigprocmask(SIG_BLOCK, NULL, &during);
    if (++count < 3)
        raise(signal);
    depth--;
}

static void tell(int signal, siginfo_t *info, void *context)
{
    (void)context;
    value = info->si_value.sival_int;
    code = info->si_code;
    order = order * 10 + (signal == SIGUSR1 ? 1 : 2);
    count++;
}

static void check_flags(void)
{
    struct sigaction action = { .sa_handler = nest }, old;

    begin_group("signals: flags", "SA_RESETHAND, SA_NODEFER, sa_mask, what is asked back");
    sigemptyset(&during);
    CHECK(sigprocmask(SIG_SETMASK, &during, NULL) == 0);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 && count == 3 && deepest == 1);
    CHECK(sigismember(&during, SIGUSR1) == 1 && sigismember(&during, SIGUSR2) == 0);
    count = deepest = 0;
    action.sa_flags = SA_NODEFER;
    sigaddset(&action.sa_mask, SIGUSR2);
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 && count == 3 && deepest == 3);
    CHECK(sigismember(&during, SIGUSR1) == 0 && sigismember(&during, SIGUSR2) == 1);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == nest && (old.sa_flags & SA_NODEFER));
    CHECK(sigismember(&old.sa_mask, SIGUSR2) == 1 && sigismember(&old.sa_mask, SIGHUP) == 0);
    CHECK(sigprocmask(SIG_BLOCK, NULL, &during) == 0 && !sigismember(&during, SIGUSR1) && !sigismember(&during, SIGUSR2));
    count = 0;
    action = (struct sigaction){ .sa_handler = handle, .sa_flags = (int)SA_RESETHAND };
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && raise(SIGUSR1) == 0 && count == 1);
    CHECK(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(signal(SIGUSR1, SIG_IGN) == SIG_DFL && raise(SIGUSR1) == 0 && signal(SIGUSR1, SIG_DFL) == SIG_IGN);
    CHECK(signal(SIGCHLD, SIG_DFL) == SIG_DFL && raise(SIGCHLD) == 0 && raise(SIGURG) == 0 && raise(SIGWINCH) == 0);
    CHECK_REFUSED(sigaction(0, NULL, &old), EINVAL);
    CHECK_REFUSED(sigaction(65, NULL, &old), EINVAL);
    CHECK(sigaction(SIGKILL, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
    errno = 0;
    CHECK(signal(SIGSTOP, handle) == SIG_ERR && errno == EINVAL);
    CHECK_REFUSED(sigaddset(&during, 0), EINVAL);
    CHECK_REFUSED(sigaddset(&during, 65), EINVAL);
    CHECK(sigfillset(&during) == 0 && sigismember(&during, SIGRTMAX) == 1 && sigemptyset(&during) == 0);
}

static void block(int how, int first, int second)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, first);
    sigaddset(&set, second);
    CHECK(sigprocmask(how, &set, NULL) == 0);
}

static void check_pending(void)
{
    struct sigaction action = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO };
    struct timespec none = { 0, 0 }, soon = { 0, 2000000 };
    siginfo_t info;
    sigset_t set;
    int got;

    begin_group("signals: pending", "sigqueue, sigwaitinfo, sigtimedwait, sigsuspend, sigpending, ignored while blocked");
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
    count = 0;
    CHECK(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 77 }) == 0 && count == 1 && value == 77 && code == SI_QUEUE);
    CHECK(kill(getpid(), SIGUSR1) == 0 && count == 2 && code == SI_USER);
    CHECK(kill(getpid(), 0) == 0 && kill(0, 0) == 0 && sigqueue(getpid(), 0, (union sigval){ 0 }) == 0 && count == 2);
    CHECK_REFUSED(sigqueue(getpid(), 9999, (union sigval){ 0 }), EINVAL);
    block(SIG_BLOCK, SIGUSR1, SIGUSR2);
    order = 0;
    CHECK(raise(SIGUSR2) == 0 && raise(SIGUSR1) == 0 && raise(SIGUSR2) == 0 && count == 2);
    CHECK(sigpending(&set) == 0 && sigismember(&set, SIGUSR1) == 1 && sigismember(&set, SIGUSR2) == 1);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigtimedwait(&set, &info, &none) == SIGUSR1 && info.si_signo == SIGUSR1 && count == 2);
    CHECK_REFUSED(sigtimedwait(&set, &info, &none), EAGAIN);
    CHECK_REFUSED(sigtimedwait(&set, &info, &soon), EAGAIN);
    soon.tv_nsec = -1;
    CHECK_REFUSED(sigtimedwait(&set, &info, &soon), EINVAL);
    CHECK(sigqueue(getpid(), SIGUSR1, (union sigval){ .sival_int = 5 }) == 0 && sigwaitinfo(&set, &info) == SIGUSR1);
    CHECK(info.si_value.sival_int == 5 && info.si_code == SI_QUEUE && count == 2);
    sigemptyset(&set);
    CHECK_REFUSED(sigsuspend(&set), EINTR);
    CHECK(count == 3 && order == 2);
    CHECK(raise(SIGUSR1) == 0 && signal(SIGUSR1, SIG_IGN) != SIG_ERR && sigpending(&set) == 0 && !sigismember(&set, SIGUSR1));
    CHECK(raise(SIGUSR2) == 0);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(sigwait(&set, &got) == 0 && got == SIGUSR2);
    block(SIG_UNBLOCK, SIGUSR1, SIGUSR2);
    CHECK(count == 3);
    CHECK_REFUSED(sigprocmask(77, &set, NULL), EINVAL);
    CHECK(pthread_sigmask(77, &set, NULL) == EINVAL && pthread_kill(pthread_self(), 0) == 0);
    CHECK(pthread_kill(pthread_self(), 9999) == EINVAL && pthread_kill(pthread_self(), SIGUSR2) == 0 && count == 4);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
}

static int ends[2];

static void *write_later(void *unused)
{
    usleep(20000);
    write(ends[1], "x", 1);
    return unused;
}

/* A handler that comes while something waits. */
static void check_interruption(void)
{
    struct sigaction action = { .sa_handler = handle };
    struct itimerval soon = { .it_value = { 0, 3000 } };
    struct pollfd request;
    pthread_t thread = 0;
    char byte;

    begin_group("signals: waits", "EINTR and SA_RESTART of read, poll, pause, sleep");
    CHECK(pipe(ends) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
    request = (struct pollfd){ .fd = ends[0], .events = POLLIN };
    count = 0;
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(read(ends[0], &byte, 1), EINTR);
    CHECK(count == 1 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(poll(&request, 1, -1), EINTR);
    CHECK(count == 2 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(pause(), EINTR);
    CHECK(count == 3 && setitimer(ITIMER_REAL, &soon, NULL) == 0 && sleep(50) >= 49 && count == 4);
    action.sa_flags = SA_RESTART;
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && pthread_create(&thread, NULL, write_later, NULL) == 0);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0 && read(ends[0], &byte, 1) == 1 && byte == 'x' && count == 5);
    CHECK(pthread_join(thread, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(poll(&request, 1, -1), EINTR);
    CHECK(count == 6 && alarm(100) == 0 && alarm(0) >= 99 && alarm(0) == 0 && signal(SIGALRM, SIG_DFL) == handle);
    close(ends[0]);
    close(ends[1]);
}

static bool is_near(const struct timespec *time, long seconds)
{
    return time->tv_sec == seconds || (time->tv_sec == seconds - 1 && time->tv_nsec > 0);
}

static void check_timers(void)
{
    struct sigaction action = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42 };
    struct itimerspec time = { .it_value = { 0, 2000000 } }, left;
    timer_t timer = 0;

    begin_group("timers", "timer_create, timer_settime, absolute, repeated, overruns, deleted");
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
    CHECK(timer_gettime(timer, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    count = 0;
    CHECK(timer_settime(timer, 0, &time, NULL) == 0);
    while (!count)
        usleep(500);
    CHECK(count == 1 && value == 42 && code == SI_TIMER && timer_getoverrun(timer) == 0);
    CHECK(timer_gettime(timer, &left) == 0 && left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
    time.it_value = (struct timespec){ 100, 0 };
    time.it_interval = (struct timespec){ 7, 5 };
    CHECK(timer_settime(timer, 0, &time, NULL) == 0 && timer_gettime(timer, &left) == 0 && is_near(&left.it_value, 100));
    CHECK(left.it_interval.tv_sec == 7 && left.it_interval.tv_nsec == 5);
    time = (struct itimerspec){ .it_value = { 0, 1 } };
    CHECK(timer_settime(timer, TIMER_ABSTIME, &time, &left) == 0 && is_near(&left.it_value, 100) && left.it_interval.tv_sec == 7);
    while (count < 2)
        usleep(500);
    time = (struct itimerspec){ .it_value = { 0, 2000000 }, .it_interval = { 0, 2000000 } };
    CHECK(timer_settime(timer, 0, &time, NULL) == 0);
    while (count < 5)
        usleep(500);
    time = (struct itimerspec){ .it_value = { 0, 1000000000 } };
    CHECK_REFUSED(timer_settime(timer, 0, &time, NULL), EINVAL);
    CHECK(timer_delete(timer) == 0);
    int before = count;

    CHECK(usleep(8000) == 0 && count == before);
    CHECK_REFUSED(timer_create((clockid_t)9999, &event, &timer), EINVAL);
    event.sigev_signo = 9999;
    CHECK_REFUSED(timer_create(CLOCK_REALTIME, &event, &timer), EINVAL);
    CHECK(signal(SIGUSR1, SIG_DFL) != SIG_ERR);
}

static void check_timer_descriptors(void)
{
    struct itimerspec time = { .it_value = { 0, 1000000 }, .it_interval = { 0, 1000000 } }, left;
    struct timespec now, goal;
    uint64_t expired = 0;

    begin_group("timers: descriptors", "timerfd relative, absolute, repeated, stopped; clock_nanosleep absolute");
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    CHECK(timer >= 0);
    CHECK_REFUSED(read(timer, &expired, 8), EAGAIN);
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0 && usleep(5000) == 0 && read(timer, &expired, 8) == 8 && expired >= 4);
    time = (struct itimerspec){ .it_value = { 50, 0 }, .it_interval = { 3, 4 } };
    CHECK(timerfd_settime(timer, 0, &time, &left) == 0 && left.it_interval.tv_nsec == 1000000);
    CHECK(timerfd_gettime(timer, &left) == 0 && is_near(&left.it_value, 50) && left.it_interval.tv_sec == 3);
    time = (struct itimerspec){ .it_value = { 0, 1 } };
    CHECK(timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, NULL) == 0 && read(timer, &expired, 8) == 8 && expired == 1);
    time.it_value.tv_nsec = 0;
    CHECK(timerfd_settime(timer, 0, &time, NULL) == 0 && timerfd_gettime(timer, &left) == 0 && left.it_value.tv_nsec == 0);
    CHECK_REFUSED(read(timer, &expired, 7), EINVAL);
    CHECK_REFUSED(write(timer, &expired, 8), EINVAL);
    CHECK_REFUSED(timerfd_settime(timer, 77, &time, NULL), EINVAL);
    time.it_value.tv_nsec = -1;
    CHECK_REFUSED(timerfd_settime(timer, 0, &time, NULL), EINVAL);
    CHECK_REFUSED(timerfd_create(9999, 0), EINVAL);
    CHECK_REFUSED(timerfd_create(CLOCK_MONOTONIC, 77), EINVAL);
    CHECK_REFUSED(timerfd_gettime(1, &left), EINVAL);
    CHECK(close(timer) == 0);
    for (int i = 0; i < 2; i++) {
        clockid_t clock = i == 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;

        clock_gettime(clock, &goal);
        goal.tv_nsec += 3000000;
        goal.tv_sec += goal.tv_nsec / 1000000000;
        goal.tv_nsec %= 1000000000;
        CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &goal, NULL) == 0 && clock_gettime(clock, &now) == 0);
        CHECK(now.tv_sec > goal.tv_sec || (now.tv_sec == goal.tv_sec && now.tv_nsec >= goal.tv_nsec));
        CHECK(clock_nanosleep(clock, TIMER_ABSTIME, &goal, NULL) == 0);
    }
    goal.tv_nsec = 1000000000;
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &goal, NULL) == EINVAL && clock_nanosleep(9999, 0, &now, NULL) == EINVAL);
    CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &now, NULL) == EINVAL);
}

void check_handlers(void)
{
    check_flags();
    check_pending();
    check_interruption();
    check_timers();
    check_timer_descriptors();
}
