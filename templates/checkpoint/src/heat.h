/*
 * A drop of heat that spreads over a square plate, in steps of time. Only where heat has come is anything computed and
 * written.
 */
#ifndef HEAT_H
#define HEAT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of memory for a plate of `side` × `side` points; a multiple of the page size where `side` is one of 64. */
size_t heat_size(size_t side);

/* Sets the drop down. The memory is zeroes before. */
void heat_start(double *memory, size_t side);

/* From the state after `step` steps to that after one more. */
void heat_step(double *memory, size_t side, uint64_t step);

/* Of all bits of the state after `step` steps. */
uint64_t heat_digest(const double *memory, size_t side, uint64_t step);
double heat_total(const double *memory, size_t side, uint64_t step);

#endif
