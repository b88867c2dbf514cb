/*
 * A plate whose rim has fixed temperatures, and the temperature within: each step sets every point to the mean of its four
 * neighbours. Two plates in one range of memory, the state after an even and after an odd number of steps.
 */
#ifndef PLATE_H
#define PLATE_H

#include <stddef.h>
#include <stdint.h>

struct plate {
    double *memory;
    size_t side;                /* points, rim included; a multiple of 64, so that every part is whole pages */
};

static inline size_t plate_bytes(size_t side)
{
    return 2 * side * side * sizeof(double);
}

/* The state after `step` steps, row by row. */
static inline double *plate_state(const struct plate *plate, uint64_t step)
{
    return plate->memory + step % 2 * plate->side * plate->side;
}

/* Sets the rim in both states, as far as it lies in these rows. The memory is zeroes before. */
void plate_start(const struct plate *plate, size_t first_row, size_t rows);

/* Computes these rows of the state after one more step than `step`. */
void plate_step(const struct plate *plate, uint64_t step, size_t first_row, size_t rows);

/* Of all bits of the state. */
uint64_t plate_digest(const struct plate *plate, uint64_t step);

#endif
