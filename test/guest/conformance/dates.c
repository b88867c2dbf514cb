/*
 * Dates: against a calendar of this file's own, and where rules of time zones change the clock.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define DAY 86400L

/* Days from 1970-01-01 to the first of the month, which may be any number of months away from January. */
static long days_before(long year, long month)
{
    static const int sums[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

    year += month / 12;
    month %= 12;
    if (month < 0) {
        month += 12;
        year--;
    }
    /* Leap days before this year's; shifted by 400 years' worth so that division rounds the same way for any year. */
    long shifted = year + 400 * 10000000L;
    long leaps = (shifted - 1) / 4 - (shifted - 1) / 100 + (shifted - 1) / 400;
    bool leap = (shifted % 4 == 0 && shifted % 100 != 0) || shifted % 400 == 0;
    long base = 1970 + 400 * 10000000L;
    long base_leaps = (base - 1) / 4 - (base - 1) / 100 + (base - 1) / 400;

    return 365 * (year - 1970) + leaps - base_leaps + sums[month] + (leap && month > 1);
}

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void check_calendar(void)
{
    int there_and_back = 1, normal = 1, local = 1;

    begin_group("dates: calendar", "gmtime, timegm, mktime of random times and of fields out of range");
    zone("UTC0");
    for (int i = 0; i < 2000; i++) {
        time_t when = (time_t)(next_random() % 8000000000000000UL) - 4000000000000000L;
        struct tm date;

        gmtime_r(&when, &date);
        long days = days_before(date.tm_year + 1900L, date.tm_mon) + date.tm_mday - 1;

        there_and_back &= days * DAY + date.tm_hour * 3600L + date.tm_min * 60 + date.tm_sec == when;
        there_and_back &= date.tm_yday == days - days_before(date.tm_year + 1900L, 0);
        there_and_back &= date.tm_wday == ((days + 4) % 7 + 7) % 7;
        there_and_back &= timegm(&date) == when;
    }
    CHECK(there_and_back);
    for (int i = 0; i < 2000; i++) {
        struct tm odd = { .tm_year = (int)(next_random() % 400), .tm_mon = (int)(next_random() % 200) - 100,
                          .tm_mday = (int)(next_random() % 2000) - 1000, .tm_hour = (int)(next_random() % 2000) - 1000,
                          .tm_min = (int)(next_random() % 20000) - 10000, .tm_sec = (int)(next_random() % 2000000) - 1000000 };
        struct tm copy = odd;
        time_t wanted = (days_before(odd.tm_year + 1900L, odd.tm_mon) + odd.tm_mday - 1) * DAY + odd.tm_hour * 3600L +
                        odd.tm_min * 60L + odd.tm_sec;

        normal &= timegm(&odd) == wanted && odd.tm_mon >= 0 && odd.tm_mon < 12 && odd.tm_sec >= 0 && odd.tm_sec < 60;
        local &= mktime(&copy) == wanted && copy.tm_yday == odd.tm_yday && copy.tm_wday == odd.tm_wday;
    }
    CHECK(normal);
    CHECK(local);
    struct tm far;
    time_t last = 67768036191676799L, first = -67768040609740800L, beyond = LONG_MAX;

    CHECK(gmtime_r(&last, &far) && far.tm_year == INT_MAX && far.tm_mon == 11 && far.tm_mday == 31);
    CHECK(gmtime_r(&first, &far) && far.tm_year == INT_MIN && far.tm_mon == 0 && far.tm_mday == 1);
    errno = 0;
    CHECK(gmtime_r(&beyond, &far) == NULL && errno == EOVERFLOW);
    errno = 0;
    CHECK(localtime_r(&beyond, &far) == NULL && errno == EOVERFLOW);
}

/* Hour, minute and whether it is summer time, as one number. */
static int clock_at(time_t when)
{
    struct tm date;

    localtime_r(&when, &date);
    return date.tm_isdst * 10000 + date.tm_hour * 100 + date.tm_min;
}

static time_t made(int year, int month, int day, int hour, int minute, int summer)
{
    struct tm date = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute,
                       .tm_isdst = summer };

    return mktime(&date);
}

