/*
 * fmaf(), in place of newlib's sf_fma.c: in double the product is exact, and the sum must not be rounded to where a second
 * rounding goes wrong.
 */
#include <fenv.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* To the odd one of its neighbours, away from every middle between two floats. */
static double rounded_to_odd(double sum, double lost)
{
    uint64_t bits;

    memcpy(&bits, &sum, sizeof bits);
    if (lost == 0 || (bits & 1) != 0)
        return sum;
    bits += (lost > 0) == (sum > 0) ? 1 : -1;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}

float fmaf(float x, float y, float z)
{
    volatile double product = (double)x * y, sum = product + z;

    if (fegetround() != FE_TONEAREST || !isfinite(sum) || sum == 0)
        return (float)sum;
    double part = sum - product;
    double lost = (product - (sum - part)) + (z - part);

    return (float)rounded_to_odd(sum, lost);
}
