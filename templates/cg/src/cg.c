/* Preconditioned conjugate gradients (Hestenes, Stiefel 1952); see cg.h. */
#include "cg.h"

#include <math.h>
#include <stdlib.h>

static double dot(uint32_t size, const double *a, const double *b)
{
    double sum = 0;
    for (uint32_t i = 0; i < size; i++)
        sum += a[i] * b[i];
    return sum;
}

/* y += factor × x */
static void add(uint32_t size, double factor, const double *x, double *y)
{
    for (uint32_t i = 0; i < size; i++)
        y[i] += factor * x[i];
}

/* Work vectors, size elements each. */
struct vectors {
    double *residual, *preconditioned, *direction, *product, *diagonal;
};

static void compute_residual(const struct matrix *matrix, const double *b, const double *x, double *residual)
{
    matrix_multiply(matrix, x, residual);
    for (uint32_t i = 0; i < matrix->size; i++)
        residual[i] = b[i] - residual[i];
}

static void precondition(uint32_t size, const struct vectors *v)
{
    for (uint32_t i = 0; i < size; i++)
        v->preconditioned[i] = v->residual[i] / v->diagonal[i];
}

static void iterate(const struct matrix *matrix, const struct vectors *v, double *x, double goal, unsigned long limit,
                    struct cg_result *result)
{
    uint32_t size = matrix->size;
    precondition(size, v);
    for (uint32_t i = 0; i < size; i++)
        v->direction[i] = v->preconditioned[i];
    double rho = dot(size, v->residual, v->preconditioned);
    result->end = CG_CONVERGED;
    while (sqrt(dot(size, v->residual, v->residual)) > goal) {
        if (result->iterations == limit) {
            result->end = CG_LIMIT;
            return;
        }
        matrix_multiply(matrix, v->direction, v->product);
        double curvature = dot(size, v->direction, v->product);
        if (!(curvature > 0) || !isfinite(curvature) || !isfinite(rho)) {
            result->end = CG_BREAKDOWN;
            return;
        }
        double step = rho / curvature;
        add(size, step, v->direction, x);
        add(size, -step, v->product, v->residual);
        precondition(size, v);
        double next = dot(size, v->residual, v->preconditioned);
        double ratio = next / rho;
        for (uint32_t i = 0; i < size; i++)
            v->direction[i] = v->preconditioned[i] + ratio * v->direction[i];
        rho = next;
        result->iterations++;
    }
}

struct cg_result cg_solve(const struct matrix *matrix, const double *b, double *x, double tolerance, unsigned long limit)
{
    struct cg_result result = { .end = CG_NO_MEMORY };
    uint32_t size = matrix->size;
    double *work = malloc((size_t)size * 5 * sizeof *work);
    if (work == NULL)
        return result;
    struct vectors v = { work, work + size, work + (size_t)2 * size, work + (size_t)3 * size, work + (size_t)4 * size };
    matrix_diagonal(matrix, v.diagonal);
    double length = sqrt(dot(size, b, b));
    compute_residual(matrix, b, x, v.residual);
    iterate(matrix, &v, x, tolerance * length, limit, &result);
    /* The recurrence drifts from the truth; what is reported is not the recurrence's. */
    compute_residual(matrix, b, x, v.residual);
    result.residual = length > 0 ? sqrt(dot(size, v.residual, v.residual)) / length : 0;
    free(work);
    return result;
}
