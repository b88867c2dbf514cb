/* Two passes over L on the disk: L y = b forwards, Lᵀ x = y backwards. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

static uint64_t digest_of(const double *tile, size_t count, uint64_t digest)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;

        memcpy(&bits, &tile[i], sizeof bits);
        digest = (digest ^ bits) * 0x100000001b3u;
    }
    return digest;
}

static void forward_diagonal(const double *l, double *x, size_t side)
{
    for (size_t i = 0; i < side; i++) {
        for (size_t j = 0; j < i; j++)
            x[i] -= l[i * side + j] * x[j];
        x[i] /= l[i * side + i];
    }
}

static void backward_diagonal(const double *l, double *x, size_t side)
{
    for (size_t i = side; i-- > 0;) {
        x[i] /= l[i * side + i];
        for (size_t j = 0; j < i; j++)
            x[j] -= l[i * side + j] * x[i];
    }
}

static uint64_t forward(struct stream *stream, const struct store *store, double *x)
{
    size_t side = store->side;
    uint64_t digest = 0xcbf29ce484222325u;

    stream_begin(stream, (struct walk){ .store = store, .columns = store->tiles });
    for (size_t j = 0; j < store->tiles; j++)
        for (size_t i = j; i < store->tiles; i++) {
            const double *l = stream_next(stream);

            digest = digest_of(l, side * side, digest);
            if (i == j)
                forward_diagonal(l, x + i * side, side);
            for (size_t row = 0; row < side && i > j; row++)
                for (size_t column = 0; column < side; column++)
                    x[i * side + row] -= l[row * side + column] * x[j * side + column];
            stream_go_on(stream);
        }
    return digest;
}

static void backward(struct stream *stream, const struct store *store, double *x)
{
    size_t side = store->side;

    stream_begin(stream, (struct walk){ .store = store, .columns = store->tiles, .is_backwards = true });
    for (size_t j = store->tiles; j-- > 0;)
        for (size_t i = store->tiles; i-- > j;) {
            const double *l = stream_next(stream);

            if (i == j)
                backward_diagonal(l, x + i * side, side);
            for (size_t row = 0; row < side && i > j; row++)
                for (size_t column = 0; column < side; column++)
                    x[j * side + column] -= l[row * side + column] * x[i * side + row];
            stream_go_on(stream);
        }
}

void check_solution(struct stream *stream, const struct store *store, struct outcome *outcome)
{
    size_t unknowns = store->unknowns;
    double *x = calloc(unknowns, sizeof *x), largest = 0, norm = 0, size = 0;

    if (!x)
        give_up("no memory for %zu unknowns", unknowns);
    for (size_t i = 0; i < unknowns; i++)
        for (size_t j = 0; j < unknowns; j++)
            x[i] += matrix_element(i, j, unknowns);
    outcome->digest = forward(stream, store, x);
    backward(stream, store, x);
    for (size_t i = 0; i < unknowns; i++) {
        double rest = 0, sum = 0;

        /* What b is made of and what A x takes away, term by term. */
        for (size_t j = 0; j < unknowns; j++) {
            double element = matrix_element(i, j, unknowns);

            rest += element * (1 - x[j]);
            sum += fabs(element);
        }
        largest = fmax(largest, fabs(rest));
        norm = fmax(norm, sum);
        size = fmax(size, fabs(x[i]));
        outcome->error = fmax(outcome->error, fabs(x[i] - 1));
    }
    outcome->residual = largest / (norm * size * (double)unknowns * DBL_EPSILON);
    free(x);
}
