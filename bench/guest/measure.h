/*
 * What all benchmarks' programs begin with: the clock, and giving up.
 */
#ifndef BENCH_GUEST_MEASURE_H
#define BENCH_GUEST_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Ends the program unless `condition` holds; errno says why. */
static inline void must(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    exit(1);
}

#endif
