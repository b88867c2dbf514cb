/*
 * Prints results of libm as bits, a line each: "ULPS FUNCTION ARGUMENTS RESULT", where ULPS is how many units in the last
 * place two good libraries may differ by. The test compiles the same file for Linux and compares.
 */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const double points[] = {
    0.0,    -0.0,  1.0,     -1.0,   0.5,      -0.5,     2.0,       3.0,     10.0,   -10.0,  0.1,     0.7853981633974483,
    1e-10,  1e-300, 5e-324, 1e10,   1e300,    709.0,    -745.0,    1e22,    100.5,  -100.5, 3.5,     2.5,
    -2.5,   0.3,   0.99999, 1.00001, 6.283185307179586, 1234567.891, 4503599627370497.5, INFINITY, -INFINITY, NAN,
};

#define POINTS (sizeof points / sizeof *points)

typedef double unary(double);
typedef double binary(double, double);

static const struct {
    int ulps;
    const char *name;
    unary *function;
} unaries[] = {
    { 0, "sqrt", sqrt },   { 0, "fabs", fabs },   { 0, "floor", floor }, { 0, "ceil", ceil },   { 0, "trunc", trunc },
    { 0, "rint", rint },   { 0, "round", round }, { 0, "logb", logb },   { 2, "sin", sin },     { 2, "cos", cos },
    { 2, "tan", tan },     { 2, "asin", asin },   { 2, "acos", acos },   { 2, "atan", atan },   { 2, "exp", exp },
    { 2, "exp2", exp2 },   { 2, "expm1", expm1 }, { 2, "log", log },     { 2, "log2", log2 },   { 2, "log10", log10 },
    { 2, "log1p", log1p }, { 3, "sinh", sinh },   { 3, "cosh", cosh },   { 3, "tanh", tanh },   { 3, "asinh", asinh },
    { 3, "acosh", acosh }, { 3, "atanh", atanh }, { 2, "cbrt", cbrt },   { 2, "erf", erf },     { 4, "erfc", erfc },
};

static const struct {
    int ulps;
    const char *name;
    binary *function;
} binaries[] = {
    { 0, "fmod", fmod },   { 0, "remainder", remainder }, { 0, "copysign", copysign }, { 0, "fdim", fdim },
    { 0, "fmax", fmax },   { 0, "nextafter", nextafter }, { 2, "pow", pow },           { 2, "atan2", atan2 },
    { 2, "hypot", hypot },
};

static uint64_t bits(double value)
{
    uint64_t result;

    if (isnan(value))
        return 0x7ff8000000000000;
    memcpy(&result, &value, sizeof result);
    return result;
}

int main(void)
{
    for (size_t f = 0; f < sizeof unaries / sizeof *unaries; f++)
        for (size_t i = 0; i < POINTS; i++) {
            volatile double x = points[i];

            printf("%d %s %016" PRIx64 " %016" PRIx64 "\n", unaries[f].ulps, unaries[f].name, bits(x),
                   bits(unaries[f].function(x)));
        }
    for (size_t f = 0; f < sizeof binaries / sizeof *binaries; f++)
        for (size_t i = 0; i < POINTS; i++) {
            volatile double x = points[i], y = points[(i * 7 + f) % POINTS];

            printf("%d %s %016" PRIx64 ",%016" PRIx64 " %016" PRIx64 "\n", binaries[f].ulps, binaries[f].name, bits(x), bits(y),
                   bits(binaries[f].function(x, y)));
        }
    /* newlib's fma rounds twice (docs/limits.md). */
    for (size_t i = 0; i + 2 < POINTS; i++) {
        volatile double x = points[i], y = points[i + 1], z = points[i + 2];

        printf("2 fma %016" PRIx64 " %016" PRIx64 "\n", bits(x), bits(fma(x, y, z)));
    }
    return 0;
}
