/*
 * The kernel's own formatting: what a report needs and no more, so that it works when nothing else does and a program
 * without stdio does not carry stdio.
 */
#ifndef LWD_CORE_FORMAT_H
#define LWD_CORE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most `size` bytes with the terminating NUL, cuts what does not fit, and returns the length of what it wrote.
 * Conversions: %s %c %d %u %x with l or z, 0 and a width for numbers, %p, %%. `size` is at least 1.
 */
size_t format_text(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_text_va(char *out, size_t size, const char *format, va_list args);

#endif
