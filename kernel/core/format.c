/*
 * Text for reports: a bounded subset of printf's conversions (core/format.h lists them).
 */
#include "core/format.h"

#include <stdbool.h>
#include <stdint.h>

struct output {
    char *at, *end;             /* `end` leaves room for the NUL */
};

struct conversion {
    bool zero, wide;
    unsigned width;
};

static void put(struct output *out, char c)
{
    if (out->at < out->end)
        *out->at++ = c;
}

static void put_string(struct output *out, const char *s)
{
    if (!s)
        s = "(null)";
    while (*s)
        put(out, *s++);
}

static void put_number(struct output *out, uint64_t value, unsigned base, bool negative, const struct conversion *how)
{
    char digits[20];
    unsigned count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);

    unsigned used = count + negative;

    if (negative && how->zero)
        put(out, '-');
    for (; used < how->width; used++)
        put(out, how->zero ? '0' : ' ');
    if (negative && !how->zero)
        put(out, '-');
    while (count)
        put(out, digits[--count]);
}

/* Reads flags, width and length behind a '%'; leaves `format` at the conversion's letter. */
static struct conversion parse_conversion(const char **format)
{
    struct conversion how = { 0 };
    const char *p = *format;

    if (*p == '0') {
        how.zero = true;
        p++;
    }
    for (; *p >= '0' && *p <= '9'; p++)
        how.width = how.width * 10 + (unsigned)(*p - '0');
    for (; *p == 'l' || *p == 'z'; p++)
        how.wide = true;
    *format = p;
    return how;
}

size_t format_text_va(char *text, size_t size, const char *format, va_list args)
{
    struct output out = { text, text + size - 1 };

    for (; *format; format++) {
        if (*format != '%') {
            put(&out, *format);
            continue;
        }
        format++;
        struct conversion how = parse_conversion(&format);
        int64_t value;

        switch (*format) {
        case 's':
            put_string(&out, va_arg(args, const char *));
            break;
        case 'c':
            put(&out, (char)va_arg(args, int));
            break;
        case 'd':
            value = how.wide ? va_arg(args, long) : va_arg(args, int);
            put_number(&out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0, &how);
            break;
        case 'u':
        case 'x':
            put_number(&out, how.wide ? va_arg(args, unsigned long) : va_arg(args, unsigned),
                       *format == 'u' ? 10 : 16, false, &how);
            break;
        case 'p':
            put_string(&out, "0x");
            put_number(&out, (uintptr_t)va_arg(args, void *), 16, false, &how);
            break;
        case '\0':
            format--;
            break;
        default:
            put(&out, *format);
        }
    }
    *out.at = '\0';
    return (size_t)(out.at - text);
}

size_t format_text(char *text, size_t size, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t length = format_text_va(text, size, format, args);
    va_end(args);
    return length;
}
