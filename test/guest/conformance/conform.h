/*
 * Checks of what POSIX and ISO C promise, by groups of functions. The same source runs in a domain and on Linux: a check
 * that fails on Linux too is a wrong expectation. Each failure is a line "FAILED GROUP FILE:LINE EXPRESSION"; at the end
 * comes a table, a line a group: "group NAME | KINDS | PASSED | FAILED".
 */
#ifndef LWD_CONFORM_H
#define LWD_CONFORM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* A group of functions, and the kinds of things that they are tried on; what is checked from here on is its. */
void begin_group(const char *name, const char *kinds);

/* The same sequence in every run. */
uint64_t next_random(void);

void note_check(bool passed, const char *file, int line, const char *expression);

#define CHECK(condition) note_check((condition), __FILE__, __LINE__, #condition)
#define CHECK_TEXT(got, wanted) note_check(strcmp((got), (wanted)) == 0, __FILE__, __LINE__, #got " is " #wanted)
/* Fails with -1 and this errno. */
#define CHECK_REFUSED(call, error)                                                              \
    do {                                                                                        \
        errno = 0;                                                                              \
        bool refused_ = (call) == -1 && errno == (error);                                       \
                                                                                                \
        note_check(refused_, __FILE__, __LINE__, #call " is " #error);                          \
    } while (0)

/* The folder with lines.txt ("one", "two", "three"), empty, and deep/er/copy.txt. */
extern const char *tree;
/* An empty folder that can be written. */
extern const char *work;

void check_formats(void);
void check_streams(void);
void check_numbers(void);
void check_texts(void);
void check_wide(void);
void check_patterns(void);
void check_files(void);
void check_descriptors(void);
void check_time(void);
void check_process(void);
void check_search(void);
void check_volume(void);
void check_sockets(void);
void check_ipc(void);
void check_shared(void);
void check_library(void);
void check_rounding(void);
void check_dates(void);
void check_order(void);
void check_matching(void);
void check_digits(void);
void check_scans(void);
void check_encodings(void);
void check_buffers(void);
void check_blocks(void);
void check_per_thread(void);
void check_waits(void);
void check_handlers(void);

#endif
