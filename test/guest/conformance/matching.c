/*
 * Regular expressions and patterns of names, in depth: where a match is, not only that there is one.
 */
#include "conform.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>

/* The places of up to four parts, as "0-3 1-2", "-" for a part that has none; "none", or "bad" for what does not compile. */
static const char *places(const char *pattern, const char *text, int flags, int when)
{
    static char found[100];
    regmatch_t parts[4];
    regex_t compiled;
    size_t length = 0;

    if (regcomp(&compiled, pattern, flags))
        return "bad";
    size_t count = compiled.re_nsub + 1 < 4 ? compiled.re_nsub + 1 : 4;

    if (regexec(&compiled, text, 4, parts, when)) {
        regfree(&compiled);
        return "none";
    }
    for (size_t i = 0; i < count; i++) {
        if (parts[i].rm_so < 0)
            length += (size_t)snprintf(found + length, sizeof found - length, "%s-", i ? " " : "");
        else
            length += (size_t)snprintf(found + length, sizeof found - length, "%s%d-%d", i ? " " : "", (int)parts[i].rm_so,
                                       (int)parts[i].rm_eo);
    }
    regfree(&compiled);
    return found;
}

#define BASIC(pattern, text, wanted) CHECK_TEXT(places(pattern, text, 0, 0), wanted)
#define EXTENDED(pattern, text, wanted) CHECK_TEXT(places(pattern, text, REG_EXTENDED, 0), wanted)

static void check_basic(void)
{
    begin_group("regex: basic", "anchors, repetition, back references, brackets");
    BASIC("b*", "abbb", "0-0");
    BASIC("bb*", "abbb", "1-4");
    BASIC("^*b", "*b", "0-2");
    BASIC("*b", "a*b", "1-3");
    BASIC("a\\{2\\}", "aaaa", "0-2");
    BASIC("a\\{2,\\}", "aaaa", "0-4");
    BASIC("a\\{0,1\\}b", "aab", "1-3");
    BASIC("\\(ab*\\)\\1", "abbabb", "0-6 0-3");
    BASIC("\\(.\\)\\(.\\)\\2\\1", "xabba", "1-5 1-2 2-3");
    BASIC("^\\(a*\\)b\\1$", "aabaa", "0-5 0-2");
    BASIC("^\\(a*\\)b\\1$", "aaba", "none");
    BASIC("a+", "aa+", "1-3");
    BASIC("a|b", "a|b", "0-3");
    BASIC("a\\.b", "axb a.b", "4-7");
    BASIC("[]a]*", "]a]b", "0-3");
    BASIC("[^]a]", "]ab", "2-3");
    BASIC("[a\\]*", "\\a", "0-2");
    BASIC("[[:alpha:]_][[:alnum:]_]*", "9_x1-", "1-4");
    BASIC("[[:space:][:punct:]]", "ab;", "2-3");
    BASIC("[a-c-]*", "a-b", "0-3");
    BASIC("a$b", "a$b", "0-3");
    BASIC("a^b", "a^b", "0-3");
    BASIC("\\(", "x", "bad");
    BASIC("a\\{2,1\\}", "x", "bad");
    BASIC("[[:nothing:]]", "x", "bad");
    BASIC("[z-a]", "x", "bad");
    BASIC("\\(a\\)\\2", "aa", "bad");
}

