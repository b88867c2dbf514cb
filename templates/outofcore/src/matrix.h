/* The matrix: any numbers, the same every time, made heavy on the diagonal. */
#ifndef MATRIX_H
#define MATRIX_H

#include <stddef.h>
#include <stdint.h>

static inline double matrix_element(size_t i, size_t j, size_t unknowns)
{
    uint64_t bits = i < j ? j * 0x9e3779b97f4a7c15u + i : i * 0x9e3779b97f4a7c15u + j;

    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9u;
    bits ^= bits >> 31;
    return (double)(bits >> 11) * 0x1p-53 - 0.5 + (i == j ? (double)unknowns : 0);
}

#endif
