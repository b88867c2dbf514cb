/*
 * What newlib's headers have to know of the target; put among them as <sys/lwd.h> and included by <sys/features.h>, so by
 * all of them, both when newlib is built and in the sysroot.
 */
#ifndef _SYS_LWD_H
#define _SYS_LWD_H

/* read() and write() return ssize_t; newlib's default is int. */
#define _READ_WRITE_RETURN_TYPE _ssize_t

/* clock_gettime(), nanosleep() and their kind. */
#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L

#endif
