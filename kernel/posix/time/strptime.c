/*
 * strptime(): text → fields of a calendar's time, by the format that strftime() writes with. In place of the C library's,
 * which looks for names beyond the end of its tables and takes numbers out of range. The locale is C.
 */
#include <time.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define UNKNOWN (-1)
#define YEAR_ZERO 1900

/* How far the text is read, and what it said: a field of the result, or what says one only together with others. */
struct reading {
    struct tm *time;
    const char *text;
    int century, year_of_century, hour_of_12, afternoon, week, first_day_of_week;
    bool year, month, day, day_of_week, day_of_year;
};

static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
static const char *const months[] = {
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
};
static const char *const halves[] = { "AM", "PM" };

static bool read_format(struct reading *at, const char *format);

/* --- parts of the text --- */

static void skip_space(struct reading *at)
{
    while (isspace((unsigned char)*at->text))
        at->text++;
}

/* A number of up to so many digits, after white space. A digit that cannot be its own any more is left to what follows. */
static bool read_number(struct reading *at, int least, int most, int digits, int *number)
{
    int value = 0, count = 0;

    skip_space(at);
    for (; count < digits && value * 10 <= most && isdigit((unsigned char)*at->text); count++)
        value = value * 10 + (*at->text++ - '0');
    *number = value;
    return count > 0 && value >= least && value <= most;
}

/* One of the names, whole or its first `shortest` letters, whatever their case. */
static bool read_name(struct reading *at, const char *const *names, int count, size_t shortest, int *number)
{
    for (int i = 0; i < count; i++) {
        size_t length = strlen(names[i]);

        if (strncasecmp(at->text, names[i], length) != 0)
            length = shortest;
        if (strncasecmp(at->text, names[i], length) != 0)
            continue;
        at->text += length;
        *number = i;
        return true;
    }
    return false;
}

/* --- one directive --- */

static bool read_moment(struct reading *at)
{
    time_t seconds = 0;
    bool negative = *at->text == '-';

    at->text += negative;
    if (!isdigit((unsigned char)*at->text))
        return false;
    while (isdigit((unsigned char)*at->text))
        if (__builtin_mul_overflow(seconds, 10, &seconds) ||
            __builtin_add_overflow(seconds, *at->text++ - '0', &seconds))
            return false;
    seconds = negative ? -seconds : seconds;
    at->year = at->month = at->day = at->day_of_week = at->day_of_year = true;
    at->century = at->year_of_century = at->hour_of_12 = UNKNOWN;
    return localtime_r(&seconds, at->time) != NULL;
}

static bool read_year(struct reading *at)
{
    bool negative = *at->text == '-';
    int year;

    at->text += negative;
    if (!read_number(at, 0, 9999, 4, &year))
        return false;
    at->time->tm_year = (negative ? -year : year) - YEAR_ZERO;
    at->century = at->year_of_century = UNKNOWN;
    return at->year = true;
}

/* What is read, and says nothing that the result has room for: years of weeks, a zone's name. */
static bool pass_over(struct reading *at, char directive)
{
    int number;

    switch (directive) {
    case 'G':
        return read_number(at, 0, 9999, 4, &number);
    case 'g':
        return read_number(at, 0, 99, 2, &number);
    case 'V':
        return read_number(at, 0, 53, 2, &number);
    default:
        while (isalpha((unsigned char)*at->text))
            at->text++;
        return true;
    }
}

static bool read_date(struct reading *at, char directive)
{
    struct tm *time = at->time;

    switch (directive) {
    case 'a':
    case 'A':
        return at->day_of_week = read_name(at, days, 7, 3, &time->tm_wday);
    case 'b':
    case 'B':
    case 'h':
        return at->month = read_name(at, months, 12, 3, &time->tm_mon);
    case 'C':
        return read_number(at, 0, 99, 2, &at->century);
    case 'd':
    case 'e':
        return at->day = read_number(at, 1, 31, 2, &time->tm_mday);
    case 'j':
        at->day_of_year = read_number(at, 1, 366, 3, &time->tm_yday);
        time->tm_yday--;
        return at->day_of_year;
    case 'm':
        at->month = read_number(at, 1, 12, 2, &time->tm_mon);
        time->tm_mon--;
        return at->month;
    case 'u':
        at->day_of_week = read_number(at, 1, 7, 1, &time->tm_wday);
        time->tm_wday %= 7;
        return at->day_of_week;
    case 'U':
    case 'W':
        at->first_day_of_week = directive == 'W';
        return read_number(at, 0, 53, 2, &at->week);
    case 'w':
        return at->day_of_week = read_number(at, 0, 6, 1, &time->tm_wday);
    case 'y':
        return read_number(at, 0, 99, 2, &at->year_of_century);
    case 'Y':
        return read_year(at);
    default:
        return false;
    }
}

