/*
 * What lwIP's unit tests ask of the "check" library, for tests that each run in a process of their own and end in one
 * verdict (../verdict.h). A failed expectation ends its test.
 */
#ifndef LWD_LWIP_CHECK_H
#define LWD_LWIP_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define CHECK_MAJOR_VERSION 0
#define CHECK_MINOR_VERSION 15

typedef struct {
    const char *name;
    void (*run)(void);
} TTest;

typedef void (*SFun)(void);
typedef struct check_suite Suite;
typedef struct check_tcase TCase;

#define START_TEST(name)                                    \
    static void name##_body(int _i);                        \
    static void name##_run(void)                            \
    {                                                       \
        name##_body(0);                                     \
    }                                                       \
    static const TTest name##_test = { #name, name##_run }; \
    static const TTest *const name = &name##_test;          \
    static void name##_body(int _i)
#define END_TEST

_Noreturn void check_fail(const char *file, int line, const char *what);

#define fail(...) check_fail(__FILE__, __LINE__, "fail()")
#define fail_unless(condition, ...) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, #condition))
#define fail_if(condition, ...) fail_unless(!(condition))

/* lwIP provides no such names in a domain: they are the C library's there. */
#define htons lwip_htons
#define htonl lwip_htonl
#define ntohs lwip_ntohs
#define ntohl lwip_ntohl

/* There is no thread of the stack's whose queue the tests could serve; what it would do, run.c does. */
int tcpip_thread_poll_one(void);

Suite *suite_create(const char *name);
TCase *tcase_create(const char *name);
void tcase_add_checked_fixture(TCase *tcase, SFun setup, SFun teardown);
void tcase_add_test(TCase *tcase, const TTest *test);
void suite_add_tcase(Suite *suite, TCase *tcase);

#endif
