/*
 * fma(), in place of newlib's s_fma.c, which rounds twice: product and sum in whole numbers that are wide enough, and one
 * rounding, in the direction that is set.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

typedef unsigned __int128 wide;

/* Where a mantissa's first bit is put: there is room above for a carry. */
#define TOP 125
/* Zeroes below the smallest number's bit, and the exponent that the lower of them then has. */
#define GUARD 2
#define LEAST (-1074 - GUARD)

/* A finite number other than 0: mantissa × 2^exponent, the mantissa's first bit at TOP. */
struct number {
    bool negative;
    int exponent;
    wide mantissa;
};

/* Bits that fall out leave a 1 behind: that there was something counts, not what. */
static wide shifted(wide mantissa, int by)
{
    if (by == 0)
        return mantissa;
    if (by > TOP)
        return 1;
    return mantissa >> by | ((mantissa << (128 - by)) != 0);
}

static struct number normalised(bool negative, int exponent, wide mantissa)
{
    uint64_t high = (uint64_t)(mantissa >> 64);
    int first = high ? 127 - __builtin_clzll(high) : 63 - __builtin_clzll((uint64_t)mantissa);

    mantissa = first > TOP ? shifted(mantissa, first - TOP) : mantissa << (TOP - first);
    return (struct number){ negative, exponent + first - TOP, mantissa };
}

static uint64_t whole_mantissa(double value, int *exponent)
{
    return (uint64_t)ldexp(frexp(fabs(value), exponent), 53);
}

static struct number product_of(double x, double y)
{
    int ex, ey;
    wide mantissa = (wide)whole_mantissa(x, &ex) * whole_mantissa(y, &ey);

    return normalised(signbit(x) != signbit(y), ex + ey - 106, mantissa);
}

static struct number number_of(double z)
{
    int exponent;
    uint64_t mantissa = whole_mantissa(z, &exponent);

    return normalised(signbit(z), exponent - 53, mantissa);
}

/* The mantissa is 0 if nothing is left. */
static struct number sum_of(struct number a, struct number b)
{
    if (a.exponent < b.exponent) {
        struct number other = a;

        a = b;
        b = other;
    }
    b.mantissa = shifted(b.mantissa, a.exponent - b.exponent);
    if (a.negative == b.negative)
        return normalised(a.negative, a.exponent, a.mantissa + b.mantissa);
    if (a.mantissa == b.mantissa)
        return (struct number){ .mantissa = 0 };
    if (a.mantissa > b.mantissa)
        return normalised(a.negative, a.exponent, a.mantissa - b.mantissa);
    return normalised(b.negative, a.exponent, b.mantissa - a.mantissa);
}

/* The processor rounds, when it makes a double of a signed number of 63 bits. */
static double rounded(struct number sum)
{
    int64_t whole = (int64_t)shifted(sum.mantissa, TOP - 61);
    int exponent = sum.exponent + TOP - 61;

    if (exponent + 61 >= -1022)
        return ldexp((double)(sum.negative ? -whole : whole), exponent);
    /* Subnormal: beside this number the place to round at is that of the smallest bit. */
    const int64_t beside = (int64_t)1 << (53 + GUARD - 1);

    whole = (int64_t)shifted((wide)whole, LEAST - exponent) + beside;
    double part = sum.negative ? (double)-whole + (double)beside : (double)whole - (double)beside;

    return copysign(ldexp(part, LEAST), sum.negative ? -1 : 1);
}

double fma(double x, double y, double z)
{
    if (!isfinite(x) || !isfinite(y) || x == 0 || y == 0)
        return x * y + z;
    if (!isfinite(z))
        return z;
    if (z == 0)
        return x * y;
    struct number sum = sum_of(product_of(x, y), number_of(z));

    /* Where nothing is left the product is exact, and the sign of the 0 depends on the direction of rounding. */
    return sum.mantissa ? rounded(sum) : x * y + z;
}