static void check_zones(void)
{
    char text[40];
    time_t when = 1720094400;
    struct tm date;

    begin_group("dates: zones", "rules of TZ by month and by day, north and south, edges of summer time");
    zone("CET-1CEST,M3.5.0,M10.5.0/3");
    CHECK(timezone == -3600 && daylight);
    CHECK(clock_at(1711846799) == 159 && clock_at(1711846800) == 10300);
    CHECK(clock_at(1729990799) == 10259 && clock_at(1729990800) == 200);
    CHECK(made(2024, 10, 27, 2, 30, 1) == 1729989000 && made(2024, 10, 27, 2, 30, 0) == 1729992600);
    CHECK(made(2024, 7, 1, 12, 0, -1) == 1719828000 && made(2024, 1, 1, 12, 0, -1) == 1704106800);
    CHECK(made(2024, 7, 1, 12, 0, 0) == 1719831600);
    localtime_r(&when, &date);
    strftime(text, sizeof text, "%Z %z %H:%M", &date);
    CHECK_TEXT(text, "CEST +0200 14:00");
    CHECK_TEXT(tzname[0], "CET");
    zone("NZST-12NZDT,M9.5.0,M4.1.0/3");
    CHECK(clock_at(1704067200) == 11300 && clock_at(1719792000) == 1200);
    zone("EST5EDT,M3.2.0,M11.1.0");
    CHECK(made(2024, 7, 4, 12, 0, -1) == 1720108800 && clock_at(1720108800) == 11200);
    CHECK(clock_at(1710053999) == 159 && clock_at(1710054000) == 10300);
    zone("XXX3YYY,J60,J300");
    CHECK(clock_at(1709269199) == 159 && clock_at(1709269200) == 10300);
    zone("XXX3YYY,59,300");
    CHECK(clock_at(1709182799) == 159 && clock_at(1709182800) == 10300);
    zone("<+0330>-3:30");
    CHECK(clock_at(0) == 330 && !daylight && timezone == -12600);
    CHECK_TEXT(tzname[0], "+0330");
    zone("AAA+4:30:30");
    CHECK(clock_at(30) == 1930 && timezone == 16230);
    zone("EST5EDT4,M3.2.0/2:00:00,M11.1.0/02:00:00");
    CHECK(clock_at(1720108800) == 11200);
    zone("UTC0");
    CHECK(clock_at(0) == 0 && timezone == 0);
}

/* The week of ISO 8601 and its year, from the day's number in its year and in its week (Monday is 1). */
static void iso_week(long year, int yday, int weekday, long *week_year, int *week)
{
    *week = (yday + 1 - weekday + 10) / 7;
    *week_year = year;
    if (*week < 1) {
        *week_year = year - 1;
        long length = days_before(year, 0) - days_before(year - 1, 0);

        *week = (int)(yday + 1 + length - weekday + 10) / 7;
    } else if (*week == 53) {
        long length = days_before(year + 1, 0) - days_before(year, 0);

        if (yday - weekday + 4 >= length) {
            *week_year = year + 1;
            *week = 1;
        }
    }
}

static void check_weeks(void)
{
    int right = 1;

    begin_group("dates: weeks", "%G %V %U %W %u %w %j of every day from 1995 to 2030");
    for (long day = days_before(1995, 0); day < days_before(2031, 0); day++) {
        time_t when = day * DAY;
        struct tm date;
        char text[60], wanted[60];
        long year;
        int week;

        gmtime_r(&when, &date);
        int weekday = date.tm_wday ? date.tm_wday : 7;

        iso_week(date.tm_year + 1900L, date.tm_yday, weekday, &year, &week);
        strftime(text, sizeof text, "%G-W%V-%u %U %W %w %j %g", &date);
        snprintf(wanted, sizeof wanted, "%ld-W%02d-%d %02d %02d %d %03d %02ld", year, week, weekday,
                 (date.tm_yday + 7 - date.tm_wday) / 7, (date.tm_yday + 7 - (weekday - 1)) / 7, date.tm_wday, date.tm_yday + 1,
                 year % 100);
        right &= strcmp(text, wanted) == 0;
    }
    CHECK(right);
}

