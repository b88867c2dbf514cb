/*
 * The process: signals, limits, environment, threads.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;
static siginfo_t seen;
static sigjmp_buf back;

static void handle(int signal)
{
    handled = signal;
}

static void leave(int signal, siginfo_t *info, void *context)
{
    (void)context;
    seen = *info;
    handled = signal;
    siglongjmp(back, 1);
}

static void check_signals(void)
{
    struct sigaction action = { .sa_handler = handle }, old;
    struct itimerval soon = { .it_value = { 0, 5000 } };
    struct timespec long_time = { 100, 0 };
    sigset_t set, before;
    int got;

    begin_group("signals", "handlers, masks, waiting, timers");
    CHECK(sigaction(SIGUSR1, &action, &old) == 0 && old.sa_handler == SIG_DFL);
    CHECK(raise(SIGUSR1) == 0 && handled == SIGUSR1);
    sigemptyset(&set);
    CHECK(sigaddset(&set, SIGUSR1) == 0 && sigismember(&set, SIGUSR1) == 1 && sigismember(&set, SIGUSR2) == 0);
    CHECK(sigprocmask(SIG_BLOCK, &set, &before) == 0);
    handled = 0;
    CHECK(kill(getpid(), SIGUSR1) == 0 && handled == 0 && sigpending(&set) == 0 && sigismember(&set, SIGUSR1));
    CHECK(sigprocmask(SIG_SETMASK, &before, NULL) == 0 && handled == SIGUSR1);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0 && raise(SIGUSR2) == 0);
    CHECK(sigwait(&set, &got) == 0 && got == SIGUSR2);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(nanosleep(&long_time, NULL), EINTR);
    CHECK(handled == SIGALRM && signal(SIGALRM, SIG_IGN) == handle && raise(SIGALRM) == 0);
    CHECK_REFUSED(kill(getpid(), 9999), EINVAL);
    CHECK_REFUSED(sigaction(SIGKILL, &action, NULL), EINVAL);
    CHECK(strcmp(strsignal(SIGSEGV), "Segmentation fault") == 0);
    CHECK(SIGUSR1 == 10 && SIGBUS == 7 && SIGCHLD == 17 && SIGRTMAX - SIGRTMIN >= _POSIX_RTSIG_MAX);
}

/* A little more than 2^64 nanoseconds, of which nothing may be left but a little. */
static void check_long_times(void)
{
    struct sigaction action = { .sa_handler = handle };
    struct itimerval soon = { .it_value = { 0, 5000 } }, never = { .it_value = { 0, 0 } };
    struct timespec ever = { 18446744073, 709552000 }, left;
    struct timeval coarse = { 18446744073, 709552 };
    struct itimerspec timer = { .it_value = ever }, set;
    int descriptor = timerfd_create(CLOCK_MONOTONIC, 0);
    sigset_t none;

    begin_group("long times", "sleeping, waiting, timers");
    sigemptyset(&none);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(nanosleep(&ever, &left), EINTR);
    CHECK(left.tv_sec > 3000000000 && setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(select(0, NULL, NULL, NULL, &coarse), EINTR);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(ppoll(NULL, 0, &ever, NULL), EINTR);
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
    CHECK_REFUSED(sigtimedwait(&none, NULL, &ever), EINTR);
    handled = 0;
    soon.it_value = (struct timeval){ 18446744073, 709552 };
    CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0 && usleep(2000) == 0 && handled == 0);
    CHECK(setitimer(ITIMER_REAL, &never, &soon) == 0 && soon.it_value.tv_sec > 3000000000);
    CHECK(timerfd_settime(descriptor, 0, &timer, NULL) == 0 && timerfd_gettime(descriptor, &set) == 0);
    CHECK(set.it_value.tv_sec > 3000000000);
    close(descriptor);
}

static void check_faults(void)
{
    struct sigaction action = { .sa_sigaction = leave, .sa_flags = SA_SIGINFO };
    volatile int zero = 0, result = 1;

    begin_group("faults", "SIGSEGV SIGFPE SIGILL SIGABRT");
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGILL, &action, NULL);
    sigaction(SIGABRT, &action, NULL);
    if (sigsetjmp(back, 1) == 0)
        *(volatile char *)(uintptr_t)(zero + 8) = 1;
    CHECK(handled == SIGSEGV && seen.si_addr == (void *)8 && seen.si_code == SEGV_MAPERR);
    if (sigsetjmp(back, 1) == 0)
        result = result / zero;
    CHECK(handled == SIGFPE && seen.si_code == FPE_INTDIV);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    CHECK(handled == SIGILL);
    if (sigsetjmp(back, 1) == 0)
        abort();
    CHECK(handled == SIGABRT);
    signal(SIGSEGV, SIG_DFL);
    signal(SIGABRT, SIG_DFL);
}

