/*
 * The C library in a domain: what a program may expect before main, of stdio, time, environment, memory and the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "verdict.h"

static int argument_count;
static char **arguments;
static int early;
static int order[2];

__attribute__((constructor(101))) static void first_constructor(void)
{
    order[0] = ++early;
}

__attribute__((constructor(102))) static void second_constructor(void)
{
    order[1] = ++early;
}

TEST(constructors_run_once_and_in_order)
{
    check_equal(order[0], 1);
    check_equal(order[1], 2);
    check_equal(early, 2);
}

TEST(arguments_are_those_of_the_project)
{
    check_equal(argument_count, 3);
    check_text(arguments[0], "libc");
    check_text(arguments[1], "one");
    check_text(arguments[2], "two words");
    check(arguments[3] == NULL);
}

TEST(environment_can_be_read_and_changed)
{
    check_text(getenv("LWD_TEST"), "a value");
    check(getenv("LWD_TES") == NULL);
    check_equal(setenv("LWD_TEST", "another", 0), 0);
    check_text(getenv("LWD_TEST"), "a value");
    check_equal(setenv("LWD_TEST", "another", 1), 0);
    check_text(getenv("LWD_TEST"), "another");
    check_equal(unsetenv("LWD_TEST"), 0);
    check(getenv("LWD_TEST") == NULL);
}

TEST(printf_knows_what_c11_has)
{
    char text[200];

    snprintf(text, sizeof text, "%d %u %ld %lld %zu %jx %hhd %5.2f|%-6s|%+d|%#x|%c", -1, 2u, -3l, 1ll << 40, (size_t)5,
             (intmax_t)0xabc, (char)300, 3.14159, "ab", 7, 255u, 'z');
    check_text(text, "-1 2 -3 1099511627776 5 abc 44  3.14|ab    |+7|0xff|z");
    snprintf(text, sizeof text, "%.17g %a %e %Lg", 0.1, 0.5, 12345.678, (long double)1e300L * 1e300L);
    check_text(text, "0.10000000000000001 0x1p-1 1.234568e+04 1e+600");
    check_equal(snprintf(text, 4, "%s", "longer"), 6);
    check_text(text, "lon");
}

TEST(arguments_by_their_position)
{
    char text[100], word[10], other[10];
    wchar_t wide[100];
    int number;

    check_equal(snprintf(text, sizeof text, "%2$s %1$s", "one", "two"), 7);
    check_text(text, "two one");
    snprintf(text, sizeof text, "%3$.2f|%1$*2$d|%4$ld", 7, 5, 2.5, 1L << 40);
    check_text(text, "2.50|    7|1099511627776");
    check_equal(swprintf(wide, 100, L"%2$ls %1$d", 4, L"two"), 5);
    check(wcscmp(wide, L"two 4") == 0);
    check_equal(swprintf(wide, 100, L"%3$.2f|%1$*2$d|%4$ld", 7, 5, 2.5, 1L << 40), 24);
    check(wcscmp(wide, L"2.50|    7|1099511627776") == 0);
    check_equal(sscanf("alpha 12 beta", "%3$9s %1$d %2$9s", &number, word, other), 3);
    check_text(other, "alpha");
    check_text(word, "beta");
    check_equal(number, 12);
}

/* The compiler knows malloc(), and must not take errno for unchanged by it. */
TEST(malloc_sets_errno)
{
    volatile size_t much = (size_t)1 << 50;

    errno = 0;
    char *volatile memory = malloc(much);
    int then = errno;

    check(memory == NULL);
    check_equal(then, ENOMEM);
    free(memory);
}

TEST(scanf_reads_what_printf_writes)
{
    for (int i = 0; i < 2000; i++) {
        uint64_t bits = random_bits();
        double value, back;
        char text[64];

        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        check_equal(sscanf(text, "%lf", &back), 1);
        check(memcmp(&value, &back, sizeof value) == 0);
        snprintf(text, sizeof text, "%a", value);
        back = strtod(text, NULL);
        check(memcmp(&value, &back, sizeof value) == 0);
    }
}

static int compare(const void *a, const void *b)
{
    int first = *(const int *)a, second = *(const int *)b;

    return (first > second) - (first < second);
}

TEST(qsort_and_bsearch)
{
    int numbers[500], wanted = 777;

    for (int i = 0; i < 500; i++)
        numbers[i] = (int)random_below(1000);
    numbers[123] = wanted;
    qsort(numbers, 500, sizeof *numbers, compare);
    for (int i = 1; i < 500; i++)
        check(numbers[i - 1] <= numbers[i]);
    check_equal(*(int *)bsearch(&wanted, numbers, 500, sizeof *numbers, compare), wanted);
}

TEST(time_goes_forward)
{
    struct timespec before, after, nap = { 0, 30 * 1000 * 1000 };

    check_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
    for (int i = 0; i < 10000; i++) {
        check_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
        check(after.tv_sec > before.tv_sec || (after.tv_sec == before.tv_sec && after.tv_nsec >= before.tv_nsec));
        check(after.tv_nsec >= 0 && after.tv_nsec < 1000000000);
        before = after;
    }
    check_equal(nanosleep(&nap, NULL), 0);
    check_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
    int64_t slept = (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;

    check(slept >= nap.tv_nsec);
    check(slept < 20ll * 1000000000);
    struct timespec wrong = { 0, 1000000000 };

    check_refused(nanosleep(&wrong, NULL), EINVAL);
    check_refused(clock_gettime((clockid_t)77, &before), EINVAL);
}

TEST(clocks_agree)
{
    struct timespec real;
    struct timeval day;
    time_t seconds = time(NULL);

    check_equal(clock_gettime(CLOCK_REALTIME, &real), 0);
    check_equal(gettimeofday(&day, NULL), 0);
    check(real.tv_sec - seconds >= 0 && real.tv_sec - seconds < 5);
    check(day.tv_sec - real.tv_sec >= 0 && day.tv_sec - real.tv_sec < 5);
    check(clock() != (clock_t)-1);
    /* As the machine has it that started this domain; it may have taken its time. */
    const char *there = getenv("STARTED_AT");

    check(there != NULL);
    check(labs(seconds - atol(there)) < 120);
}

TEST(the_process_is_alone)
{
    int status;

    check_equal(getpid(), 1);
    check_refused(kill(2, SIGTERM), ESRCH);
    check_equal(kill(1, 0), 0);
    check_refused(kill(1, 1000), EINVAL);
    check_refused(fork(), ENOSYS);
    check_refused(execve("/text.txt", arguments, NULL), ENOSYS);
    check_refused(wait(&status), ECHILD);
}

static int depth_reached;

static void climb(jmp_buf *where, int depth)
{
    depth_reached = depth;
    if (depth == 50)
        longjmp(*where, 99);
    climb(where, depth + 1);
}

TEST(longjmp_unwinds)
{
    jmp_buf where;
    volatile int kept = 5;
    int result = setjmp(where);

    if (result == 0)
        climb(&where, 1);
    check_equal(result, 99);
    check_equal(depth_reached, 50);
    check_equal(kept, 5);
}

TEST(errno_is_a_variable)
{
    errno = 0;
    check_refused(close(99), EBADF);
    check_text(strerror(ENOENT), "No such file or directory");
    errno = 5;
    check_equal(errno, 5);
}

int main(int argc, char **argv)
{
    argument_count = argc;
    arguments = argv;
    return test_run_all();
}
