/*
 * fnmatch(): names against the shell's patterns. In place of the C library's, which knows no classes and no characters of
 * several bytes.
 */
#include <fnmatch.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* How far pattern and name are matched, and where to go on if the last star has to take one character more. */
struct matching {
    const char *pattern, *name;
    const char *start;                  /* of the name */
    const char *star, *starred;         /* behind the star in the pattern, and what it has not taken yet; or null */
    int flags;
};

/* Takes a character; a byte that is part of none is one. */
static wint_t next_character(const char **at)
{
    unsigned char byte = (unsigned char)**at;
    mbstate_t state = { 0 };
    wchar_t character;
    size_t length = byte < 0x80 || MB_CUR_MAX == 1 ? 0 : mbrtowc(&character, *at, MB_LEN_MAX, &state);

    if (length == 0 || length > MB_LEN_MAX) {
        ++*at;
        return byte;
    }
    *at += length;
    return (wint_t)character;
}

static wint_t folded(const struct matching *at, wint_t character)
{
    return at->flags & FNM_CASEFOLD ? towlower(character) : character;
}

/* A period that a name may hide behind: only a period in the pattern matches it. */
static bool is_leading_period(const struct matching *at, const char *name)
{
    if (*name != '.' || !(at->flags & FNM_PERIOD))
        return false;
    return name == at->start || ((at->flags & FNM_PATHNAME) && name[-1] == '/');
}

/* --- brackets --- */

/* `[:alpha:]` behind its first bracket: false if there is none. Adds to `found` whether the character is one of those. */
static bool take_class(const char **pattern, wint_t character, bool *found)
{
    char name[16];
    const char *first = *pattern + 1, *last = **pattern == ':' ? strstr(first, ":]") : NULL;

    if (!last || last - first >= (int)sizeof name)
        return false;
    memcpy(name, first, (size_t)(last - first));
    name[last - first] = 0;
    *found |= iswctype(character, wctype(name)) != 0;
    *pattern = last + 2;
    return true;
}

/* One character of a bracket's, or the end of a range. */
static wint_t take_literal(const struct matching *at, const char **pattern)
{
    if (**pattern == '[' && ((*pattern)[1] == '.' || (*pattern)[1] == '=')) {
        const char end[] = { (*pattern)[1], ']', 0 }, *first = *pattern + 2, *last = strstr(first, end);

        if (last && last != first) {
            wint_t character = next_character(&first);

            *pattern = last + 2;
            return character;
        }
    }
    if (**pattern == '\\' && !(at->flags & FNM_NOESCAPE) && (*pattern)[1])
        ++*pattern;
    return next_character(pattern);
}

static bool is_within(const struct matching *at, wint_t character, wint_t first, wint_t last)
{
    if (first <= character && character <= last)
        return true;
    if (!(at->flags & FNM_CASEFOLD))
        return false;
    wint_t lower = towlower(character), upper = towupper(character);

    return (first <= lower && lower <= last) || (first <= upper && upper <= last);
}

/*
 * Whether a bracket's list, behind its "[", has the character. Moves `pattern` behind the "]". One that does not end is no
 * list: null is left there.
 */
static bool is_listed(const struct matching *at, const char **pattern, wint_t character)
{
    const char *next = *pattern;
    bool inverted = *next == '!' || *next == '^', found = false;

    next += inverted;
    for (bool first = true; first || *next != ']'; first = false) {
        if (!*next || (*next == '/' && (at->flags & FNM_PATHNAME))) {
            *pattern = NULL;
            return false;
        }
        const char *class = next + 1;

        if (*next == '[' && take_class(&class, character, &found)) {
            next = class;
            continue;
        }
        wint_t from = take_literal(at, &next), to = from;

        if (*next == '-' && next[1] && next[1] != ']') {
            next++;
            to = take_literal(at, &next);
        }
        found |= is_within(at, character, from, to);
    }
    *pattern = next + 1;
    return found != inverted;
}

/* --- matching --- */

/* Whether pattern and name go on with the same. Moves both on if so. */
static bool step(struct matching *at)
{
    const char *pattern = at->pattern, *name = at->name;
    bool is_separator = *name == '/' && (at->flags & FNM_PATHNAME);

    if (!*name)
        return false;
    wint_t character = next_character(&name);

    if (*pattern == '?') {
        if (is_separator || is_leading_period(at, at->name))
            return false;
        pattern++;
    } else {
        const char *list = pattern + 1;
        bool is_one = *pattern == '[' && is_listed(at, &list, character);

        if (*pattern == '[' && list) {
            if (!is_one || is_separator || is_leading_period(at, at->name))
                return false;
            pattern = list;
        } else {
            if (*pattern == '\\' && !(at->flags & FNM_NOESCAPE) && pattern[1])
                pattern++;
            if (folded(at, next_character(&pattern)) != folded(at, character))
                return false;
        }
    }
    at->pattern = pattern;
    at->name = name;
    return true;
}

/* Has the last star take one character more. Stars before it never have to: what is between was matched at its first place. */
static bool step_back(struct matching *at)
{
    if (!at->star || !*at->starred || (*at->starred == '/' && (at->flags & FNM_PATHNAME)))
        return false;
    next_character(&at->starred);
    at->name = at->starred;
    at->pattern = at->star;
    return true;
}

int fnmatch(const char *pattern, const char *name, int flags)
{
    struct matching at = { .pattern = pattern, .name = name, .start = name, .flags = flags };

    for (;;) {
        if (*at.pattern == '*' && !is_leading_period(&at, at.name)) {
            at.star = ++at.pattern;
            at.starred = at.name;
            continue;
        }
        if (!*at.pattern && (!*at.name || (*at.name == '/' && (flags & FNM_LEADING_DIR))))
            return 0;
        if (*at.pattern && *at.pattern != '*' && step(&at))
            continue;
        if (!step_back(&at))
            return FNM_NOMATCH;
    }
}
