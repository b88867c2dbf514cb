/*
 * Wide characters and locales.
 */
#include "conform.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <wctype.h>

static void check_wide_strings(void)
{
    wchar_t text[40], *end, *save;

    begin_group("wide strings", "wcs* wmem*");
    CHECK(wcslen(L"abc") == 3 && wcscmp(L"a", L"b") < 0 && wcsncmp(L"abc", L"abd", 2) == 0);
    CHECK(wcscpy(text, L"one") == text && wcscat(text, L"two") && wcscmp(text, L"onetwo") == 0);
    CHECK(wcschr(L"abc", L'b') && !wcsrchr(L"abc", L'x') && wcsstr(L"haystack", L"st") && wcsspn(L"112a", L"12") == 3);
    CHECK(wmemcmp(L"ab", L"ac", 2) < 0 && wmemchr(L"abc", L'c', 3) && wcscasecmp(L"ABC", L"abc") == 0);
    wcscpy(text, L"a b");
    CHECK(wcscmp(wcstok(text, L" ", &save), L"a") == 0 && wcscmp(wcstok(NULL, L" ", &save), L"b") == 0);
    CHECK(wcstol(L"-42x", &end, 10) == -42 && *end == L'x' && wcstod(L"1.5", NULL) == 1.5);
    CHECK(swprintf(text, 40, L"%d %ls %s %.2f", 5, L"wide", "narrow", 1.5) == 18);
    CHECK(wcscmp(text, L"5 wide narrow 1.50") == 0);
    int number = 0;

    CHECK(swscanf(L"77 x", L"%d", &number) == 1 && number == 77);
    CHECK(iswalpha(L'a') && !iswalpha(L'1') && towupper(L'b') == L'B' && iswctype(L'5', wctype("digit")));
}

static void check_multibyte(void)
{
    wchar_t text[20];
    char bytes[20];
    mbstate_t state = { 0 };
    const char *from = "a\xc3\xa9\xe2\x82\xac";
    const wchar_t *wide = L"é€";

    begin_group("multibyte", "C.UTF-8");
    CHECK(setlocale(LC_ALL, "C.UTF-8") != NULL);
    CHECK(MB_CUR_MAX >= 4);
    CHECK_TEXT(nl_langinfo(CODESET), "UTF-8");
    CHECK(mbstowcs(text, from, 20) == 3 && text[1] == 0xe9 && text[2] == 0x20ac);
    CHECK(wcstombs(bytes, L"€", 20) == 3 && memcmp(bytes, "\xe2\x82\xac", 4) == 0);
    CHECK(mbrtowc(text, "\xf0\x9f\x98\x80", 4, &state) == 4 && text[0] == 0x1f600);
    CHECK(mbrtowc(text, "\xe2\x82", 2, &state) == (size_t)-2 && mbrtowc(text, "\xac", 1, &state) == 1 && text[0] == 0x20ac);
    errno = 0;
    CHECK(mbrtowc(text, "\xff", 1, &state) == (size_t)-1 && errno == EILSEQ);
    memset(&state, 0, sizeof state);
    CHECK(wcsrtombs(bytes, &wide, sizeof bytes, &state) == 5 && wide == NULL);
    CHECK(mblen("\xc3\xa9", 2) == 2 && wctob(L'x') == 'x' && btowc('y') == L'y');
    CHECK(wcwidth(L'a') == 1 && iswalpha(0xe9) && towupper(0xe9) == 0xc9);
    CHECK(snprintf(bytes, sizeof bytes, "%lc", (wint_t)0x20ac) == 3);
    CHECK(setlocale(LC_ALL, "C") != NULL);
}

static void check_locale(void)
{
    struct lconv *local = localeconv();

    begin_group("locale", "C");
    CHECK_TEXT(setlocale(LC_ALL, NULL), "C");
    CHECK(setlocale(LC_ALL, "xx_NOWHERE.none") == NULL);
    CHECK_TEXT(local->decimal_point, ".");
    CHECK_TEXT(local->thousands_sep, "");
    CHECK_TEXT(nl_langinfo(DAY_1), "Sunday");
    CHECK_TEXT(nl_langinfo(MON_12), "December");
    CHECK_TEXT(nl_langinfo(RADIXCHAR), ".");
    locale_t made = newlocale(LC_ALL_MASK, "C", (locale_t)0);

    CHECK(made != (locale_t)0 && uselocale(made) != (locale_t)0 && strtod("1.5", NULL) == 1.5);
    uselocale(LC_GLOBAL_LOCALE);
    freelocale(made);
}

void check_wide(void)
{
    check_wide_strings();
    check_multibyte();
    check_locale();
}
