/*
 * Words as a shell expands them (POSIX.1-2017, 2.6): tildes, variables, fields, names that patterns match, quotes. Commands
 * are refused, since there is nobody to run them, and so is arithmetic.
 *
 * A word is built as bytes with a mark before each that was quoted: what is marked is not split, and matches itself.
 */
#include <wordexp.h>

#include <ctype.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What glob() takes for "the next byte is itself". */
#define QUOTED '\\'
#define NAME_MOST 256

struct text {
    char *bytes;
    size_t length, room;
    bool failed;
};

struct expansion {
    const char *at;
    int flags;
    struct text word;
    bool has_word;              /* "" makes one that is empty */
    wordexp_t words;
};

static void put(struct text *text, char byte)
{
    if (text->length + 1 >= text->room) {
        size_t room = text->room ? 2 * text->room : 64;
        char *bytes = text->failed ? NULL : realloc(text->bytes, room);

        text->failed = !bytes;
        if (!bytes)
            return;
        text->bytes = bytes;
        text->room = room;
    }
    text->bytes[text->length++] = byte;
    text->bytes[text->length] = '\0';
}

static void put_quoted(struct text *text, char byte)
{
    put(text, QUOTED);
    put(text, byte);
}

/* --- the list of words --- */

static int add_word(wordexp_t *words, const char *bytes)
{
    size_t at = words->we_offs + words->we_wordc;
    char **list = realloc(words->we_wordv, (at + 2) * sizeof *list);

    if (!list)
        return WRDE_NOSPACE;
    words->we_wordv = list;
    list[at] = strdup(bytes);
    list[at + 1] = NULL;
    if (!list[at])
        return WRDE_NOSPACE;
    words->we_wordc++;
    return 0;
}

