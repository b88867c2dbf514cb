/*
 * The kernel's voice: formats a line and hands it to whatever sink the console set.
 */
#include "core/log.h"

#include <stdarg.h>

#include "core/format.h"

static void (*sink)(const char *text, size_t length);

void log_set_sink(void (*to)(const char *text, size_t length))
{
    sink = to;
}

void log_line(const char *format, ...)
{
    char line[240];
    va_list args;

    if (!sink)
        return;
    size_t length = format_text(line, sizeof line, "lwd: ");

    va_start(args, format);
    length += format_text_va(line + length, sizeof line - length - 1, format, args);
    va_end(args);
    line[length++] = '\n';
    sink(line, length);
}
