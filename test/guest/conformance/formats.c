/*
 * printf and scanf: conversions, flags, limits.
 */
#include "conform.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

/* Kept from the compiler, which would have its own opinion of the format. */
__attribute__((noinline)) static const char *print(const char *format, ...)
{
    static char text[600];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return text;
}

static void check_integers(void)
{
    begin_group("printf: integers", "d i u o x X c n");
    CHECK_TEXT(print("%d|%i|%u", -5, 7, 4000000000u), "-5|7|4000000000");
    CHECK_TEXT(print("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42), "   42|42   |00042|+42| 42");
    CHECK_TEXT(print("%.3d|%8.3d|%-8.3d|%.0d|", 5, 5, 5, 0), "005|     005|005     ||");
    CHECK_TEXT(print("%o|%#o|%x|%#x|%X|%#X", 8, 8, 255, 255, 255, 255), "10|010|ff|0xff|FF|0XFF");
    CHECK_TEXT(print("%#x|%#o|%#.0o", 0, 0, 0), "0|0|0");
    CHECK_TEXT(print("%hhd|%hd|%ld|%lld", 300, 70000, LONG_MIN, LLONG_MAX),
               "44|4464|-9223372036854775808|9223372036854775807");
    CHECK_TEXT(print("%jd|%zu|%td", INTMAX_MIN, SIZE_MAX, (ptrdiff_t)-1), "-9223372036854775808|18446744073709551615|-1");
    CHECK_TEXT(print("%" PRIx64 "|%" PRId32 "|%" PRIuPTR, UINT64_MAX, INT32_MIN, (uintptr_t)5),
               "ffffffffffffffff|-2147483648|5");
    CHECK_TEXT(print("%*d|%-*d|%.*d", 4, 1, 4, 1, 3, 1), "   1|1   |001");
    CHECK_TEXT(print("%*d", -4, 1), "1   ");
    CHECK_TEXT(print("%c|%3c|%-3c|%%", 'a', 'b', 'c'), "a|  b|c  |%");
    CHECK_TEXT(print("%2$d %1$d %2$d", 1, 2), "2 1 2");
    CHECK_TEXT(print("%2$*1$d", 5, 42), "   42");
}

static void check_floats(void)
{
    begin_group("printf: floating point", "f e g a, double and long double");
    CHECK_TEXT(print("%f|%.0f|%.1f|%#.0f", 1.5, 2.5, 0.25, 3.0), "1.500000|2|0.2|3.");
    CHECK_TEXT(print("%.0f|%.0f|%.0f|%.0f", 0.5, 1.5, -0.5, 3.5), "0|2|-0|4");
    CHECK_TEXT(print("%e|%E|%.2e|%.0e", 12345.678, 1e-10, 0.0, 5e9), "1.234568e+04|1.000000E-10|0.00e+00|5e+09");
    CHECK_TEXT(print("%g|%g|%g|%g|%g", 100000.0, 1000000.0, 0.0001, 0.00001, 1e100), "100000|1e+06|0.0001|1e-05|1e+100");
    CHECK_TEXT(print("%#g|%.3g|%.10g", 1.0, 1234.0, 0.1), "1.00000|1.23e+03|0.1");
    CHECK_TEXT(print("%a|%.2a|%A", 1.0, 1.999, 0.1), "0x1p+0|0x2.00p+0|0X1.999999999999AP-4");
    CHECK_TEXT(print("%f|%F|%e|%g", INFINITY, -INFINITY, NAN, INFINITY), "inf|-INF|nan|inf");
    CHECK_TEXT(print("%5f|%-5f|%05f|%+f", INFINITY, INFINITY, INFINITY, INFINITY), "  inf|inf  |  inf|+inf");
    CHECK_TEXT(print("%10.3f|%-10.3f|%010.3f|%+.3f", 3.14159, 3.14159, -3.14159, 3.14159),
               "     3.142|3.142     |-00003.142|+3.142");
    CHECK_TEXT(print("%.17g|%.15g", 0.1, 0.1), "0.10000000000000001|0.1");
    CHECK_TEXT(print("%.20f", 0.1), "0.10000000000000000555");
    CHECK_TEXT(print("%g|%g", DBL_MAX, DBL_MIN), "1.79769e+308|2.22507e-308");
    CHECK_TEXT(print("%g", 4.9406564584124654e-324), "4.94066e-324");
    CHECK(strlen(print("%f", DBL_MAX)) == 316);
    CHECK_TEXT(print("%Lf|%Le|%Lg", 1.5L, 1e4000L, 1e-4000L), "1.500000|1.000000e+4000|1e-4000");
    CHECK_TEXT(print("%.3Lf", 123456789012345678.5L), "123456789012345678.500");
}

static void check_strings(void)
{
    char text[10];

    begin_group("printf: strings", "s ls p, sizes");
    CHECK_TEXT(print("%s|%5s|%-5s|%.2s|%5.1s", "abc", "abc", "abc", "abc", "abc"), "abc|  abc|abc  |ab|    a");
    CHECK_TEXT(print("%ls|%.2ls", L"wide", L"wide"), "wide|wi");
    CHECK_TEXT(print("%p", (void *)0x1234), "0x1234");
    CHECK(snprintf(NULL, 0, "%d", 12345) == 5);
    CHECK(snprintf(text, 4, "%s", "abcdef") == 6);
    CHECK_TEXT(text, "abc");
    CHECK(snprintf(text, 1, "x") == 1);
    CHECK_TEXT(text, "");
    CHECK(sprintf(text, "%.*s", 3, "abcdef") == 3);
    char *made = NULL;

    CHECK(asprintf(&made, "%s-%d", "made", 5) == 6);
    CHECK_TEXT(made, "made-5");
    free(made);
}

static void check_scanning(void)
{
    int a = 0, b = 0, n = 0;
    unsigned u = 0;
    double d = 0;
    char word[20] = "", rest[20] = "", c = 0;
    char *allocated = NULL;

    begin_group("scanf", "d i u x s c [ f n * m, widths");
    CHECK(sscanf("12 -7", "%d%d", &a, &b) == 2 && a == 12 && b == -7);
    CHECK(sscanf("0x1f 017", "%i %i", &a, &b) == 2 && a == 31 && b == 15);
    CHECK(sscanf("ff", "%x", &u) == 1 && u == 255);
    CHECK(sscanf("12345", "%2d%3d", &a, &b) == 2 && a == 12 && b == 345);
    CHECK(sscanf("abc def", "%s %c", word, &c) == 2 && c == 'd');
    CHECK_TEXT(word, "abc");
    CHECK(sscanf("abc123", "%[a-z]%s", word, rest) == 2);
    CHECK_TEXT(rest, "123");
    CHECK(sscanf("x]y", "%[]x]%s", word, rest) == 2);
    CHECK_TEXT(word, "x]");
    CHECK(sscanf("key=value", "%[^=]=%s", word, rest) == 2);
    CHECK_TEXT(rest, "value");
    CHECK(sscanf("3.5e2", "%lf", &d) == 1 && d == 350);
    CHECK(sscanf("0x1.8p1", "%lf", &d) == 1 && d == 3);
    CHECK(sscanf("inf", "%lf", &d) == 1 && isinf(d));
    CHECK(sscanf("1 2 3", "%*d %d%n", &a, &n) == 1 && a == 2 && n == 3);
    CHECK(sscanf("", "%d", &a) == EOF);
    CHECK(sscanf("x", "%d", &a) == 0);
    CHECK(sscanf("5,6", "%d,%d", &a, &b) == 2);
    CHECK(sscanf("5;6", "%d,%d", &a, &b) == 1);
    CHECK(sscanf("50%", "%d%%", &a) == 1);
    CHECK(sscanf("9223372036854775807", "%jd", &(intmax_t){ 0 }) == 1);
    CHECK(sscanf("allocated", "%ms", &allocated) == 1);
    CHECK(allocated && strcmp(allocated, "allocated") == 0);
    free(allocated);
    CHECK(sscanf("b a", "%2$1s %1$1s", word, rest) == 2 && word[0] == 'a' && rest[0] == 'b');
}

void check_formats(void)
{
    check_integers();
    check_floats();
    check_strings();
    check_scanning();
}