static void unquote(char *bytes)
{
    char *to = bytes;

    for (const char *from = bytes; *from; from++) {
        if (*from == QUOTED && from[1])
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

/* The names that the word matches, if it is a pattern and there are any; else the word itself. */
static int end_word(struct expansion *expansion)
{
    struct text *word = &expansion->word;
    glob_t names;
    int error = 0;

    if (word->failed)
        return WRDE_NOSPACE;
    if (!expansion->has_word && !word->length)
        return 0;
    if (!word->bytes)
        return add_word(&expansion->words, "");
    int found = strpbrk(word->bytes, "*?[") ? glob(word->bytes, 0, NULL, &names) : GLOB_NOMATCH;

    if (found == 0) {
        for (size_t i = 0; i < (size_t)names.gl_pathc && !error; i++)
            error = add_word(&expansion->words, names.gl_pathv[i]);
        globfree(&names);
    } else if (found == GLOB_NOSPACE) {
        error = WRDE_NOSPACE;
    } else {
        unquote(word->bytes);
        error = add_word(&expansion->words, word->bytes);
    }
    word->length = 0;
    if (word->bytes)
        word->bytes[0] = '\0';
    expansion->has_word = false;
    return error;
}

/* --- variables --- */

/* What a variable gives: in quotes as it is, else split where IFS says. */
static int put_value(struct expansion *expansion, const char *value, bool in_quotes)
{
    const char *separators = getenv("IFS");
    int error = 0;

    if (!separators)
        separators = " \t\n";
    for (; *value && !error; value++) {
        if (in_quotes || !strchr(separators, *value)) {
            /* What a value has of patterns matches, but it has no quotes. */
            if (in_quotes || *value == QUOTED)
                put_quoted(&expansion->word, *value);
            else
                put(&expansion->word, *value);
            expansion->has_word = true;
        } else {
            /* Of what is no blank each makes a field, also an empty one. */
            expansion->has_word |= !isspace((unsigned char)*value);
            error = end_word(expansion);
        }
    }
    return error;
}

/* Behind "${NAME" or "$NAME": the end of a word in braces, whose own braces and quotes are skipped. */
static const char *closing_brace(const char *at)
{
    for (int depth = 0; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '{')
            depth++;
        else if (*at == '}' && depth-- == 0)
            return at;
    }
    return NULL;
}

static int expand_text(struct expansion *expansion, const char *end, bool in_quotes);

/* ${NAME:-word} and its kin: which of word and value it is. */
static int put_choice(struct expansion *expansion, const char *name, const char *value, bool in_quotes)
{
    const char *at = expansion->at, *end = closing_brace(at);
    bool colon = *at == ':';
    char how = at[colon];
    bool is_set = value && !(colon && !*value);

    if (!end || !how || !strchr("-+=?", how))
        return WRDE_SYNTAX;
    expansion->at = at + colon + 1;
    bool wants_word = how == '+' ? is_set : !is_set;

    if (wants_word && how == '?') {
        if (expansion->flags & WRDE_SHOWERR)
            fprintf(stderr, "%s: %.*s\n", name, (int)(end - expansion->at), expansion->at);
        return WRDE_BADVAL;
    }
    int error = 0;

    if (wants_word) {
        size_t before = expansion->word.length;

        error = expand_text(expansion, end, in_quotes);
        if (!error && how == '=' && !expansion->word.failed) {
            char *given = strdup(expansion->word.bytes ? expansion->word.bytes + before : "");

            if (!given)
                return WRDE_NOSPACE;
            unquote(given);
            error = setenv(name, given, 1) ? WRDE_NOSPACE : 0;
            free(given);
        }
    } else if (how != '+') {
        error = put_value(expansion, value, in_quotes);
    }
    expansion->at = end + 1;
    return error;
}

/* At the '$'. */
static int expand_variable(struct expansion *expansion, bool in_quotes)
{
    char name[NAME_MOST], number[24];
    const char *at = expansion->at + 1;
    bool braces = *at == '{';
    size_t length = 0;

    if (*at == '(')
        return WRDE_CMDSUB;
    at += braces;
    bool counts = braces && *at == '#';

    at += counts;
    while ((isalnum((unsigned char)at[length]) || at[length] == '_') && length < sizeof name - 1) {
        name[length] = at[length];
        length++;
        /* A shell's parameters have numbers; there are none. */
        if (!braces && isdigit((unsigned char)name[0]))
            break;
    }
    name[length] = '\0';
    if (!length) {
        if (braces)
            return WRDE_SYNTAX;
        put_quoted(&expansion->word, '$');
        expansion->at++;
        return 0;
    }
    const char *value = getenv(name);

    expansion->at = at + length;
    if (counts) {
        snprintf(number, sizeof number, "%zu", value ? strlen(value) : 0);
        value = number;
    }
    if (braces && *expansion->at != '}')
        return counts ? WRDE_SYNTAX : put_choice(expansion, name, value, in_quotes);
    expansion->at += braces;
    if (!value && (expansion->flags & WRDE_UNDEF))
        return WRDE_BADVAL;
    return put_value(expansion, value ? value : "", in_quotes);
}

/* --- quotes and the rest --- */

static int expand_single(struct expansion *expansion)
{
    expansion->has_word = true;
    while (*++expansion->at && *expansion->at != '\'')
        put_quoted(&expansion->word, *expansion->at);
    if (!*expansion->at)
        return WRDE_SYNTAX;
    expansion->at++;
    return 0;
}

static int expand_double(struct expansion *expansion)
{
    const char *end = expansion->at + 1;

    while (*end && *end != '"')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (!*end)
        return WRDE_SYNTAX;
    expansion->has_word = true;
    expansion->at++;
    int error = expand_text(expansion, end, true);

    expansion->at = end + 1;
    return error;
}

/* "~" and "~root" at a word's beginning: there is one user. */
static bool expand_tilde(struct expansion *expansion)
{
    size_t length = strcspn(expansion->at, "/ \t\n\"'$");
    const char *home = getenv("HOME");

    if (expansion->word.length || expansion->has_word ||
        (length != 1 && (length != 5 || strncmp(expansion->at, "~root", 5) != 0)))
        return false;
    for (const char *from = home && length == 1 ? home : "/"; *from; from++)
        put_quoted(&expansion->word, *from);
    expansion->at += length;
    return true;
}

/* One byte, or what it begins. */
static int expand_one(struct expansion *expansion, bool in_quotes)
{
    char byte = *expansion->at;

    if (byte == '`')
        return WRDE_CMDSUB;
    if (byte == '$')
        return expand_variable(expansion, in_quotes);
    if (byte == '\\' && (!in_quotes || strchr("$`\"\\\n", expansion->at[1]))) {
        if (!expansion->at[1])
            return WRDE_SYNTAX;
        if (expansion->at[1] != '\n')
            put_quoted(&expansion->word, expansion->at[1]);
        expansion->at += 2;
        return 0;
    }
    if (!in_quotes) {
        if (byte == '\'')
            return expand_single(expansion);
        if (byte == '"')
            return expand_double(expansion);
        if (byte == '~' && expand_tilde(expansion))
            return 0;
        if (strchr("|&;<>(){}\n", byte))
            return WRDE_BADCHAR;
        put(&expansion->word, byte);
    } else {
        put_quoted(&expansion->word, byte);
    }
    expansion->at++;
    return 0;
}

/* Up to `end` (null: the text's), of which blanks outside of quotes separate words. */
static int expand_text(struct expansion *expansion, const char *end, bool in_quotes)
{
    int error = 0;

    while (!error && *expansion->at && (!end || expansion->at < end)) {
        if (!in_quotes && (*expansion->at == ' ' || *expansion->at == '\t')) {
            error = end_word(expansion);
            expansion->at++;
        } else {
            error = expand_one(expansion, in_quotes);
        }
    }
    return error;
}

/* --- the calls --- */

void wordfree(wordexp_t *words)
{
    for (size_t i = 0; i < words->we_wordc; i++)
        free(words->we_wordv[words->we_offs + i]);
    free(words->we_wordv);
    words->we_wordv = NULL;
    words->we_wordc = 0;
}

/* What there is before the first word: the caller's empty places, or the words of an earlier call. */
static int begin(wordexp_t *words, int flags)
{
    if (flags & WRDE_APPEND)
        return 0;
    if (flags & WRDE_REUSE)
        wordfree(words);
    if (!(flags & WRDE_DOOFFS))
        words->we_offs = 0;
    words->we_wordc = 0;
    words->we_wordv = calloc(words->we_offs + 1, sizeof(char *));
    return words->we_wordv ? 0 : WRDE_NOSPACE;
}

/* On failure words are as they were, but where memory has run out: then there are those that were found. */
int wordexp(const char *restrict text, wordexp_t *restrict words, int flags)
{
    int error = begin(words, flags);
    struct expansion expansion = { .at = text, .flags = flags, .words = *words };

    if (error)
        return error;
    size_t before = words->we_wordc;

    error = expand_text(&expansion, NULL, false);
    if (!error)
        error = end_word(&expansion);
    free(expansion.word.bytes);
    *words = expansion.words;
    if (error && error != WRDE_NOSPACE) {
        while (words->we_wordc > before)
            free(words->we_wordv[words->we_offs + --words->we_wordc]);
        words->we_wordv[words->we_offs + before] = NULL;
    }
    return error;
}