static void check_extended(void)
{
    begin_group("regex: extended", "alternatives, the longest, parts, REG_NEWLINE, REG_NOTBOL");
    EXTENDED("a|ab|abc", "abcd", "0-3");
    EXTENDED("(a|ab)(c|bcd)", "abcd", "0-4 0-1 1-4");
    EXTENDED("(a*)(ab)*", "aab", "0-3 0-1 1-3");
    EXTENDED("(a)|(b)", "b", "0-1 - 0-1");
    EXTENDED("(a?)b", "b", "0-1 0-0");
    EXTENDED("x{0}y", "xy", "1-2");
    EXTENDED("(ab){2}", "ababab", "0-4 2-4");
    EXTENDED("a{1,3}", "aaaa", "0-3");
    EXTENDED("^$", "", "0-0");
    EXTENDED("()", "a", "0-0 0-0");
    EXTENDED("[0-9]+\\.[0-9]*", "v 12.50", "2-7");
    EXTENDED("(foo|bar)+baz", "xfoobarbaz", "1-10 4-7");
    EXTENDED("\\(a\\)", "(a)", "0-3");
    EXTENDED("a.c", "a\nc", "0-3");
    EXTENDED("(", "x", "bad");
    EXTENDED("a{1", "x", "bad");
    EXTENDED("[a", "x", "bad");
    CHECK_TEXT(places("^b$", "a\nb\nc", REG_EXTENDED | REG_NEWLINE, 0), "2-3");
    CHECK_TEXT(places("a.c", "a\nc", REG_EXTENDED | REG_NEWLINE, 0), "none");
    CHECK_TEXT(places("a[^x]c", "a\nc", REG_EXTENDED | REG_NEWLINE, 0), "none");
    CHECK_TEXT(places("^b", "b", REG_EXTENDED, REG_NOTBOL), "none");
    CHECK_TEXT(places("b$", "b", REG_EXTENDED, REG_NOTEOL), "none");
    CHECK_TEXT(places("[a-z]+", "12ABc", REG_EXTENDED | REG_ICASE, 0), "2-5");
}

static void check_fnmatch(void)
{
    begin_group("fnmatch: depth", "brackets, escapes, FNM_PATHNAME, FNM_PERIOD, FNM_CASEFOLD, FNM_LEADING_DIR");
    CHECK(fnmatch("[]-]", "-", 0) == 0);
    CHECK(fnmatch("[!]]", "]", 0) != 0 && fnmatch("[^a]", "b", 0) == 0 && fnmatch("[a\\-z]", "-", 0) == 0);
    CHECK(fnmatch("a[", "a[", 0) == 0 && fnmatch("*a*b*c", "xxaxxbxxc", 0) == 0 && fnmatch("*a*b*c", "xxbxxaxxc", 0) != 0);
    CHECK(fnmatch("[[:digit:]x]*", "7up", 0) == 0 && fnmatch("[![:space:]]", " ", 0) != 0 && fnmatch("[[:upper:]]", "a", 0) != 0);
    CHECK(fnmatch("[[.a.]-c]", "b", 0) == 0 && fnmatch("[[=a=]]", "a", 0) == 0 && fnmatch("[[:nonsense:]]", ":", 0) != 0);
    CHECK(fnmatch("", "", 0) == 0 && fnmatch("*", "", 0) == 0 && fnmatch("?", "", 0) != 0 && fnmatch("a", "", 0) != 0);
    CHECK(fnmatch("a?b", "a/b", FNM_PATHNAME) != 0 && fnmatch("a[/]b", "a/b", FNM_PATHNAME) != 0);
    CHECK(fnmatch("*/b", "a/b", FNM_PATHNAME) == 0 && fnmatch("*b", "a/b", FNM_PATHNAME) != 0);
    CHECK(fnmatch("?x", ".x", FNM_PERIOD) != 0 && fnmatch("[.]x", ".x", FNM_PERIOD) != 0 && fnmatch(".*", ".x", FNM_PERIOD) == 0);
    CHECK(fnmatch("a/*", "a/.x", FNM_PERIOD) == 0 && fnmatch("a/*", "a/.x", FNM_PERIOD | FNM_PATHNAME) != 0);
    CHECK(fnmatch("a\\?", "a?", 0) == 0 && fnmatch("a\\?", "ab", 0) != 0 && fnmatch("\\a", "a", 0) == 0);
    CHECK(fnmatch("aBc", "AbC", FNM_CASEFOLD) == 0 && fnmatch("a*", "a/b/c", FNM_LEADING_DIR | FNM_PATHNAME) == 0);
    CHECK(fnmatch("a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0) != 0);
}

void check_matching(void)
{
    check_basic();
    check_extended();
    check_fnmatch();
}
