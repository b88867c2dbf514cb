/*
 * Threads in a domain: each file of this folder is a topic.
 */
#include "expect.h"

#include <stdarg.h>
#include <stdio.h>

char unmet[300];

void expectation_unmet(const char *file, int line, const char *format, ...)
{
    const char *slash = strrchr(file, '/');
    va_list args;

    if (unmet[0])
        return;
    int length = snprintf(unmet, sizeof unmet, "%s:%d: ", slash ? slash + 1 : file, line);

    va_start(args, format);
    vsnprintf(unmet + length, sizeof unmet - (size_t)length, format, args);
    va_end(args);
}

struct timespec after(clockid_t clock, long milliseconds)
{
    struct timespec time;

    clock_gettime(clock, &time);
    time.tv_sec += milliseconds / 1000;
    time.tv_nsec += milliseconds % 1000 * 1000000;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

bool has_come(clockid_t clock, const struct timespec *time)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return now.tv_sec > time->tv_sec || (now.tv_sec == time->tv_sec && now.tv_nsec >= time->tv_nsec);
}

void pause_ms(long milliseconds)
{
    struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

    nanosleep(&time, NULL);
}

int main(void)
{
    return test_run_all();
}
