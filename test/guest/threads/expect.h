/*
 * Expectations in any thread, where those of verdict.h leave the test by longjmp and so are for its own thread only. The
 * first that is not met makes the test fail when it ends. The same source runs on Linux, so that a wrong one shows:
 *
 *   cc -pthread -D_GNU_SOURCE -I../common *.c ../common/verdict.c -lm
 */
#ifndef LWD_GUEST_EXPECT_H
#define LWD_GUEST_EXPECT_H

#include <stdbool.h>
#include <time.h>

#include "verdict.h"

/* The first expectation that was not met, empty if there is none. */
extern char unmet[300];

void expectation_unmet(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#define expect(condition)                                                               \
    do {                                                                                \
        if (!(condition))                                                               \
            expectation_unmet(__FILE__, __LINE__, "not true: %s", #condition);          \
    } while (0)

#define expect_equal(got, wanted)                                                                               \
    do {                                                                                                        \
        long long got_value = (long long)(got), wanted_value = (long long)(wanted);                             \
                                                                                                                \
        if (got_value != wanted_value)                                                                          \
            expectation_unmet(__FILE__, __LINE__, "%s is %lld, not %lld", #got, got_value, wanted_value);       \
    } while (0)

/* A test that ends with a look at what its threads found. */
#undef TEST
#define TEST(identifier)                                                        \
    static void identifier##_body(void);                                        \
    static void identifier(void)                                                \
    {                                                                           \
        unmet[0] = '\0';                                                        \
        identifier##_body();                                                    \
        if (unmet[0])                                                           \
            fail("in a thread: %s", unmet);                                                  \
    }                                                                           \
    static struct test identifier##_test = { #identifier, identifier, NULL };   \
    __attribute__((constructor)) static void identifier##_register(void)        \
    {                                                                           \
        test_register(&identifier##_test);                                      \
    }                                                                           \
    static void identifier##_body(void)

struct timespec after(clockid_t clock, long milliseconds);
bool has_come(clockid_t clock, const struct timespec *time);
void pause_ms(long milliseconds);

#endif
