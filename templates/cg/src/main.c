/*
 * cg [MATRIX [ITERATIONS]]: solves A x = b, where b is chosen so that every element of x is 1. MATRIX is a file in Matrix
 * Market or Harwell-Boeing form, or laplacian:SIDE. CG_TOLERANCE in the environment is the relative residual to reach.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cg.h"
#include "source.h"

enum { NOT_CONVERGED = 1, BAD_INPUT = 2 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A whole number from 1 on; 0 if the text is none. */
static unsigned long whole(const char *text)
{
    char *end;
    errno = 0;
    unsigned long value = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
    return value > 0 && errno == 0 && *end == '\0' ? value : 0;
}

static bool read_file(const char *name, struct entries *entries, struct problem *problem)
{
    static struct lines lines;
    lines = (struct lines){ .file = fopen(name, "r") };
    if (lines.file == NULL)
        return problem_note(problem, "%s", strerror(errno));
    bool good = lines_next(&lines, problem);
    if (good && strncmp(lines.text, "%%MatrixMarket ", 15) == 0)
        good = matrix_market(&lines, entries, problem);
    else if (good)
        good = harwell_boeing(&lines, entries, problem);
    fclose(lines.file);
    return good;
}

static bool read_matrix(const char *name, struct matrix *matrix, struct problem *problem)
{
    static const char made[] = "laplacian:";
    struct entries entries = { 0 };
    bool good;
    if (strncmp(name, made, sizeof made - 1) == 0) {
        unsigned long side = whole(name + sizeof made - 1);
        good = laplacian(side > UINT32_MAX ? 0 : (uint32_t)side, &entries, problem);
    } else {
        good = read_file(name, &entries, problem);
    }
    good = good && matrix_build(&entries, matrix, problem);
    entries_free(&entries);
    return good;
}

static bool read_tolerance(double *tolerance)
{
    const char *text = getenv("CG_TOLERANCE");
    *tolerance = 1e-10;
    if (text == NULL || *text == '\0')
        return true;
    char *end;
    *tolerance = strtod(text, &end);
    return end != text && *end == '\0' && *tolerance > 0 && *tolerance < 1;
}

static double worst_error(uint32_t size, const double *x)
{
    double worst = 0;
    for (uint32_t i = 0; i < size; i++)
        worst = fmax(worst, fabs(x[i] - 1));
    return worst;
}

/* Solves with `x` and `b` as room for the vectors, and prints what came of it; returns the exit status. */
static int solve(const struct matrix *matrix, double *x, double *b, double tolerance, unsigned long limit)
{
    uint32_t size = matrix->size;
    for (uint32_t i = 0; i < size; i++)
        x[i] = 1;
    matrix_multiply(matrix, x, b);
    for (uint32_t i = 0; i < size; i++)
        x[i] = 0;
    double start = seconds();
    struct cg_result result = cg_solve(matrix, b, x, tolerance, limit != 0 ? limit : 100 + 10 * (unsigned long)size);
    double took = seconds() - start;
    if (result.end == CG_NO_MEMORY || result.end == CG_BREAKDOWN) {
        fprintf(stderr, "cg: %s\n",
                result.end == CG_NO_MEMORY ? "there is not enough memory" : "the matrix is not positive definite");
        return BAD_INPUT;
    }
    printf("iterations %lu%s\n", result.iterations, result.end == CG_LIMIT ? " (did not converge)" : "");
    printf("residual   %.17g\n", result.residual);
    printf("error      %.17g\n", worst_error(size, x));
    printf("time       %.6f s\n", took);
    return result.end == CG_CONVERGED ? 0 : NOT_CONVERGED;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "laplacian:100";
    unsigned long limit = argc > 2 ? whole(argv[2]) : 0;
    double tolerance;
    if (argc > 3 || (argc > 2 && limit == 0)) {
        fprintf(stderr, "usage: cg [MATRIX-FILE | laplacian:SIDE [ITERATIONS]]\n");
        return BAD_INPUT;
    }
    if (!read_tolerance(&tolerance)) {
        fprintf(stderr, "cg: CG_TOLERANCE must be a number between 0 and 1\n");
        return BAD_INPUT;
    }
    struct matrix matrix;
    struct problem problem;
    if (!read_matrix(name, &matrix, &problem)) {
        fprintf(stderr, "cg: %s: %s\n", name, problem.text);
        return BAD_INPUT;
    }
    printf("matrix     %s: %lu unknowns, %lu entries\n", name, (unsigned long)matrix.size,
           (unsigned long)matrix.start[matrix.size]);
    double *x = malloc(matrix.size * sizeof *x), *b = malloc(matrix.size * sizeof *b);
    int status = BAD_INPUT;
    if (x != NULL && b != NULL)
        status = solve(&matrix, x, b, tolerance, limit);
    else
        fprintf(stderr, "cg: there is not enough memory for %lu unknowns\n", (unsigned long)matrix.size);
    free(x);
    free(b);
    matrix_free(&matrix);
    return status;
}
