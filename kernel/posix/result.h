/*
 * The boundary between the kernel's errors (a negative errno) and C's (-1 and errno). Only functions that applications
 * call cross it.
 */
#ifndef LWD_POSIX_RESULT_H
#define LWD_POSIX_RESULT_H

#include <errno.h>

static inline long posix_result(long result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

#endif
