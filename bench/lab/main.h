/*
 * What a benchmark needs done around it: nothing on lwd, a good deal in a Linux that has no other process.
 */
#ifndef BENCH_LAB_MAIN_H
#define BENCH_LAB_MAIN_H

#ifdef __linux__
/* Devices, drivers, network and volume, as the environment says; ends the program if any of it is not to be had. */
void lab_prepare(void);
/* Does not return. */
void lab_leave(void);
#else
static inline void lab_prepare(void)
{
}

static inline void lab_leave(void)
{
}
#endif

#endif
