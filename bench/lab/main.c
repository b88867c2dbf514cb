/*
 * The way into a benchmark, the same for a domain of lwd and for Linux, where it is process 1: the benchmark's own main
 * is compiled as benchmark_main. It waits until the host has settled after the creation, keeps what is printed until
 * the end (each line wakes dom0, which would count as the benchmark's), and says how it ended.
 *
 * Before and after, it says how long a loop of two instructions takes: by that the runner sees whether the clock that it
 * measures with is right, and whether somebody else ran meanwhile.
 *
 * BENCH_PROMPT in the environment: lines go out as they come, for benchmarks whose lines are time marks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench/lab/main.h"

#define SETTLE_SECONDS 3

int benchmark_main(int count, char **arguments);

/* Nanoseconds a round, the shortest of some. */
static void say_speed(void)
{
    enum { ROUNDS = 100000 };
    long least = -1;

    for (int i = 0; i < 5; i++) {
        struct timespec start, end;
        long rounds = ROUNDS;

        clock_gettime(CLOCK_MONOTONIC, &start);
        __asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
        clock_gettime(CLOCK_MONOTONIC, &end);
        long taken = (end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec - start.tv_nsec;

        least = least < 0 || taken < least ? taken : least;
    }
    printf("bench: loop %.3f ns\n", (double)least / ROUNDS);
}

int main(int count, char **arguments)
{
    static char kept[1 << 16];

    lab_prepare();
    setvbuf(stdout, kept, getenv("BENCH_PROMPT") ? _IOLBF : _IOFBF, sizeof kept);
    sleep(SETTLE_SECONDS);
    say_speed();
    int status = benchmark_main(count, arguments);

    say_speed();
    printf("bench: status %d\n", status);
    fflush(stdout);
    lab_leave();
    return status;
}