static bool read_clock(struct reading *at, char directive)
{
    struct tm *time = at->time;

    switch (directive) {
    case 'H':
    case 'k':
        at->hour_of_12 = UNKNOWN;
        return read_number(at, 0, 23, 2, &time->tm_hour);
    case 'I':
    case 'l':
        return read_number(at, 1, 12, 2, &at->hour_of_12);
    case 'M':
        return read_number(at, 0, 59, 2, &time->tm_min);
    case 'p':
        return read_name(at, halves, 2, 2, &at->afternoon);
    case 'S':
        return read_number(at, 0, 60, 2, &time->tm_sec);
    case 's':
        return read_moment(at);
    default:
        return false;
    }
}

/* What stands for several directives. */
static const char *meaning(char directive)
{
    switch (directive) {
    case 'c':
        return "%a %b %e %H:%M:%S %Y";
    case 'D':
    case 'x':
        return "%m/%d/%y";
    case 'F':
        return "%Y-%m-%d";
    case 'r':
        return "%I:%M:%S %p";
    case 'R':
        return "%H:%M";
    case 'T':
    case 'X':
        return "%H:%M:%S";
    case 'n':
    case 't':
        return " ";
    default:
        return NULL;
    }
}

static bool read_directive(struct reading *at, char directive)
{
    const char *whole = meaning(directive);

    if (whole)
        return read_format(at, whole);
    if (directive == '%')
        return *at->text == '%' && at->text++;
    if (strchr("GgVZ", directive))
        return pass_over(at, directive);
    return strchr("HkIlMpSs", directive) ? read_clock(at, directive) : read_date(at, directive);
}

static bool read_format(struct reading *at, const char *format)
{
    for (; *format; format++) {
        if (isspace((unsigned char)*format)) {
            skip_space(at);
        } else if (*format != '%') {
            if (*at->text++ != *format)
                return false;
        } else {
            format++;
            /* Other forms of the locale, which has none; or a width, which numbers have anyway. */
            if (*format == 'E' || *format == 'O')
                format++;
            if (!*format || !read_directive(at, *format))
                return false;
        }
    }
    return true;
}

/* --- what follows from it --- */

static void combine(struct reading *at)
{
    struct tm *time = at->time;

    if (at->hour_of_12 != UNKNOWN)
        time->tm_hour = at->hour_of_12 % 12;
    if (at->hour_of_12 != UNKNOWN && at->afternoon == 1)
        time->tm_hour += 12;
    if (at->century == UNKNOWN && at->year_of_century == UNKNOWN)
        return;
    if (at->century == UNKNOWN)
        at->century = at->year_of_century < 69 ? 20 : 19;
    time->tm_year = at->century * 100 + (at->year_of_century == UNKNOWN ? 0 : at->year_of_century) - YEAR_ZERO;
    at->year = true;
}

/* The fields of a date that others say. */
static void complete(struct reading *at)
{
    struct tm *time = at->time, new_year = { .tm_year = time->tm_year, .tm_mday = 1 }, date;

    if (!at->year)
        return;
    timegm(&new_year);
    if (!(at->month && at->day) && !at->day_of_year && at->week != UNKNOWN && at->day_of_week) {
        int first = at->first_day_of_week, place = (time->tm_wday - first + 7) % 7;

        /* The first week begins with the first such day, and what is before that is week 0. */
        time->tm_yday = (at->week - 1) * 7 + (7 + first - new_year.tm_wday) % 7 + place;
        at->day_of_year = true;
    }
    if (at->month && at->day)
        date = (struct tm){ .tm_year = time->tm_year, .tm_mon = time->tm_mon, .tm_mday = time->tm_mday };
    else if (at->day_of_year)
        date = (struct tm){ .tm_year = time->tm_year, .tm_mday = time->tm_yday + 1 };
    else
        return;
    timegm(&date);
    if (!(at->month && at->day)) {
        time->tm_year = date.tm_year;
        time->tm_mon = date.tm_mon;
        time->tm_mday = date.tm_mday;
    }
    time->tm_yday = date.tm_yday;
    if (!at->day_of_week)
        time->tm_wday = date.tm_wday;
}

char *strptime(const char *text, const char *format, struct tm *time)
{
    struct reading at = {
        .time = time, .text = text, .century = UNKNOWN, .year_of_century = UNKNOWN, .hour_of_12 = UNKNOWN,
        .afternoon = UNKNOWN, .week = UNKNOWN,
    };

    if (!read_format(&at, format))
        return NULL;
    combine(&at);
    complete(&at);
    return (char *)at.text;
}

char *strptime_l(const char *text, const char *format, struct tm *time, locale_t locale)
{
    (void)locale;
    return strptime(text, format, time);
}
