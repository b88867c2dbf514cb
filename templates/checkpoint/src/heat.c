#include "heat.h"

#include <string.h>

/* Two plates, the state after an even and after an odd number of steps. */
static double *plate(double *memory, size_t side, uint64_t step)
{
    return memory + step % 2 * side * side;
}

size_t heat_size(size_t side)
{
    return 2 * side * side * sizeof(double);
}

void heat_start(double *memory, size_t side)
{
    memory[side / 2 * side + side / 2] = 1;
}

void heat_step(double *memory, size_t side, uint64_t step)
{
    const double *now = plate(memory, side, step);
    double *next = plate(memory, side, step + 1);
    /* Heat comes a point further each step; the plate's rim stays cold. */
    size_t reach = step + 1 < side / 2 - 1 ? step + 1 : side / 2 - 1;

    for (size_t row = side / 2 - reach; row <= side / 2 + reach && row < side - 1; row++)
        for (size_t column = side / 2 - reach; column <= side / 2 + reach && column < side - 1; column++) {
            size_t at = row * side + column;

            next[at] = now[at] + 0.2 * (now[at - 1] + now[at + 1] + now[at - side] + now[at + side] - 4 * now[at]);
        }
}

uint64_t heat_digest(const double *memory, size_t side, uint64_t step)
{
    const double *state = plate((double *)memory, side, step);
    uint64_t digest = 0xcbf29ce484222325, bits;

    for (size_t i = 0; i < side * side; i++) {
        memcpy(&bits, &state[i], sizeof bits);
        digest = (digest ^ bits) * 0x100000001b3;
    }
    return digest;
}

double heat_total(const double *memory, size_t side, uint64_t step)
{
    const double *state = plate((double *)memory, side, step);
    double total = 0;

    for (size_t i = 0; i < side * side; i++)
        total += state[i];
    return total;
}