static void check_environment(void)
{
    char text[] = "CONFORM=put";

    begin_group("environment", "getenv, setenv, putenv");
    CHECK(setenv("CONFORM", "one", 1) == 0 && strcmp(getenv("CONFORM"), "one") == 0);
    CHECK(setenv("CONFORM", "two", 0) == 0 && strcmp(getenv("CONFORM"), "one") == 0);
    CHECK(putenv(text) == 0 && strcmp(getenv("CONFORM"), "put") == 0);
    CHECK(unsetenv("CONFORM") == 0 && getenv("CONFORM") == NULL);
    CHECK_REFUSED(setenv("A=B", "x", 1), EINVAL);
    CHECK_REFUSED(setenv("", "x", 1), EINVAL);
}

static void check_limits(void)
{
    struct rlimit limit;
    struct rusage usage;
    struct utsname system;
    char random[16] = { 0 };

    begin_group("system", "sysconf, limits, identity, random numbers");
    CHECK(sysconf(_SC_PAGESIZE) == 4096 && getpagesize() == 4096 && sysconf(_SC_OPEN_MAX) >= _POSIX_OPEN_MAX);
    CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && sysconf(_SC_PHYS_PAGES) > 0 && sysconf(_SC_IOV_MAX) >= IOV_MAX);
    CHECK(SSIZE_MAX == LONG_MAX && PATH_MAX >= _POSIX_PATH_MAX && NAME_MAX == 255 && PIPE_BUF >= _POSIX_PIPE_BUF);
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 0 && setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK_REFUSED(getrlimit(999, &limit), EINVAL);
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && uname(&system) == 0 && system.sysname[0]);
    CHECK(getrandom(random, sizeof random, 0) == sizeof random && getentropy(random, sizeof random) == 0);
    CHECK(getpid() > 0 && getuid() == geteuid() && getgid() == getegid() && getpgid(0) > 0);
    int status;

    CHECK_REFUSED(wait(&status), ECHILD);
    CHECK_REFUSED(waitpid(-1, &status, WNOHANG), ECHILD);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static int turn, cleaned;

static void clean(void *unused)
{
    (void)unused;
    cleaned++;
}

static void *take_turns(void *argument)
{
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 10; i++) {
        while (turn % 2 == 0)
            pthread_cond_wait(&changed, &mutex);
        turn++;
        pthread_cond_broadcast(&changed);
    }
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void *wait_for_cancel(void *argument)
{
    pthread_cleanup_push(clean, NULL);
    sem_wait(argument);
    pthread_cleanup_pop(0);
    return NULL;
}

static void check_threads(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    struct timespec past = { 1, 0 };
    void *result;
    size_t size;

    begin_group("threads", "mutex, cond, semaphore, cancel, attributes");
    CHECK(pthread_create(&thread, NULL, take_turns, &turn) == 0);
    pthread_mutex_lock(&mutex);
    for (int i = 0; i < 10; i++) {
        while (turn % 2)
            pthread_cond_wait(&changed, &mutex);
        turn++;
        pthread_cond_broadcast(&changed);
    }
    CHECK(pthread_mutex_trylock(&mutex) == EBUSY);
    pthread_mutex_unlock(&mutex);
    CHECK(pthread_join(thread, &result) == 0 && result == &turn && turn == 20);
    CHECK(sem_init(&semaphore, 0, 0) == 0 && pthread_create(&thread, NULL, wait_for_cancel, &semaphore) == 0);
    usleep(1000);
    CHECK(pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0);
    CHECK(result == PTHREAD_CANCELED && cleaned == 1);
    CHECK_REFUSED(sem_trywait(&semaphore), EAGAIN);
    CHECK_REFUSED(sem_timedwait(&semaphore, &past), ETIMEDOUT);
    CHECK(pthread_mutex_lock(&mutex) == 0 && pthread_cond_timedwait(&changed, &mutex, &past) == ETIMEDOUT);
    CHECK(pthread_mutex_unlock(&mutex) == 0);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, 1 << 17) == 0);
    CHECK(pthread_attr_getstacksize(&attributes, &size) == 0 && size == 1 << 17);
    CHECK(pthread_attr_setstacksize(&attributes, 1) == EINVAL);
    CHECK(pthread_join(pthread_self(), NULL) == EDEADLK && pthread_equal(pthread_self(), pthread_self()));
}

void check_process(void)
{
    check_signals();
    check_long_times();
    check_faults();
    check_environment();
    check_limits();
    check_threads();
}
