/*
 * What the calls cost that a program makes most often, where nothing is done but calling. The same source for a domain
 * and for Linux. One line a figure: "NAME VALUE UNIT", of one call, the loop around it taken off (open-close: of both;
 * pipe-ping-pong: a byte there and back between two threads).
 *
 *   cc -O2 -I. -pthread -D_GNU_SOURCE bench/guest/syscalls.c -o syscalls && taskset -c 0 ./syscalls [ROUNDS]
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define ROUNDS 10000
#define REPETITIONS 5

static int rounds = ROUNDS;

/* Microseconds that a round of the loop takes without anything in it. */
static double empty_round;

/* The shortest of some repetitions: what else went on in the machine is not in it. */
#define MEASURE(result, body)                                                           \
    do {                                                                                \
        double best_ = 1e30;                                                            \
                                                                                        \
        for (int repetition_ = 0; repetition_ < REPETITIONS; repetition_++) {           \
            double start_ = now_us();                                                   \
                                                                                        \
            for (int round_ = 0; round_ < rounds; round_++) {                           \
                body;                                                                   \
            }                                                                           \
            double taken_ = now_us() - start_;                                          \
                                                                                        \
            best_ = taken_ < best_ ? taken_ : best_;                                    \
        }                                                                               \
        result = best_ / rounds - empty_round;                                          \
    } while (0)

#define REPORT(name, body)                                                              \
    do {                                                                                \
        double round_time_;                                                             \
                                                                                        \
        MEASURE(round_time_, body);                                                     \
        printf("%s %.4f us\n", name, round_time_);                                      \
    } while (0)

static void clocks(void)
{
    struct timespec time;

    REPORT("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &time));
    REPORT("clock_gettime-realtime", clock_gettime(CLOCK_REALTIME, &time));
}

static void files(void)
{
    int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
    struct stat status;
    char byte = 0;

    must(zero >= 0 && null >= 0, "/dev");
    REPORT("getpid", getpid());
    REPORT("lseek", lseek(zero, 0, SEEK_SET));
    REPORT("read-0-bytes", must(read(zero, &byte, 0) == 0, "read"));
    REPORT("write-1-byte-to-null", must(write(null, &byte, 1) == 1, "write"));
    REPORT("fstat", must(fstat(zero, &status) == 0, "fstat"));
    REPORT("open-close", int file = open("/dev/null", O_RDONLY); must(file >= 0 && close(file) == 0, "open"));
    close(zero);
    close(null);
}

static int there[2], back[2];

static void *answer(void *unused)
{
    char byte;

    while (read(there[0], &byte, 1) == 1)
        must(write(back[1], &byte, 1) == 1, "pipe");
    return unused;
}

static void pipes(void)
{
    pthread_t thread;
    char byte = 0;

    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    must(pthread_create(&thread, NULL, answer, NULL) == 0, "thread");
    REPORT("pipe-ping-pong", must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "pipe"));
    close(there[1]);
    pthread_join(thread, NULL);
}

int main(int count, char **arguments)
{
    if (count > 1)
        rounds = atoi(arguments[1]);
    MEASURE(empty_round, __asm__ volatile(""));
    clocks();
    files();
    pipes();
    return 0;
}
