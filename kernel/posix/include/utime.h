/*
 * Times of files in seconds (POSIX.1-2017, <utime.h>).
 */
#ifndef _UTIME_H
#define _UTIME_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct utimbuf {
    time_t actime, modtime;
};

int utime(const char *, const struct utimbuf *);

#ifdef __cplusplus
}
#endif
#endif
