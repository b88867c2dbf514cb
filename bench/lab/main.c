/*
 * The way into a benchmark, the same for a domain of lwd and for Linux, where it is process 1: the benchmark's own main
 * is compiled as benchmark_main. It waits until the host has settled after the creation, keeps what is printed until
 * the end (each line wakes dom0, which would count as the benchmark's), and says how it ended.
 *
 * BENCH_PROMPT in the environment: lines go out as they come, for benchmarks whose lines are time marks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/lab/main.h"

#define SETTLE_SECONDS 3

int benchmark_main(int count, char **arguments);

int main(int count, char **arguments)
{
    static char kept[1 << 16];

    lab_prepare();
    setvbuf(stdout, kept, getenv("BENCH_PROMPT") ? _IOLBF : _IOFBF, sizeof kept);
    sleep(SETTLE_SECONDS);
    int status = benchmark_main(count, arguments);

    printf("bench: status %d\n", status);
    fflush(stdout);
    lab_leave();
    return status;
}
