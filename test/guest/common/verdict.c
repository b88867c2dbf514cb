/*
 * Runs a guest's tests one after the other; a failed one is left by longjmp.
 */
#include "verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

static struct test *tests, **last = &tests;
static jmp_buf end_of_test;
static const char *verdict;
static char reason[500];

void test_register(struct test *test)
{
    *last = test;
    last = &test->next;
}

_Noreturn void verdict_failure(const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    int length = snprintf(reason, sizeof reason, ": %s:%d: ", slash ? slash + 1 : file, line);
    va_list args;

    va_start(args, format);
    vsnprintf(reason + length, sizeof reason - (size_t)length, format, args);
    va_end(args);
    verdict = "FAILURE";
    longjmp(end_of_test, 1);
}

_Noreturn void verdict_skip(const char *format, ...)
{
    va_list args;

    strcpy(reason, ": ");
    va_start(args, format);
    vsnprintf(reason + 2, sizeof reason - 2, format, args);
    va_end(args);
    verdict = "SKIP";
    longjmp(end_of_test, 1);
}

int test_run_all(void)
{
    volatile int failed = 0, run = 0;

    for (struct test *volatile test = tests; test; test = test->next) {
        verdict = "SUCCESS";
        reason[0] = '\0';
        if (setjmp(end_of_test) == 0)
            test->run();
        if (strcmp(verdict, "FAILURE") == 0)
            failed++;
        run++;
        printf("%s %s%s\n", verdict, test->name, reason);
        fflush(stdout);
    }
    printf("%d tests, %d failed\n", run, failed);
    return failed ? 1 : 0;
}

uint64_t random_bits(void)
{
    static uint64_t state = 0x6c7764;

    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

uint64_t random_below(uint64_t below)
{
    return random_bits() % below;
}
