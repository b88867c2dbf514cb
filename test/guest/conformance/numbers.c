/*
 * Numbers from text, and the edges of the mathematical functions.
 */
#include "conform.h"

#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

static void check_whole(void)
{
    char *end;

    begin_group("strtol", "l ll ul imax, bases, ranges");
    CHECK(strtol(" -42x", &end, 10) == -42 && *end == 'x');
    CHECK(strtol("0x1fg", &end, 16) == 31 && *end == 'g');
    CHECK(strtol("0x1f", NULL, 0) == 31 && strtol("017", NULL, 0) == 15 && strtol("zz", NULL, 36) == 1295);
    CHECK(strtol("0x", &end, 16) == 0 && *end == 'x');
    CHECK(strtol("", &end, 10) == 0 && *end == '\0');
    errno = 0;
    CHECK(strtol("9223372036854775808", NULL, 10) == LONG_MAX && errno == ERANGE);
    errno = 0;
    CHECK(strtol("-9223372036854775809", NULL, 10) == LONG_MIN && errno == ERANGE);
    errno = 0;
    CHECK(strtoul("18446744073709551616", NULL, 10) == ULONG_MAX && errno == ERANGE);
    CHECK(strtoul("-1", NULL, 10) == ULONG_MAX);
    errno = 0;
    CHECK(strtol("1", &end, 99) == 0 && errno == EINVAL);
    CHECK(strtoll("-7", NULL, 10) == -7 && strtoull("7", NULL, 10) == 7 && strtoimax("99", NULL, 10) == 99);
    CHECK(atoi("12abc") == 12 && atol("-3") == -3 && atoll("4") == 4);
    CHECK(labs(LONG_MIN + 1) == LONG_MAX && div(-7, 2).quot == -3 && div(-7, 2).rem == -1 && lldiv(7, -2).rem == 1);
}

static void check_real(void)
{
    char *end;

    begin_group("strtod", "f d ld, hexadecimal, ranges");
    CHECK(strtod("1.5e3x", &end) == 1500 && *end == 'x');
    CHECK(strtod("0x1.8p4", NULL) == 24 && strtod(".5", NULL) == 0.5 && strtod("-0", NULL) == 0);
    CHECK(signbit(strtod("-0", NULL)));
    CHECK(isinf(strtod("infinity", &end)) && *end == '\0' && isnan(strtod("nan(123)", &end)) && *end == '\0');
    CHECK(strtod("1e", &end) == 1 && *end == 'e' && strtod("e1", &end) == 0 && *end == 'e');
    errno = 0;
    CHECK(strtod("1e999", NULL) == HUGE_VAL && errno == ERANGE);
    errno = 0;
    CHECK(strtod("1e-999", NULL) == 0 && errno == ERANGE);
    CHECK(strtod("4.9406564584124654e-324", NULL) == 4.9406564584124654e-324);
    CHECK(strtod("2.2250738585072011e-308", NULL) == 2.2250738585072011e-308);
    CHECK(strtod("1.7976931348623157e308", NULL) == DBL_MAX);
    CHECK(strtod("9007199254740993", NULL) == 9007199254740992.0);
    CHECK(strtod("9007199254740993.00000000000000000000000000000000000001", NULL) == 9007199254740994.0);
    CHECK(strtof("16777217", NULL) == 16777216.0f && strtof("3.4028235e38", NULL) == FLT_MAX);
    CHECK(strtold("1.18973149535723176502e4932", NULL) == LDBL_MAX);
    CHECK(strtold("0.1", NULL) == 0.1L);
}

static volatile double zero, one = 1, big = 1e308, tiny = 5e-324;

static void check_edges(void)
{
    int exponent;
    double whole;

    begin_group("math: edges", "zeroes, infinities, NaN, subnormal numbers");
    CHECK(isinf(one / zero) && isnan(zero / zero) && isinf(big * 10) && fpclassify(tiny) == FP_SUBNORMAL);
    CHECK(isnan(sqrt(-one)) && sqrt(zero) == 0 && isinf(sqrt(INFINITY)));
    CHECK(isinf(log(zero)) && isnan(log(-one)) && log(one) == 0 && isinf(log1p(-one)));
    CHECK(exp(zero) == 1 && isinf(exp(1000 * one)) && exp(-1000 * one) == 0 && expm1(tiny) == tiny);
    CHECK(pow(zero, zero) == 1 && pow(one, NAN) == 1 && isinf(pow(zero, -one)) && isnan(pow(-one, 0.5)));
    CHECK(pow(-2 * one, 3) == -8 && pow(2 * one, -1074) == tiny && isinf(pow(2 * one, 1024)));
    CHECK(atan2(zero, -one) == M_PI && atan2(-zero, -one) == -M_PI && atan2(one, zero) == M_PI_2);
    CHECK(hypot(3 * one, 4) == 5 && isfinite(hypot(3e200 * one, 4e200)) && isinf(hypot(INFINITY, NAN)));
    CHECK(fmod(5.5 * one, 2) == 1.5 && isnan(fmod(one, zero)) && remainder(5 * one, 3) == -1);
    CHECK(frexp(8 * one, &exponent) == 0.5 && exponent == 4 && ldexp(0.5 * one, 4) == 8);
    CHECK(modf(-2.5 * one, &whole) == -0.5 && whole == -2);
    CHECK(nextafter(one, 2) == 1 + DBL_EPSILON && nextafter(zero, one) == tiny && ilogb(8 * one) == 3);
    CHECK(round(2.5 * one) == 3 && rint(2.5 * one) == 2 && lround(-2.5 * one) == -3 && trunc(-2.7 * one) == -2);
    CHECK(ceil(-0.5 * one) == 0 && signbit(ceil(-0.5 * one)) && floor(-0.5 * one) == -1);
    CHECK(fmax(NAN, one) == 1 && fmin(one, NAN) == 1 && fdim(one, 2) == 0 && copysign(one, -zero) == -1);
    CHECK(fabs(cbrt(-27 * one) + 3) < 1e-15 && exp2(10 * one) == 1024 && log2(1024 * one) == 10 && log10(1000 * one) == 3);
    CHECK(fabs(tgamma(5 * one) - 24) < 1e-13);
    CHECK(lgamma(one) == 0);
    CHECK(isinf(tgamma(zero)));
    CHECK(erf(INFINITY) == 1);
    CHECK(scalbn(one, -1074) == tiny && logb(tiny) == -1074 && isinf(logb(zero)));
    CHECK(fma(big, 10, -INFINITY) == -INFINITY);
    CHECK(remquo(7 * one, 2, &exponent) == -1 && (exponent & 7) == 4);
    errno = 0;
    CHECK(fesetround(FE_UPWARD) == 0 && rint(1.1 * one) == 2 && fesetround(FE_TONEAREST) == 0 && rint(1.1 * one) == 1);
    CHECK(feclearexcept(FE_ALL_EXCEPT) == 0 && one / zero > 0 && fetestexcept(FE_DIVBYZERO));
}

void check_numbers(void)
{
    check_whole();
    check_real();
    check_edges();
}
