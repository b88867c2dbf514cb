/*
 * Options of a command line, as glibc reads them: words that are none are moved behind all that are, unless the string of
 * options begins with '+' (or POSIXLY_CORRECT is set), where they end them, or with '-', where each is the argument of an
 * option 1.
 */
#include <getopt.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *optarg;
int optind = 1, opterr = 1, optopt = '?';
int optreset;                   /* BSD's: the next call begins anew; as optind = 0 does */

/* Within a word of short options: what is left of it. */
static char *rest;
/* Words passed by that are no options, just behind each other: [first, last) */
static int first_passed, last_passed;

struct call {
    int count;
    char **words;
    const char *options;        /* without what stands before the first */
    bool says_errors, colon;    /* a missing argument is ':' */
    enum { PERMUTE, STOP, IN_ORDER } order;
};

/* --- order --- */

static void reverse(char **words, int from, int to)
{
    for (to--; from < to; from++, to--) {
        char *word = words[from];

        words[from] = words[to];
        words[to] = word;
    }
}

/* The words passed by change places with the options between them and optind. */
static void move_passed(char **words)
{
    if (first_passed != last_passed && last_passed != optind) {
        reverse(words, first_passed, last_passed);
        reverse(words, last_passed, optind);
        reverse(words, first_passed, optind);
    }
    first_passed += optind - last_passed;
    last_passed = optind;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

static void begin(struct call *call)
{
    if (optind == 0 || optreset) {
        optind = optind ? optind : 1;
        optreset = 0;
        rest = NULL;
        first_passed = last_passed = optind;
    }
    /* Somebody who sets optind goes on from there. */
    if (first_passed > optind || last_passed > optind || !last_passed)
        first_passed = last_passed = optind;
    call->order = getenv("POSIXLY_CORRECT") ? STOP : PERMUTE;
    if (*call->options == '-' || *call->options == '+')
        call->order = *call->options++ == '-' ? IN_ORDER : STOP;
    call->colon = *call->options == ':';
    call->says_errors = opterr && !call->colon;
}

/* Finds the next word that is an option. Returns 0, or what the call is to return: 1 with a word in its order, -1 at the end. */
static int find_option(struct call *call)
{
    if (call->order == PERMUTE) {
        move_passed(call->words);
        while (optind < call->count && !is_option(call->words[optind]))
            optind++;
        last_passed = optind;
    }
    if (optind < call->count && strcmp(call->words[optind], "--") == 0) {
        optind++;
        move_passed(call->words);
        last_passed = call->count;
        optind = first_passed;
        return -1;
    }
    if (optind >= call->count) {
        optind = first_passed != last_passed ? first_passed : optind;
        return -1;
    }
    if (is_option(call->words[optind]))
        return 0;
    if (call->order == STOP)
        return -1;
    optarg = call->words[optind++];
    return 1;
}

/* --- one option --- */

static int refuse(const struct call *call, const char *what, const char *dashes, const char *name, int length)
{
    if (call->says_errors)
        fprintf(stderr, "%s: %s -- '%s%.*s'\n", call->words[0], what, dashes, length, name);
    return '?';
}

static int miss_argument(const struct call *call, const char *dashes, const char *name, int length)
{
    refuse(call, "option requires an argument", dashes, name, length);
    return call->colon ? ':' : '?';
}

static int take_short(const struct call *call)
{
    char letter = *rest++;
    const char *found = letter == ':' || letter == ';' ? NULL : strchr(call->options, letter);

    if (*rest == '\0')
        optind++;
    if (!found) {
        optopt = letter;
        if (*rest == '\0')
            rest = NULL;
        return refuse(call, "invalid option", "", &letter, 1);
    }
    if (found[1] != ':') {
        if (*rest == '\0')
            rest = NULL;
        return letter;
    }
    /* The argument is the rest of the word, or, unless it may be missing, the next word. */
    if (*rest) {
        optarg = rest;
        optind++;
    } else if (found[2] != ':' && optind < call->count) {
        optarg = call->words[optind++];
    } else if (found[2] != ':') {
        rest = NULL;
        optopt = letter;
        return miss_argument(call, "", &letter, 1);
    }
    rest = NULL;
    return letter;
}

/* The option with this name, or the only one that begins so. Returns its index, -1 for none, -2 for several. */
static int find_long(const struct option *all, const char *name, size_t length)
{
    int found = -1;

    for (int i = 0; all[i].name; i++) {
        if (strncmp(all[i].name, name, length) != 0)
            continue;
        if (all[i].name[length] == '\0')
            return i;
        bool same = found >= 0 && all[i].has_arg == all[found].has_arg && all[i].flag == all[found].flag &&
                    all[i].val == all[found].val;

        if (!same)
            found = found == -1 ? i : -2;
    }
    return found;
}

static int take_long(const struct call *call, const struct option *option, const char *dashes, char *name, size_t length)
{
    char *value = name[length] == '=' ? name + length + 1 : NULL;

    optind++;
    if (value && option->has_arg == no_argument) {
        optopt = option->flag ? 0 : option->val;
        return refuse(call, "option takes no argument", dashes, name, (int)length);
    }
    if (!value && option->has_arg == required_argument) {
        if (optind >= call->count) {
            optopt = option->flag ? 0 : option->val;
            return miss_argument(call, dashes, name, (int)length);
        }
        value = call->words[optind++];
    }
    optarg = value;
    if (!option->flag)
        return option->val;
    *option->flag = option->val;
    return 0;
}

/* --- the calls --- */

static int next_option(struct call *call, const struct option *long_options, int *index, bool long_only)
{
    begin(call);
    optarg = NULL;
    if (rest)
        return take_short(call);
    int ended = find_option(call);

    if (ended)
        return ended;
    char *word = call->words[optind];
    bool two = word[1] == '-', single = word[2] == '\0';

    if (long_options && (two || (long_only && !(single && strchr(call->options, word[1]))))) {
        char *name = word + 1 + two;
        size_t length = strcspn(name, "=");
        int found = find_long(long_options, name, length);

        if (found >= 0) {
            int taken = take_long(call, &long_options[found], two ? "--" : "-", name, length);

            if (index && taken != '?' && taken != ':')
                *index = found;
            return taken;
        }
        if (two || found == -2 || !strchr(call->options, word[1])) {
            optind++;
            optopt = 0;
            return refuse(call, found == -2 ? "ambiguous option" : "unknown option", two ? "--" : "-", name, (int)length);
        }
    }
    rest = word + 1;
    return take_short(call);
}

int getopt(int count, char *const words[], const char *options)
{
    struct call call = { .count = count, .words = (char **)words, .options = options };

    return next_option(&call, NULL, NULL, false);
}

int getopt_long(int count, char *const words[], const char *options, const struct option *long_options, int *index)
{
    struct call call = { .count = count, .words = (char **)words, .options = options };

    return next_option(&call, long_options, index, false);
}

int getopt_long_only(int count, char *const words[], const char *options, const struct option *long_options, int *index)
{
    struct call call = { .count = count, .words = (char **)words, .options = options };

    return next_option(&call, long_options, index, true);
}
