/*
 * Messages about errors on stderr. They begin with the domain's name where Linux has the program's: they are the same but
 * for names that lwd makes unique.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say(const char *format, va_list args, const char *cause)
{
    char name[65];

    if (gethostname(name, sizeof name) == 0)
        fprintf(stderr, "%s: ", name);
    if (format)
        vfprintf(stderr, format, args);
    if (cause)
        fprintf(stderr, "%s%s", format ? ": " : "", cause);
    fputc('\n', stderr);
}

void vwarn(const char *format, va_list args)
{
    say(format, args, strerror(errno));
}

void vwarnx(const char *format, va_list args)
{
    say(format, args, NULL);
}

void verr(int status, const char *format, va_list args)
{
    vwarn(format, args);
    exit(status);
}

void verrx(int status, const char *format, va_list args)
{
    vwarnx(format, args);
    exit(status);
}

void warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vwarn(format, args);
    va_end(args);
}

void warnx(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vwarnx(format, args);
    va_end(args);
}

void err(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    verr(status, format, args);
}

void errx(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    verrx(status, format, args);
}
