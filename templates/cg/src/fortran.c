/* Fixed-format Fortran input; see fortran.h. */
#include "fortran.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDEST_FIELD 64

static const char *skip_blanks(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* A whole number of at most four digits; -1 where there is none. */
static int count(const char **at)
{
    int value = -1;
    for (int digits = 0; isdigit((unsigned char)**at) && digits < 4; digits++)
        value = (value < 0 ? 0 : value) * 10 + (*(*at)++ - '0');
    *at = skip_blanks(*at);
    return value;
}

bool fortran_parse(const char *text, struct fortran_format *format)
{
    *format = (struct fortran_format){ 0 };
    const char *at = skip_blanks(text);
    if (*at++ != '(')
        return false;
    at = skip_blanks(at);
    int lead = count(&at);
    if (lead >= 0 && toupper((unsigned char)*at) == 'P') {
        format->scale = lead;
        at = skip_blanks(at + 1);
        if (*at == ',')
            at = skip_blanks(at + 1);
        lead = count(&at);
    }
    format->repeat = lead < 0 ? 1 : lead;
    int letter = toupper((unsigned char)*at);
    if (letter == '\0' || strchr("IEDFG", letter) == NULL)
        return false;
    format->integer = letter == 'I';
    at = skip_blanks(at + 1);
    format->width = count(&at);
    if (*at == '.') {
        at++;
        format->decimals = count(&at);
        if (toupper((unsigned char)*at) == 'E' && !format->integer) {
            at++;
            if (count(&at) < 0)
                return false;
        }
    }
    if (format->decimals < 0 || *at != ')' || *skip_blanks(at + 1) != '\0')
        return false;
    return format->repeat >= 1 && format->width >= 1 && format->width <= WIDEST_FIELD &&
           format->repeat <= LONGEST_LINE / format->width;
}

struct fortran_reader fortran_reader(struct lines *lines, struct fortran_format format)
{
    return (struct fortran_reader){ lines, format, format.repeat };
}

/* Copies the next field without its blanks, which mean nothing in Fortran. */
static bool next_field(struct fortran_reader *reader, char *field, struct problem *problem)
{
    if (reader->field == reader->format.repeat) {
        if (!lines_next(reader->lines, problem))
            return false;
        reader->field = 0;
    }
    size_t start = (size_t)reader->field++ * (size_t)reader->format.width, length = 0;
    for (size_t i = start; i < start + (size_t)reader->format.width && i < reader->lines->length; i++)
        if (reader->lines->text[i] != ' ')
            field[length++] = reader->lines->text[i];
    field[length] = '\0';
    if (length == 0)
        return problem_note(problem, "line %lu: field %d is empty", reader->lines->number, reader->field);
    return true;
}

bool fortran_integer(struct fortran_reader *reader, unsigned long least, unsigned long most, unsigned long *value,
                     struct problem *problem)
{
    char field[WIDEST_FIELD + 1], *end = field;
    if (!next_field(reader, field, problem))
        return false;
    errno = 0;
    if (isdigit((unsigned char)field[0]))
        *value = strtoul(field, &end, 10);
    if (end == field || *end != '\0' || errno != 0 || *value < least || *value > most)
        return problem_note(problem, "line %lu: \"%s\" is no whole number from %lu to %lu", reader->lines->number, field,
                            least, most);
    return true;
}

/*
 * Rewrites a field as strtod reads it: D for E, a point that is implied, an exponent without its letter. A scale factor
 * counts where no exponent is written. Everything stays decimal text, so that the value is rounded once.
 */
static bool as_c_number(const char *field, const struct fortran_format *format, char *text, size_t size)
{
    const char *at = field;
    size_t length = 0;
    bool point = false, digits = false;
    if (*at == '+' || *at == '-')
        text[length++] = *at++;
    for (; isdigit((unsigned char)*at) || (*at == '.' && !point); at++) {
        point = point || *at == '.';
        digits = digits || *at != '.';
        text[length++] = *at;
    }
    long exponent = point ? 0 : -format->decimals;
    if (*at == '\0') {
        exponent -= format->scale;
    } else {
        if (strchr("EeDdQq", *at) != NULL)
            at++;
        char *end;
        long written = strtol(at, &end, 10);
        if (!(isdigit((unsigned char)at[0]) || isdigit((unsigned char)at[1])) || *end != '\0' || labs(written) > 9999)
            return false;
        exponent += written;
    }
    int added = snprintf(text + length, size - length, "e%ld", exponent);
    return digits && added > 0 && (size_t)added < size - length;
}

bool fortran_real(struct fortran_reader *reader, double *value, struct problem *problem)
{
    char field[WIDEST_FIELD + 1], text[WIDEST_FIELD + 16];
    if (!next_field(reader, field, problem))
        return false;
    bool good = as_c_number(field, &reader->format, text, sizeof text);
    if (good)
        *value = strtod(text, NULL);
    if (!good || !isfinite(*value))
        return problem_note(problem, "line %lu: \"%s\" is no finite number", reader->lines->number, field);
    return true;
}
