/*
 * Runs tests in children and prints verdicts. The kernel's own panic code (core/panic.c) is linked: its hooks end the
 * child and its report goes where the parent reads it.
 */
#include "verdict.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "core/panic.h"

/* How a child ends; the sanitizers are told SANITIZER_STATUS by the runner. */
enum { STATUS_SUCCESS = 0, STATUS_SKIP = 81, STATUS_ERROR, STATUS_FAILURE, STATUS_PANIC, SANITIZER_STATUS = 99 };

#define TEST_SECONDS 30
#define REPORT_BYTES 16384

static struct test *tests, **last = &tests;
static uint64_t seed, random_state;
/* Where the child's reason goes; where a panic's report goes. */
static int reason_pipe = STDOUT_FILENO, report_pipe = STDERR_FILENO;

void test_register(struct test *test)
{
    *last = test;
    last = &test->next;
}

/* --- the child's side --- */

static _Noreturn void end_child(int status, const char *format, va_list args)
{
    char reason[1024];
    int length = vsnprintf(reason, sizeof reason, format, args);

    if (length >= (int)sizeof reason)
        length = sizeof reason - 1;
    if (write(reason_pipe, reason, (size_t)length) < 0)
        abort();
    _exit(status);
}

static _Noreturn void end_child_text(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end_child(status, format, args);
}

_Noreturn void verdict_failure(const char *file, int line, const char *format, ...)
{
    char what[900];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    end_child_text(STATUS_FAILURE, "%s:%d: %s (LWD_SEED=%llu)", file, line, what, (unsigned long long)seed);
}

_Noreturn void verdict_skip(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end_child(STATUS_SKIP, format, args);
}

_Noreturn void verdict_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    end_child(STATUS_ERROR, format, args);
}

void verdict_check_text(const char *file, int line, const char *what, const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        verdict_failure(file, line, "%s is \"%s\", not \"%s\"", what, got, wanted);
}

/* --- panics --- */

static void report_line(const char *text, size_t length)
{
    if (write(report_pipe, text, length) < 0)
        abort();
}

static void stop_after_panic(void)
{
    _exit(STATUS_PANIC);
}

static size_t read_all(int from, char *text, size_t size)
{
    size_t used = 0;
    ssize_t count;

    while (used < size - 1 && (count = read(from, text + used, size - 1 - used)) != 0) {
        if (count < 0 && errno != EINTR)
            break;
        used += count > 0 ? (size_t)count : 0;
    }
    text[used] = '\0';
    return used;
}

static int wait_for_child(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            verdict_error("waitpid: %s", strerror(errno));
    return status;
}

const char *panic_report(void (*function)(void *), void *argument)
{
    static char report[REPORT_BYTES];
    int ends[2];

    if (pipe(ends) < 0)
        verdict_error("pipe: %s", strerror(errno));
    pid_t child = fork();

    if (child < 0)
        verdict_error("fork: %s", strerror(errno));
    if (child == 0) {
        close(ends[0]);
        report_pipe = ends[1];
        function(argument);
        _exit(STATUS_SUCCESS);
    }
    close(ends[1]);
    read_all(ends[0], report, sizeof report);
    close(ends[0]);
    int status = wait_for_child(child);

    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_SUCCESS)
        return NULL;
    /* A failed check within the function has written its reason already. */
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_PANIC)
        return report;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : SANITIZER_STATUS);
}

/* --- random input --- */

uint64_t random_bits(void)
{
    /* splitmix64's steps: an odd constant's multiples, then mixed by shifts and multiplications. */
    uint64_t bits = random_state += 0x9e3779b97f4a7c15u;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebu;
    return bits ^ bits >> 31;
}

uint64_t random_below(uint64_t below)
{
    return random_bits() % below;
}

void random_bytes(void *to, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)to)[i] = (unsigned char)random_bits();
}

void *exact_copy(const void *from, size_t count)
{
    void *copy = malloc(count ? count : 1);

    if (!copy)
        verdict_error("no memory for %zu bytes", count);
    /* An access to the byte that malloc(0) would not have given either must be seen: hand out the end of it. */
    if (count == 0)
        return (char *)copy + 1;
    if (from)
        memcpy(copy, from, count);
    return copy;
}

/* --- the parent's side --- */

static void print_verdict(const char *topic, const struct test *test, const char *verdict, char *reason)
{
    /* One verdict, one line, whatever bytes a test compared. */
    for (char *c = reason; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    printf("%s %s/%s%s%s\n", verdict, topic, test->name, *reason ? ": " : "", reason);
    fflush(stdout);
}

static bool judge(const char *topic, const struct test *test, int status, char *reason, size_t size)
{
    const char *verdict = "CRASH";

    if (WIFSIGNALED(status))
        snprintf(reason, size, WTERMSIG(status) == SIGALRM ? "no end within %d s (LWD_SEED=%llu)" : "signal %d (LWD_SEED=%llu)",
                 WTERMSIG(status) == SIGALRM ? TEST_SECONDS : WTERMSIG(status), (unsigned long long)seed);
    else if (WEXITSTATUS(status) == STATUS_SUCCESS)
        verdict = "SUCCESS";
    else if (WEXITSTATUS(status) == STATUS_SKIP)
        verdict = "SKIP";
    else if (WEXITSTATUS(status) == STATUS_ERROR)
        verdict = "ERROR";
    else if (WEXITSTATUS(status) == STATUS_FAILURE)
        verdict = "FAILURE";
    else
        snprintf(reason, size, "%s, see the report above (LWD_SEED=%llu)",
                 WEXITSTATUS(status) == STATUS_PANIC ? "an unexpected panic" : "a sanitizer", (unsigned long long)seed);
    print_verdict(topic, test, verdict, reason);
    return strcmp(verdict, "SUCCESS") == 0 || strcmp(verdict, "SKIP") == 0;
}

static bool run_test(const char *topic, const struct test *test)
{
    char reason[2048];
    int ends[2];

    if (pipe(ends) < 0)
        return false;
    pid_t child = fork();

    if (child < 0)
        return false;
    if (child == 0) {
        close(ends[0]);
        reason_pipe = ends[1];
        alarm(TEST_SECONDS);
        test->run();
        _exit(STATUS_SUCCESS);
    }
    close(ends[1]);
    read_all(ends[0], reason, sizeof reason);
    close(ends[0]);
    return judge(topic, test, wait_for_child(child), reason, sizeof reason);
}

/* "build/kernel-host/ring_test" → "ring" */
static void topic_of(const char *program, char *topic, size_t size)
{
    const char *slash = strrchr(program, '/');

    snprintf(topic, size, "%s", slash ? slash + 1 : program);
    char *suffix = strstr(topic, "_test");

    if (suffix)
        *suffix = '\0';
}

int main(int argc, char **argv)
{
    const char *wanted_seed = getenv("LWD_SEED");
    char topic[64];
    bool good = true;

    topic_of(argv[0], topic, sizeof topic);
    seed = wanted_seed ? strtoull(wanted_seed, NULL, 0) : (uint64_t)time(NULL) << 20 ^ (uint64_t)getpid();
    log_set_sink(report_line);
    crash_hooks.stop = stop_after_panic;
    for (struct test *test = tests; test; test = test->next) {
        if (argc > 1 && !strstr(test->name, argv[1]))
            continue;
        random_state = seed;
        good &= run_test(topic, test);
    }
    return good ? 0 : 1;
}
