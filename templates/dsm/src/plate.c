#include "plate.h"

#include <string.h>

void plate_start(const struct plate *plate, size_t first_row, size_t rows)
{
    for (uint64_t step = 0; step < 2; step++)
        for (size_t row = first_row; row < first_row + rows; row++) {
            double *points = plate_state(plate, step) + row * plate->side;

            points[0] = (double)row / (double)plate->side;
            points[plate->side - 1] = 1 - points[0];
            for (size_t column = 1; column < plate->side - 1 && (row == 0 || row == plate->side - 1); column++)
                points[column] = row == 0 ? 1 : (double)column / (double)plate->side;
        }
}

void plate_step(const struct plate *plate, uint64_t step, size_t first_row, size_t rows)
{
    size_t side = plate->side;

    for (size_t row = first_row; row < first_row + rows; row++) {
        const double *now = plate_state(plate, step) + row * side;
        double *next = plate_state(plate, step + 1) + row * side;

        for (size_t column = 1; column < side - 1 && row > 0 && row < side - 1; column++)
            next[column] = 0.25 * (now[column - 1] + now[column + 1] + now[column - side] + now[column + side]);
    }
}

uint64_t plate_digest(const struct plate *plate, uint64_t step)
{
    const double *state = plate_state(plate, step);
    uint64_t digest = 0xcbf29ce484222325, bits;

    for (size_t i = 0; i < plate->side * plate->side; i++) {
        memcpy(&bits, &state[i], sizeof bits);
        digest = (digest ^ bits) * 0x100000001b3;
    }
    return digest;
}