static void check_texts_of_dates(void)
{
    struct tm date = { .tm_year = 104, .tm_mon = 1, .tm_mday = 9, .tm_hour = 15, .tm_min = 4, .tm_sec = 5, .tm_wday = 1,
                       .tm_yday = 39 }, read = { 0 };
    char text[100];

    begin_group("dates: texts", "strftime and strptime");
    zone("UTC0");
    CHECK(strftime(text, sizeof text, "%a %A %b %B %h|%C %y %Y|%d %e %m|%D %F", &date) > 0);
    CHECK_TEXT(text, "Mon Monday Feb February Feb|20 04 2004|09  9 02|02/09/04 2004-02-09");
    CHECK(strftime(text, sizeof text, "%H %I %M %S %p|%T %R %r|%n%t%%|%c|%x|%X", &date) > 0);
    CHECK_TEXT(text, "15 03 04 05 PM|15:04:05 15:04 03:04:05 PM|\n\t%|Mon Feb  9 15:04:05 2004|02/09/04|15:04:05");
    CHECK(strftime(text, 5, "%Y", &date) == 4 && strftime(text, 4, "%Y", &date) == 0);
    CHECK(strftime(text, sizeof text, "%Ec %Od %EY", &date) > 0);
    CHECK(strptime("2031-12-05 23:59:07rest", "%Y-%m-%d %H:%M:%S", &read) && read.tm_year == 131 && read.tm_mon == 11);
    CHECK(read.tm_mday == 5 && read.tm_hour == 23 && read.tm_min == 59 && read.tm_sec == 7);
    CHECK_TEXT(strptime("2031-12-05 23:59:07rest", "%Y-%m-%d %H:%M:%S", &read), "rest");
    CHECK(strptime("Tue, 3 Mar 1998", "%a, %d %b %Y", &read) && read.tm_mon == 2 && read.tm_mday == 3 && read.tm_wday == 2);
    CHECK(strptime("MARCH 01:30 pm", "%B %I:%M %p", &read) && read.tm_mon == 2 && read.tm_hour == 13);
    CHECK(strptime("12:00 AM", "%I:%M %p", &read) && read.tm_hour == 0);
    CHECK(strptime("68 / 69", "%y / ", &read) && read.tm_year == 168 && strptime("69", "%y", &read) && read.tm_year == 69);
    CHECK(strptime("08/31/99 12:13:14", "%D %T", &read) && read.tm_year == 99 && read.tm_mon == 7 && read.tm_sec == 14);
    CHECK(strptime("  7\t%", " %e %%", &read) && read.tm_mday == 7);
    CHECK(!strptime("13", "%m%d", &read));
    CHECK(!strptime("60", "%M:", &read) && !strptime("24", "%H:", &read) && !strptime("0", "%d", &read));
    CHECK_TEXT(strptime("98", "%H", &read), "8");
    CHECK(!strptime("Mo", "%a", &read) && !strptime("Jux", "%b", &read) && !strptime("XM", "%p", &read) && !strptime("", "%B", &read));
    CHECK_TEXT(strptime("Sept", "%b", &read), "t");
    read = (struct tm){ .tm_hour = 7 };
    CHECK(strptime("2024-02-29", "%F", &read) && read.tm_yday == 59 && read.tm_wday == 4 && read.tm_hour == 7);
    CHECK(strptime("2023 365", "%Y %j", &read) && read.tm_mon == 11 && read.tm_mday == 31 && read.tm_wday == 0);
    CHECK(strptime("2018 27 2", "%Y %W %w", &read) && read.tm_mon == 6 && read.tm_mday == 3);
    CHECK(strptime("19 07", "%C %y", &read) && read.tm_year == 7 && strptime("86400", "%s", &read) && read.tm_mday == 2);
    CHECK(!strptime("xx", "%Y", &read));
    CHECK(strptime("366", "%j", &read) && read.tm_yday == 365);
    CHECK_TEXT(asctime(&date), "Mon Feb  9 15:04:05 2004\n");
    CHECK(difftime(10, 4) == 6);
}

void check_dates(void)
{
    check_calendar();
    check_zones();
    check_weeks();
    check_texts_of_dates();
    unsetenv("TZ");
    tzset();
}
