/*
 * Universal time as a calendar has it → seconds since 1970. The other direction is the C library's.
 */
#include <time.h>

/* Days from 1970-01-01 to the first of a month, by the Gregorian calendar; months count from 0 and may be any number. */
static long days_before(long year, long month)
{
    static const short before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

    year += month / 12;
    month %= 12;
    if (month < 0) {
        month += 12;
        year--;
    }
    /* Leap days up to the year before, or up to this one from March on. Counted from the year 0 of a cycle of 400. */
    long leap = month < 2 ? year - 1 : year, cycles = leap / 400;

    leap %= 400;
    if (leap < 0) {
        leap += 400;
        cycles--;
    }
    /* From the year 1 to 1969 there are 477 leap days. */
    return 365 * (year - 1970) + cycles * 97 + leap / 4 - leap / 100 - 477 + before[month];
}

/* mktime() for universal time: brings the fields into their ranges and fills in those that follow from others. */
time_t timegm(struct tm *time)
{
    long days = days_before(time->tm_year + 1900L, time->tm_mon) + time->tm_mday - 1;
    time_t seconds = ((days * 24 + time->tm_hour) * 60 + time->tm_min) * 60 + time->tm_sec;

    gmtime_r(&seconds, time);
    return seconds;
}
