/*
 * The frame of a guest test: each test prints one line "VERDICT name[: reason]" (SUCCESS, SKIP, ERROR, FAILURE), the
 * last line counts them, and the domain's status is 0 if none failed. A crash or no end at all is for the runner to see.
 */
#ifndef LWD_GUEST_VERDICT_H
#define LWD_GUEST_VERDICT_H

#include <stdint.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

/* Runs all tests in the order of the source; returns main's result. */
int test_run_all(void);

/* Tests register themselves before main: that constructors run is the first thing tested. */
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

#define check_text(got, wanted)                                                         \
    do {                                                                                \
        const char *got_text = (got), *wanted_text = (wanted);                          \
        if (strcmp(got_text, wanted_text) != 0)                                         \
            fail("%s is \"%s\", not \"%s\"", #got, got_text, wanted_text);              \
    } while (0)

/* The call fails with -1 and this errno. */
#define check_refused(call, error)                                      \
    do {                                                                \
        errno = 0;                                                      \
        long long result = (long long)(call);                           \
        int errno_then = errno;                                         \
        if (result != -1)                                               \
            fail("%s gave %lld, not -1", #call, result);                \
        check_equal(errno_then, error);                                 \
    } while (0)

/* The same numbers in every run: a guest's failure can be repeated. */
uint64_t random_bits(void);
uint64_t random_below(uint64_t below);

#endif
