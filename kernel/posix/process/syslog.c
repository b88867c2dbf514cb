/*
 * The system's log: lines on the standard error, which a job keeps. There is no daemon, so LOG_PERROR changes nothing.
 */
#include <syslog.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MOST 1024

static const char *log_name;
static int log_options, log_facility = LOG_USER, log_mask = LOG_UPTO(LOG_DEBUG);

void openlog(const char *name, int options, int facility)
{
    log_name = name;
    log_options = options;
    log_facility = facility & LOG_FACMASK ? facility : LOG_USER;
}

void closelog(void)
{
    log_name = NULL;
    log_options = 0;
    log_facility = LOG_USER;
}

int setlogmask(int mask)
{
    int before = log_mask;

    if (mask)
        log_mask = mask;
    return before;
}

/* Copies a format with the meaning of `error` for %m, which printf does not know everywhere. */
static void put_meaning(const char *format, int error, char *out, size_t size)
{
    size_t used = 0;

    for (; *format && used + 2 < size; format++) {
        if (format[0] != '%') {
            out[used++] = *format;
        } else if (format[1] == 'm') {
            /* A text with % in it must not be taken for a format. */
            for (const char *text = strerror(error); *text && used + 2 < size; text++) {
                if (*text == '%')
                    out[used++] = '%';
                out[used++] = *text;
            }
            format++;
        } else {
            out[used++] = *format;
            if (format[1] && used + 1 < size)
                out[used++] = *++format;
        }
    }
    out[used] = '\0';
}

/* One write, so that lines of several threads stay whole. "<6>name[1]: text": as the protocol of logs begins a line. */
void vsyslog(int priority, const char *format, va_list args)
{
    char whole[LINE_MOST], line[LINE_MOST];
    int error = errno;

    if (!(log_mask & LOG_MASK(LOG_PRI(priority))))
        return;
    if (!(priority & LOG_FACMASK))
        priority |= log_facility;
    put_meaning(format, error, whole, sizeof whole);
    int used = snprintf(line, sizeof line, "<%d>%.64s%s%s", priority & (LOG_FACMASK | LOG_PRIMASK), log_name ? log_name : "lwd",
                        log_options & LOG_PID ? "[1]" : "", ": ");
    int more = vsnprintf(line + used, sizeof line - (size_t)used - 1, whole, args);
    size_t length = (size_t)used + (more < 0 ? 0 : (size_t)more);

    if (length > sizeof line - 2)
        length = sizeof line - 2;
    if (line[length - 1] != '\n')
        line[length++] = '\n';
    write(STDERR_FILENO, line, length);
    errno = error;
}

void syslog(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsyslog(priority, format, args);
    va_end(args);
}
