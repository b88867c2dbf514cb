/*
 * Time and the calendar.
 */
#include "conform.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

static void check_calendar(void)
{
    time_t moment = 951782399;  /* 2000-02-28 23:59:59 */
    struct tm tm, other;
    char text[100];

    begin_group("calendar", "gmtime, mktime, strftime, strptime");
    CHECK(gmtime_r(&moment, &tm) == &tm && tm.tm_year == 100 && tm.tm_mon == 1 && tm.tm_mday == 28);
    CHECK(tm.tm_hour == 23 && tm.tm_sec == 59 && tm.tm_wday == 1 && tm.tm_yday == 58);
    CHECK(strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %j %a %b %e %p %I %y %C", &tm) > 40);
    CHECK_TEXT(text, "2000-02-28 23:59:59 059 Mon Feb 28 PM 11 00 20");
    CHECK(strftime(text, sizeof text, "%F %T %D %R %U %W %V %G %u %w %%", &tm) > 0);
    CHECK_TEXT(text, "2000-02-28 23:59:59 02/28/00 23:59 09 09 09 2000 1 1 %");
    CHECK(strftime(text, 3, "%Y", &tm) == 0);
    CHECK_TEXT(asctime_r(&tm, text), "Mon Feb 28 23:59:59 2000\n");
    memset(&other, 0, sizeof other);
    CHECK(strptime("2000-02-28 23:59:59", "%Y-%m-%d %H:%M:%S", &other) && timegm(&other) == moment);
    CHECK(strptime("x", "%Y", &other) == NULL);
    setenv("TZ", "UTC0", 1);
    tzset();
    tm.tm_mday = 60;
    tm.tm_isdst = 0;
    CHECK(mktime(&tm) == moment + 32 * 86400 && tm.tm_mon == 2 && tm.tm_mday == 31);
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
    moment = 1720000000;        /* in summer */
    CHECK(localtime_r(&moment, &tm) && tm.tm_isdst == 1 && tm.tm_hour == 11);
    moment = 1700000000;
    CHECK(localtime_r(&moment, &tm) && tm.tm_isdst == 0 && tm.tm_hour == 23);
    CHECK(mktime(&tm) == moment);
    CHECK_TEXT(tzname[1], "CEST");
    setenv("TZ", "UTC0", 1);
    tzset();
    moment = -1;
    CHECK(gmtime_r(&moment, &tm) && tm.tm_year == 69 && tm.tm_sec == 59);
    CHECK(difftime(10, 4) == 6);
}

static void check_clocks(void)
{
    struct timespec now, later, wait = { 0, 1000000 };
    struct timeval day;
    struct tms used;

    begin_group("clocks", "realtime, monotonic, process, thread");
    CHECK(clock_gettime(CLOCK_MONOTONIC, &now) == 0 && nanosleep(&wait, NULL) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &later) == 0);
    CHECK((later.tv_sec - now.tv_sec) * 1000000000L + later.tv_nsec - now.tv_nsec >= 1000000);
    CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0 && gettimeofday(&day, NULL) == 0 && day.tv_sec - now.tv_sec <= 1);
    CHECK(labs(time(NULL) - now.tv_sec) <= 1 && clock_getres(CLOCK_REALTIME, &later) == 0 && later.tv_nsec > 0);
    CHECK(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    CHECK(clock() != (clock_t)-1 && times(&used) != (clock_t)-1 && sysconf(_SC_CLK_TCK) > 0);
    CHECK_REFUSED(clock_gettime(9999, &now), EINVAL);
    wait.tv_nsec = 1000000000;
    CHECK_REFUSED(nanosleep(&wait, NULL), EINVAL);
    wait = (struct timespec){ 0, 1000 };
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, 0, &wait, NULL) == 0);
    CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wait, NULL) == 0);
    CHECK(usleep(10) == 0 && sleep(0) == 0);
}

void check_time(void)
{
    check_calendar();
    check_clocks();
}
