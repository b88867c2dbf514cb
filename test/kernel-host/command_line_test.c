/*
 * posix/command_line: what the host side encodes comes out as it went in, and what it would never write is refused.
 */
#include "posix/process/command_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

#define MAX_WORDS 30
#define MAX_WORD 40

/* The encoder's rule: a word that has blanks, quotes or backslashes, or is empty, goes into quotes. */
static bool needs_quotes(const char *word)
{
    return *word == '\0' || strpbrk(word, " \t\n\"\\") != NULL;
}

static char *encode(char *out, const char *word)
{
    if (!needs_quotes(word) && random_below(4))
        return stpcpy(out, word);
    *out++ = '"';
    for (; *word; word++) {
        if (strchr("\\\"\n\t", *word)) {
            *out++ = '\\';
            *out++ = *word == '\n' ? 'n' : *word == '\t' ? 't' : *word;
        } else {
            *out++ = *word;
        }
    }
    *out++ = '"';
    *out = '\0';
    return out;
}

static void random_word(char *word)
{
    static const char often[] = " \t\n\"\\n=-a";
    size_t length = random_below(MAX_WORD);

    for (size_t i = 0; i < length; i++)
        word[i] = random_below(2) ? often[random_below(sizeof often - 1)] : (char)(1 + random_below(255));
    word[length] = '\0';
}

static void round_trip(void)
{
    char words[MAX_WORDS][MAX_WORD], text[MAX_WORDS * MAX_WORD * 3];
    size_t count = random_below(MAX_WORDS);
    char *end = text;

    *end = '\0';
    for (size_t i = 0; i < count; i++) {
        random_word(words[i]);
        for (size_t blanks = i ? 1 + random_below(3) : random_below(3); blanks; blanks--)
            *end++ = " \t\n"[random_below(3)];
        end = encode(end, words[i]);
    }
    char *decoded = exact_copy(text, strlen(text) + 1), *word = decoded;

    check_equal(command_line_decode(decoded), count);
    for (size_t i = 0; i < count; i++) {
        check_text(word, words[i]);
        word += strlen(word) + 1;
    }
    free(decoded);
}

TEST(what_goes_in_comes_out)
{
    for (int i = 0; i < 20000; i++)
        round_trip();
}

TEST(known_lines)
{
    static const struct { const char *text; long words; const char *decoded; } table[] = {
        { "", 0, "" },
        { " \t\n ", 0, "" },
        { "a", 1, "a\0" },
        { " a  b ", 2, "a\0b\0" },
        { "\"\"", 1, "\0" },
        { "\"\" \"\"", 2, "\0\0" },
        { "\"a b\" c", 2, "a b\0c\0" },
        { "\"\\\\\\\"\\n\\t\"", 1, "\\\"\n\t\0" },
        /* A quote or a backslash within a bare word is only itself. */
        { "a\"b\\n", 1, "a\"b\\n\0" },
        { "A=\xc3\xa9 -- \"\xe2\x82\xac x\"", 3, "A=\xc3\xa9\0--\0\xe2\x82\xac x\0" },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text = exact_copy(table[i].text, strlen(table[i].text) + 1);
        const char *got = text, *wanted = table[i].decoded;

        check_equal(command_line_decode(text), table[i].words);
        for (long word = 0; word < table[i].words; word++) {
            check_text(got, wanted);
            got += strlen(got) + 1;
            wanted += strlen(wanted) + 1;
        }
    }
}

TEST(malformed_lines_are_refused)
{
    static const char *const wrong[] = {
        "\"", "a \"b", "\"a\\", "\"a\\\"", "\"\\x\"", "\"\\0\"", "\"a\"b", "\"a\"\"b\"", "a b \"c\"d e",
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_equal(command_line_decode(exact_copy(wrong[i], strlen(wrong[i]) + 1)), -EINVAL);
}
