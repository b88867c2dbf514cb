/*
 * The frame of a host test program: tests register themselves, each runs in a child process of its own, and each ends
 * in one verdict on stdout, "VERDICT topic/test[: reason]". SUCCESS, SKIP (something that the test needs is not on this
 * machine), ERROR (the test itself could not work), FAILURE (the code under test is wrong), CRASH (a signal, a
 * sanitizer's report, or no end within the time limit).
 */
#ifndef LWD_TEST_VERDICT_H
#define LWD_TEST_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

#define TEST(identifier)                                                        \
    static void identifier(void);                                               \
    static struct test identifier##_test = { #identifier, identifier, NULL };   \
    __attribute__((constructor)) static void identifier##_register(void)        \
    {                                                                           \
        test_register(&identifier##_test);                                      \
    }                                                                           \
    static void identifier(void)

_Noreturn void verdict_failure(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void verdict_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void verdict_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define fail(...) verdict_failure(__FILE__, __LINE__, __VA_ARGS__)

#define check(condition)                                \
    do {                                                \
        if (!(condition))                               \
            fail("not true: %s", #condition);           \
    } while (0)

#define check_equal(got, wanted)                                                                            \
    do {                                                                                                    \
        long long got_value = (long long)(got), wanted_value = (long long)(wanted);                         \
        if (got_value != wanted_value)                                                                      \
            fail("%s is %lld, not %lld", #got, got_value, wanted_value);                                    \
    } while (0)

#define check_text(got, wanted) verdict_check_text(__FILE__, __LINE__, #got, got, wanted)
void verdict_check_text(const char *file, int line, const char *what, const char *got, const char *wanted);

/*
 * Runs `function(argument)` in a child and gives the crash report that it ends in, line by line as the kernel wrote it;
 * null if it returned. Valid until the next call.
 */
const char *panic_report(void (*function)(void *), void *argument);

/* Fails unless the function panics and its report holds `text`. */
#define check_panics(function, argument, text)                                  \
    do {                                                                        \
        const char *report = panic_report(function, argument);                  \
        if (!report)                                                            \
            fail("%s did not panic", #function);                                \
        if (!strstr(report, text))                                              \
            fail("%s panicked otherwise: %s", #function, report);               \
    } while (0)

/* Random numbers from a seed that a failure prints and LWD_SEED repeats. */
uint64_t random_bits(void);
/* In [0, below), below > 0. */
uint64_t random_below(uint64_t below);
void random_bytes(void *to, size_t count);

/* Memory that ends where it ends: the sanitizer sees an access one byte behind it. Never null, even for 0 bytes. */
void *exact_copy(const void *from, size_t count);

#endif
