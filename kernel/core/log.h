/*
 * One line of the kernel's own to the console, prefixed "lwd: " so that the host side can tell it from the
 * application's. For reports and for what a user must know; no hot path logs.
 */
#ifndef LWD_CORE_LOG_H
#define LWD_CORE_LOG_H

#include <stddef.h>

/* Adds the newline. Lines over 240 bytes are cut. May be called anywhere once a sink is set; before that it is lost. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where lines go: a function that may be called in any context and does not allocate. Set by the console. */
void log_set_sink(void (*sink)(const char *text, size_t length));

#endif
