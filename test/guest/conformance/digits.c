/*
 * Numbers to text and back, exactly.
 */
#include "conform.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static bool same(double one, double other)
{
    return memcmp(&one, &other, sizeof one) == 0;
}

static void check_round_trips(void)
{
    int decimal = 1, hexadecimal = 1, small = 1, wide = 1, wide_hexadecimal = 1, scanned = 1;

    begin_group("floating point: round trips", "%.17g %.9g %.21Lg %a %La of random bits");
    for (int i = 0; i < 1000; i++) {
        uint64_t bits = next_random();
        uint32_t half = (uint32_t)(bits >> 20);
        double value, back;
        float narrow;
        char text[80];

        if (i % 10 == 0)
            bits &= 0x800fffffffffffff; /* subnormal */
        memcpy(&value, &bits, sizeof value);
        memcpy(&narrow, &half, sizeof narrow);
        if (!isfinite(value) || !isfinite(narrow))
            continue;
        snprintf(text, sizeof text, "%.17g", value);
        decimal &= same(strtod(text, NULL), value);
        scanned &= sscanf(text, "%lf", &back) == 1 && same(back, value);
        snprintf(text, sizeof text, "%a", value);
        hexadecimal &= same(strtod(text, NULL), value);
        snprintf(text, sizeof text, "%.9g", narrow);
        small &= strtof(text, NULL) == narrow;
        long double precise = (long double)value * (1 + (long double)(bits % 2048) * LDBL_EPSILON);

        snprintf(text, sizeof text, "%.21Lg", precise);
        wide &= strtold(text, NULL) == precise;
        snprintf(text, sizeof text, "%La", precise);
        wide_hexadecimal &= strtold(text, NULL) == precise;
    }
    CHECK(decimal);
    CHECK(scanned);
    CHECK(hexadecimal);
    CHECK(small);
    CHECK(wide);
    CHECK(wide_hexadecimal);
}

static void check_halves(void)
{
    int even = 1, above = 1;

    begin_group("strtod: halfway", "between neighbours, just above, with many digits; hexadecimal; subnormal");
    for (int i = 0; i < 500; i++) {
        /* An odd number of 54 bits is halfway between two doubles. */
        uint64_t odd = (next_random() >> 11) | (UINT64_C(1) << 53) | 1;
        char text[80];

        snprintf(text, sizeof text, "%llu", (unsigned long long)odd);
        even &= strtod(text, NULL) == (double)(odd + ((odd & 2) ? 1 : -1));
        snprintf(text, sizeof text, "%llu.00000000000000000000000000000001", (unsigned long long)odd);
        above &= strtod(text, NULL) == (double)(odd + 1);
    }
    CHECK(even);
    CHECK(above);
    CHECK(strtod("0x1.00000000000008p0", NULL) == 1 && strtod("0x1.000000000000080001p0", NULL) == 1 + DBL_EPSILON);
    CHECK(strtod("0x1.00000000000018p0", NULL) == 1 + 2 * DBL_EPSILON && strtod("0x.8p1", NULL) == 1);
    CHECK(strtod("2.4703282292062327e-324", NULL) == 0 && strtod("2.4703282292062328e-324", NULL) == 0x1p-1074);
    CHECK(strtod("0x0.8p-1074", NULL) == 0 && strtod("0x0.81p-1074", NULL) == 0x1p-1074 && strtod("0x1.8p-1074", NULL) == 0x1p-1073);
    CHECK(strtod("1.7976931348623158e308", NULL) == DBL_MAX && strtod("1.7976931348623159e308", NULL) == HUGE_VAL);
    CHECK(strtod("0x1.fffffffffffff7p1023", NULL) == DBL_MAX && strtod("0x1.fffffffffffff8p1023", NULL) == HUGE_VAL);
    CHECK(strtof("1.00000005960464", NULL) == 1 && strtof("1.00000005960465", NULL) == 1 + FLT_EPSILON);
    CHECK(strtof("0x1.000001p0", NULL) == 1 && strtof("0x1.0000010001p0", NULL) == 1 + FLT_EPSILON);
    CHECK(strtof("7.0064923216240853e-46", NULL) == 0 && strtof("7.0064923216240862e-46", NULL) == 0x1p-149f);
    CHECK(strtold("0x1.0000000000000001p0", NULL) == 1 && strtold("0x1.0000000000000003p0", NULL) == 1 + 2 * LDBL_EPSILON);
    CHECK(strtold("3.6451995318824746025e-4951", NULL) == 0x1p-16445L && strtold("1e-4960", NULL) == 0);
    CHECK(strtold("1e4933", NULL) == HUGE_VALL);
}

#define PRINTED(wanted, ...)                                    \
    do {                                                        \
        char printed[1200];                                     \
                                                                \
        snprintf(printed, sizeof printed, __VA_ARGS__);         \
        CHECK_TEXT(printed, wanted);                            \
    } while (0)

static void check_printing(void)
{
    char text[1200];

    begin_group("printf: exactness", "halves to even, all digits, hexadecimal, extremes");
    PRINTED("0 2 2 4", "%.0f %.0f %.0f %.0f", 0.5, 1.5, 2.5, 3.5);
    PRINTED("0.1 0.4 -0.1 1e+01", "%.1f %.1f %.1f %.0e", 0.125, 0.375, -0.125, 9.5);
    PRINTED("0.12 0.38 0.9 2.67", "%.2f %.2f %.1f %.2f", 0.125, 0.375, 0.95, 2.675);
    PRINTED("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
    PRINTED("1.000000000000000000000000000000e+22", "%.30e", 1e22);
    PRINTED("0x1p+0 0x1.8p+1 -0x1.999999999999ap-4 0x0p+0", "%a %a %a %a", 1.0, 3.0, -0.1, 0.0);
    PRINTED("1e-05 0.0001 100000 1e+06 1e+06", "%g %g %g %g %.1g", 1e-5, 1e-4, 1e5, 1e6, 950000.0);
    PRINTED("inf -inf nan INF  inf 00001.5", "%f %f %f %F %4.1f %07.1f", HUGE_VAL, -HUGE_VAL, NAN, HUGE_VAL, HUGE_VAL, 1.5);
    PRINTED("1.00000 1. 1e+00. +1  1", "%#g %#.0f %.0e. %+g % g", 1.0, 1.0, 1.0, 1.0, 1.0);
    int length = snprintf(text, sizeof text, "%.1074f", 0x1p-1074);

    CHECK(length == 1076 && strncmp(text + 325, "4940656458412465", 16) == 0 && text[length - 1] == '5');
    length = snprintf(text, sizeof text, "%f", DBL_MAX);
    CHECK(length == 316 && strncmp(text, "17976931348623157081452742373170435679807", 41) == 0);
    PRINTED("1.18973149535723176502e+4932 3.64519953188247460253e-4951", "%.20Le %.20Le", LDBL_MAX, 0x1p-16445L);
    PRINTED("0.33333333333333333334", "%.20Lf", 1.0L / 3);
}

void check_digits(void)
{
    check_round_trips();
    check_halves();
    check_printing();
}
