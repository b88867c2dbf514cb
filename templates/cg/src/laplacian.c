/* A matrix without a file: -Δ on a square with the 5-point stencil. */
#include "source.h"

bool laplacian(uint32_t side, struct entries *entries, struct problem *problem)
{
    if (side < 1 || side > 20000)
        return problem_note(problem, "a Laplacian has from 1 to 20000 points a side");
    entries->size = side * side;
    entries->half = true;
    for (uint32_t i = 0; i < entries->size; i++) {
        bool added = entries_add(entries, i, i, 4);
        if (i % side != 0)
            added = added && entries_add(entries, i, i - 1, -1);
        if (i >= side)
            added = added && entries_add(entries, i, i - side, -1);
        if (!added)
            return problem_note(problem, "there is not enough memory");
    }
    return true;
}
