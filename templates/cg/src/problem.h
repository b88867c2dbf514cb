/* What is wrong with an input, in words; every reader reports through one of these. */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct problem {
    char text[240];
};

/* Notes what is wrong; always false, so that a reader can `return problem_note(...)`. */
__attribute__((format(printf, 2, 3))) static inline bool problem_note(struct problem *problem, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return false;
}

#endif
