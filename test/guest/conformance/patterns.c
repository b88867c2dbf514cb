/*
 * Patterns: of names, of text; and converting text.
 */
#include "conform.h"

#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <iconv.h>
#include <limits.h>
#include <regex.h>
#include <stdio.h>

static void check_names(void)
{
    char pattern[PATH_MAX], wanted[PATH_MAX];
    glob_t found = { 0 };

    begin_group("fnmatch", "* ? [], flags");
    CHECK(fnmatch("*.c", "main.c", 0) == 0 && fnmatch("*.c", "main.h", 0) == FNM_NOMATCH);
    CHECK(fnmatch("a?c", "abc", 0) == 0 && fnmatch("[a-c]x", "bx", 0) == 0 && fnmatch("[!a-c]x", "bx", 0) != 0);
    CHECK(fnmatch("*", "a/b", FNM_PATHNAME) != 0 && fnmatch("*", "a/b", 0) == 0 && fnmatch("a/*", "a/b", FNM_PATHNAME) == 0);
    CHECK(fnmatch("*", ".x", FNM_PERIOD) != 0 && fnmatch("\\*", "*", 0) == 0 && fnmatch("\\*", "\\a", FNM_NOESCAPE) == 0);
    begin_group("glob", "files of the root");
    snprintf(pattern, sizeof pattern, "%s/*.txt", tree);
    snprintf(wanted, sizeof wanted, "%s/lines.txt", tree);
    CHECK(glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1);
    CHECK(found.gl_pathc == 1 && strcmp(found.gl_pathv[0], wanted) == 0);
    globfree(&found);
    snprintf(pattern, sizeof pattern, "%s/*/*/[a-d]*", tree);
    CHECK(glob(pattern, GLOB_MARK, NULL, &found) == 0 && found.gl_pathc == 1);
    globfree(&found);
    snprintf(pattern, sizeof pattern, "%s/none*", tree);
    CHECK(glob(pattern, 0, NULL, &found) == GLOB_NOMATCH);
    CHECK(glob(pattern, GLOB_NOCHECK, NULL, &found) == 0 && found.gl_pathc == 1);
    globfree(&found);
}

static int matches(const char *pattern, const char *text, int flags)
{
    regex_t compiled;

    if (regcomp(&compiled, pattern, flags | REG_NOSUB))
        return -1;
    int result = regexec(&compiled, text, 0, NULL, 0);

    regfree(&compiled);
    return result == 0;
}

static void check_texts_by_pattern(void)
{
    regex_t compiled;
    regmatch_t parts[3];
    char message[100];

    begin_group("regex", "basic and extended");
    CHECK(matches("^a.c$", "abc", 0) == 1 && matches("^a.c$", "abbc", 0) == 0);
    CHECK(matches("a\\{2,3\\}b", "aab", 0) == 1 && matches("a{2,3}b", "ab", REG_EXTENDED) == 0);
    CHECK(matches("^(foo|bar)+$", "foobarfoo", REG_EXTENDED) == 1 && matches("[[:digit:]]+", "x5", REG_EXTENDED) == 1);
    CHECK(matches("ABC", "xabcx", REG_ICASE) == 1 && matches("\\(a\\)\\1", "aa", 0) == 1);
    CHECK(matches("(", "x", REG_EXTENDED) == -1 && matches("[", "x", 0) == -1 && matches("x*?", "x", 0) >= 0);
    CHECK(regcomp(&compiled, "([a-z]+)=([0-9]*)", REG_EXTENDED) == 0 && compiled.re_nsub == 2);
    CHECK(regexec(&compiled, "  key=42;", 3, parts, 0) == 0 && parts[0].rm_so == 2 && parts[0].rm_eo == 8);
    CHECK(parts[1].rm_so == 2 && parts[1].rm_eo == 5 && parts[2].rm_so == 6 && parts[2].rm_eo == 8);
    CHECK(regexec(&compiled, "none", 3, parts, 0) == REG_NOMATCH);
    CHECK(regerror(REG_NOMATCH, &compiled, message, sizeof message) > 1 && message[0]);
    regfree(&compiled);
}

static void check_conversion(void)
{
    char in[] = "\xc3\xa9" "a", out[20] = "", *from = in, *to = out;
    size_t left = 3, room = sizeof out;

    begin_group("iconv", "UTF-8, ISO-8859-1, UTF-16LE");
    iconv_t converter = iconv_open("ISO-8859-1", "UTF-8");

    CHECK(converter != (iconv_t)-1);
    if (converter != (iconv_t)-1) {
        CHECK(iconv(converter, &from, &left, &to, &room) != (size_t)-1 && left == 0);
        CHECK(memcmp(out, "\xe9" "a", 2) == 0);
        CHECK(iconv_close(converter) == 0);
    }
    converter = iconv_open("UTF-16LE", "UTF-8");
    from = in, to = out, left = 3, room = sizeof out;
    CHECK(converter != (iconv_t)-1);
    if (converter != (iconv_t)-1) {
        CHECK(iconv(converter, &from, &left, &to, &room) == 0 && memcmp(out, "\xe9\0a\0", 4) == 0);
        CHECK(iconv_close(converter) == 0);
    }
    errno = 0;
    CHECK(iconv_open("NO-SUCH", "UTF-8") == (iconv_t)-1 && errno == EINVAL);
}

void check_patterns(void)
{
    check_names();
    check_texts_by_pattern();
    check_conversion();
}
