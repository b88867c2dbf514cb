/*
 * UTF-8 in depth: every code point there and back, what must be refused, characters that come in pieces.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wchar.h>

/* The bytes of a code point, by the definition. */
static size_t encode(unsigned code, char *bytes)
{
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    bytes[0] = (char)(0xf0 | code >> 18);
    bytes[1] = (char)(0x80 | (code >> 12 & 0x3f));
    bytes[2] = (char)(0x80 | (code >> 6 & 0x3f));
    bytes[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static void check_every_code(void)
{
    int read = 1, written = 1, halves = 1, pieces = 1;

    begin_group("UTF-8: every code point", "mbrtowc and wcrtomb, whole and byte by byte; surrogates");
    for (unsigned code = 1; code < 0x110000; code++) {
        char bytes[8], back[MB_LEN_MAX];
        mbstate_t state = { 0 };
        wchar_t wide = 0;
        size_t length = encode(code, bytes);

        if (code >= 0xd800 && code < 0xe000) {
            if (code % 64 == 0)
                halves &= mbrtowc(&wide, bytes, length, &state) == (size_t)-1;
            continue;
        }
        read &= mbrtowc(&wide, bytes, length, &state) == length && wide == (wchar_t)code && mbsinit(&state);
        written &= wcrtomb(back, wide, &state) == length && memcmp(back, bytes, length) == 0;
        if (code % 31 || length == 1)
            continue;
        for (size_t i = 0; i + 1 < length; i++)
            pieces &= mbrtowc(&wide, bytes + i, 1, &state) == (size_t)-2 && !mbsinit(&state);
        wide = 0;
        pieces &= mbrtowc(&wide, bytes + length - 1, 1, &state) == 1 && wide == (wchar_t)code && mbsinit(&state);
    }
    CHECK(read);
    CHECK(written);
    CHECK(pieces);
    CHECK(halves);
}

static bool refused(const char *bytes, size_t length)
{
    mbstate_t state = { 0 };
    wchar_t wide;

    errno = 0;
    return mbrtowc(&wide, bytes, length, &state) == (size_t)-1 && errno == EILSEQ;
}

static void check_refusals(void)
{
    char bytes[MB_LEN_MAX];
    mbstate_t state = { 0 };

    begin_group("UTF-8: refusals", "overlong, too great, stray, cut short");
    CHECK(refused("\x80", 1) && refused("\xbf", 1) && refused("\xc0\x80", 2) && refused("\xc1\xbf", 2));
    CHECK(refused("\xe0\x80\x80", 3) && refused("\xe0\x9f\xbf", 3) && refused("\xf0\x80\x80\x80", 4));
    CHECK(refused("\xf0\x8f\xbf\xbf", 4));
    CHECK(refused("\xff", 1) && refused("\xfe", 1));
    CHECK(refused("\xed\xa0\x80", 3) && refused("\xed\xbf\xbf", 3));
    CHECK(refused("\xc3(", 2) && refused("\xe2\x82(", 3) && refused("\xf0\x9f\x98(", 4) && refused("\xe2(\xac", 3));
    errno = 0;
    CHECK(wcrtomb(bytes, 0xd800, &state) == (size_t)-1 && errno == EILSEQ);
}

static void check_states(void)
{
    const char *from = "a\xc3\xa9\xff", *cut = "\xe2\x82\xac\xe2";
    mbstate_t state = { 0 };
    wchar_t wide[10], one = 1;
    char bytes[10];
    const wchar_t *text = L"aé€";

    begin_group("UTF-8: strings and states", "mbsrtowcs, mbsnrtowcs, wcsrtombs, wcsnrtombs, mbrlen, the ends");
    CHECK(mbrtowc(&one, "", 1, &state) == 0 && one == 0 && mbrtowc(NULL, NULL, 0, &state) == 0);
    CHECK(mbrtowc(&one, "x", 0, &state) == (size_t)-2 && wcrtomb(NULL, L'x', &state) == 1);
    CHECK(mbrlen("\xe2", 1, &state) == (size_t)-2 && mbrlen("\x82", 1, &state) == (size_t)-2 && mbrlen("\xac", 1, &state) == 1);
    errno = 0;
    CHECK(mbsrtowcs(wide, &from, 10, &state) == (size_t)-1 && errno == EILSEQ && *(unsigned char *)from == 0xff);
    memset(&state, 0, sizeof state);
    CHECK(mbsnrtowcs(wide, &cut, 4, 10, &state) == 1 && wide[0] == 0x20ac);
    memset(&state, 0, sizeof state);
    from = "a\xc3\xa9z";
    CHECK(mbsrtowcs(NULL, &from, 0, &state) == 3 && mbsrtowcs(wide, &from, 2, &state) == 2 && *from == 'z');
    CHECK(wcsrtombs(NULL, &text, 0, &state) == 6 && wcsrtombs(bytes, &text, 4, &state) == 3 && *text == 0x20ac);
    text = L"aé€";
    CHECK(wcsnrtombs(bytes, &text, 2, 10, &state) == 3 && memcmp(bytes, "a\xc3\xa9", 3) == 0 && *text == 0x20ac);
    CHECK(mbstowcs(wide, "\xff", 10) == (size_t)-1 && mbtowc(&one, "\xc3", 1) == -1);
    CHECK(mbtowc(NULL, NULL, 0) == 0 && mblen("", 1) == 0 && btowc(0xe9) == WEOF && wctob(0xe9) == EOF && btowc(EOF) == WEOF);
}

static void check_wide_streams(void)
{
    char *made = NULL;
    size_t size = 0;
    wchar_t line[10];
    char name[PATH_MAX];

    snprintf(name, sizeof name, "%s/wide", work);
    FILE *file = fopen(name, "w+");

    begin_group("UTF-8: streams", "fputwc, fputws, fgetwc, fgetws, ungetwc, fwide, fseek; open_memstream");
    CHECK(file != NULL);
    if (!file)
        return;
    CHECK(fwide(file, 0) == 0 && fputwc(0xe9, file) == 0xe9 && fwide(file, -1) > 0 && fputws(L"€\nzz", file) >= 0);
    CHECK(fseek(file, 0, SEEK_END) == 0 && ftell(file) == 8 && fseek(file, 0, SEEK_SET) == 0 && fgetwc(file) == 0xe9);
    CHECK(ungetwc(L'ü', file) == L'ü' && fgetwc(file) == L'ü');
    CHECK(fgetws(line, 10, file) && wcscmp(line, L"€\n") == 0);
    CHECK(fgetws(line, 2, file) && wcscmp(line, L"z") == 0 && fgetwc(file) == L'z' && fgetwc(file) == WEOF && feof(file));
    CHECK(fclose(file) == 0 && unlink(name) == 0);
    file = open_memstream(&made, &size);
    CHECK(file && fprintf(file, "%ls|%lc", L"aé", (wint_t)0x20ac) == 7 && fclose(file) == 0);
    CHECK(size == 7 && memcmp(made, "a\xc3\xa9|\xe2\x82\xac", 7) == 0);
    free(made);
}

void check_encodings(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    check_every_code();
    check_refusals();
    check_states();
    check_wide_streams();
    setlocale(LC_ALL, "C");
}
