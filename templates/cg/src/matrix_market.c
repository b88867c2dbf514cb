/*
 * The Matrix Market exchange format, coordinate form:
 *   %%MatrixMarket matrix coordinate real symmetric
 *   % comments
 *   rows columns entries
 *   row column value          (from 1; of a symmetric matrix the lower triangle)
 */
#include "source.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

/* Takes the next word off the line; '' at its end. */
static char *word(char **at)
{
    while (isspace((unsigned char)**at))
        ++*at;
    char *start = *at;
    while (**at != '\0' && !isspace((unsigned char)**at))
        ++*at;
    if (**at != '\0')
        *(*at)++ = '\0';
    return start;
}

static bool read_header(struct lines *lines, struct entries *entries, struct problem *problem)
{
    char *at = lines->text;
    word(&at); /* the caller has seen the banner */
    const char *object = word(&at), *form = word(&at), *field = word(&at), *symmetry = word(&at);
    if (strcasecmp(object, "matrix") != 0 || strcasecmp(form, "coordinate") != 0)
        return problem_note(problem, "line 1: only \"matrix coordinate\" is known, not \"%.20s %.20s\"", object, form);
    if (strcasecmp(field, "real") != 0 && strcasecmp(field, "integer") != 0)
        return problem_note(problem, "line 1: only real and integer values are known, not \"%.20s\"", field);
    entries->half = strcasecmp(symmetry, "symmetric") == 0;
    if (!entries->half && strcasecmp(symmetry, "general") != 0)
        return problem_note(problem, "line 1: only symmetric and general are known, not \"%.20s\"", symmetry);
    return true;
}

/* A whole number from `least` to `most`. */
static bool number(char **at, unsigned long least, unsigned long most, unsigned long *value)
{
    const char *digits = word(at);
    if (!isdigit((unsigned char)digits[0]))
        return false;
    char *end;
    errno = 0;
    *value = strtoul(digits, &end, 10);
    return errno == 0 && *end == '\0' && *value >= least && *value <= most;
}

static bool read_sizes(struct lines *lines, struct entries *entries, unsigned long *count, struct problem *problem)
{
    do {
        if (!lines_next(lines, problem))
            return false;
    } while (lines->text[0] == '%' || lines->length == 0);
    char *at = lines->text;
    unsigned long rows, columns;
    if (!number(&at, 1, UINT32_MAX - 1, &rows) || !number(&at, 1, UINT32_MAX - 1, &columns) ||
        !number(&at, 0, SIZE_MAX / 64, count) || *word(&at) != '\0')
        return problem_note(problem, "line %lu: should have the numbers of rows, columns and entries", lines->number);
    if (rows != columns)
        return problem_note(problem, "the matrix is not square: %lu rows, %lu columns", rows, columns);
    entries->size = (uint32_t)rows;
    return true;
}

static bool read_entry(struct lines *lines, struct entries *entries, struct problem *problem)
{
    char *at = lines->text;
    unsigned long row, column;
    if (!number(&at, 1, entries->size, &row) || !number(&at, 1, entries->size, &column))
        return problem_note(problem, "line %lu: row or column is not within 1 to %lu", lines->number,
                            (unsigned long)entries->size);
    const char *digits = word(&at);
    char *end;
    double value = strtod(digits, &end);
    if (end == digits || *end != '\0' || !isfinite(value) || *word(&at) != '\0')
        return problem_note(problem, "line %lu: \"%.30s\" is no finite number, or more follows it", lines->number, digits);
    if (entries->half && row < column)
        return problem_note(problem, "line %lu: above the diagonal of a symmetric matrix", lines->number);
    if (!entries_add(entries, (uint32_t)row - 1, (uint32_t)column - 1, value))
        return problem_note(problem, "line %lu: there is not enough memory", lines->number);
    return true;
}

bool matrix_market(struct lines *lines, struct entries *entries, struct problem *problem)
{
    unsigned long count;
    if (!read_header(lines, entries, problem) || !read_sizes(lines, entries, &count, problem))
        return false;
    for (unsigned long i = 0; i < count; i++) {
        do {
            if (!lines_next(lines, problem))
                return false;
        } while (lines->length == 0);
        if (!read_entry(lines, entries, problem))
            return false;
    }
    return lines_at_end(lines, problem);
}
