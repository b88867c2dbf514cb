/*
 * Corner cases of scanf: what is taken, what is left, what is counted.
 */
#include "conform.h"

#include <math.h>
#include <stdio.h>
#include <wchar.h>

static void check_numbers_read(void)
{
    int a = -1, b = -1, n = -1;
    unsigned u = 0;
    long l = 0;
    signed char c = 0;
    short h = 0;
    float f = 0;
    double d = 0;
    long double q = 0;

    begin_group("scanf: numbers", "widths, prefixes, failures, end of input");
    CHECK(sscanf("12345", "%3d%d", &a, &b) == 2 && a == 123 && b == 45);
    CHECK(sscanf("-12", "%1d%n", &a, &n) == 0);
    CHECK(sscanf("0x1F 017 9", "%i %i %i", &a, &b, &n) == 3 && a == 31 && b == 15 && n == 9);
    CHECK(sscanf("0x1F", "%x", &u) == 1 && u == 31 && sscanf("ff", "%x", &u) == 1 && u == 255);
    CHECK(sscanf("777", "%o", &u) == 1 && u == 511 && sscanf("-1", "%u", &u) == 1 && u == -1U);
    CHECK(sscanf("300 70000 5000000000", "%hhd %hd %ld", &c, &h, &l) == 3 && c == 44 && h == 4464 && l == 5000000000);
    CHECK(sscanf("", "%d", &a) == EOF && sscanf("  ", "%d", &a) == EOF && sscanf("x", "%d", &a) == 0);
    CHECK(sscanf("5", "%d %d", &a, &b) == 1 && sscanf("5 x", "%d %d", &a, &b) == 1);
    CHECK(sscanf("1.5e2,0x1p3,inf", "%f,%lf,%Lf", &f, &d, &q) == 3 && f == 150 && d == 8 && isinf(q));
    CHECK(sscanf("nan -infinity", "%f %lf", &f, &d) == 2 && isnan(f) && d == -HUGE_VAL);
    CHECK(sscanf("1.25e+", "%lf", &d) == 0 || d == 1.25);
    CHECK(sscanf("123.456", "%4lf%n", &d, &n) == 1 && d == 123 && n == 4);
    CHECK(sscanf(".5 5. -.5", "%lf %lf %f", &d, &d, &f) == 3 && d == 5 && f == -0.5f);
    CHECK(sscanf("12 34", "%*d%d", &a) == 1 && a == 34 && sscanf("1", "%*d") == 0);
    CHECK(sscanf("ab", "%n%*c%n", &a, &b) == 0 && a == 0 && b == 1);
}

static void check_texts_read(void)
{
    char one[20] = "", other[20] = "";
    wchar_t wide[20] = L"";
    int n = -1;

    begin_group("scanf: texts", "c s [ and their wide kind, literals, white space");
    CHECK(sscanf("  ab cd", "%s%s", one, other) == 2 && strcmp(one, "ab") == 0 && strcmp(other, "cd") == 0);
    CHECK(sscanf("abcdef", "%3s%2s", one, other) == 2 && strcmp(one, "abc") == 0 && strcmp(other, "de") == 0);
    memset(one, '#', sizeof one);
    CHECK(sscanf(" xyz", "%3c", one) == 1 && memcmp(one, " xy#", 4) == 0);
    CHECK(sscanf("a-b]c!", "%[]a-c-]%n", one, &n) == 1 && n == 5 && strcmp(one, "a-b]c") == 0);
    CHECK(sscanf("12ab", "%[^a-z]%s", one, other) == 2 && strcmp(one, "12") == 0 && strcmp(other, "ab") == 0);
    CHECK(sscanf("x", "%[0-9]", one) == 0 && sscanf("]", "%[^]]", one) == 0);
    CHECK(sscanf("key = 5", "key = %n", &n) == 0 && n == 6);
    CHECK(sscanf("key=5", "key = %d", &n) == 1 && n == 5 && sscanf("kex=5", "key=%d", &n) == 0);
    CHECK(sscanf("% 7", "%% %d", &n) == 1 && n == 7);
    CHECK(sscanf("wide text", "%ls %l[a-t]", wide, wide + 10) == 2 && wcscmp(wide, L"wide") == 0 && wcscmp(wide + 10, L"te") == 0);
    CHECK(sscanf("q", "%lc", wide) == 1 && wide[0] == L'q');
    CHECK(swscanf(L"12 word x", L"%d %19s %lc", &n, one, wide) == 3 && n == 12 && strcmp(one, "word") == 0 && wide[0] == L'x');
    CHECK(swscanf(L"b-a", L"%l[^-]-%19[a]", wide, one) == 2 && wide[0] == L'b' && strcmp(one, "a") == 0);
}

static void check_places(void)
{
    char text[] = "12x 34\n5", rest[10] = "";
    FILE *file = fmemopen(text, sizeof text - 1, "r");
    int a = 0, b = 0;

    begin_group("scanf: streams", "what stays in the stream");
    CHECK(file != NULL);
    if (!file)
        return;
    CHECK(fscanf(file, "%d", &a) == 1 && a == 12 && fgetc(file) == 'x');
    CHECK(fscanf(file, "%d\n", &b) == 1 && b == 34 && ftell(file) == 7);
    CHECK(fscanf(file, "%[a-z]", rest) == 0 && fgetc(file) == '5');
    CHECK(fscanf(file, "%d", &a) == EOF && feof(file) && !ferror(file));
    CHECK(fclose(file) == 0);
}

void check_scans(void)
{
    check_numbers_read();
    check_texts_read();
    check_places();
}
