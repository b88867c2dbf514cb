/*
 * Code that needs AVX2 and FMA, apart from the code that first asks whether they are there.
 */
#ifndef LWD_GUEST_AVX_H
#define LWD_GUEST_AVX_H

/* Sum of a[i] * b[i]; `count` is a multiple of 4. */
double avx_dot(const double *a, const double *b, int count);

/* Computes for a while with values in vector registers, and returns how many of them are others afterwards. */
int avx_registers_changed(void);

#endif
