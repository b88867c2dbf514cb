/*
 * What newlib's headers have to know of the target; put among them as <sys/lwd.h> and included by <sys/features.h>, so by
 * all of them, both when newlib is built and in the sysroot.
 */
#ifndef _SYS_LWD_H
#define _SYS_LWD_H

/* read() and write() return ssize_t; newlib's default is int. */
#define _READ_WRITE_RETURN_TYPE _ssize_t

/*
 * clang calls itself GCC 4.2, and newlib's headers then take ways of old: a fpclassify() that knows no long double, by
 * which printf goes wrong for subnormal numbers. What they ask of later compilers clang has.
 */
#ifdef __clang__
#define __GNUC_PREREQ(major, minor) ((major) * 100 + (minor) <= 408)
#endif

/* What there is of POSIX. It has no processes. */
#define _POSIX_VERSION 200809L
#define _POSIX_MAPPED_FILES 200809L
#define _POSIX_MEMORY_PROTECTION 200809L
#define _POSIX_FSYNC 200809L
#define _POSIX_ASYNCHRONOUS_IO 200809L
#define _POSIX_REALTIME_SIGNALS 200809L

/* clock_gettime(), nanosleep() and their kind. */
#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L

/*
 * Threads are the kernel's. newlib itself is built without knowing of them: its stdio would switch cancellation off and on
 * around every call, where the kernel does not cancel a thread that holds a lock of the library's.
 */
#ifndef LWD_PORTS_NEWLIB_SYSCALLS_H
#define _POSIX_THREADS 200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS 200809L
#define _POSIX_THREAD_ATTR_STACKADDR 200809L
#define _POSIX_THREAD_ATTR_STACKSIZE 200809L
#define _POSIX_THREAD_CPUTIME 200809L
#define _POSIX_CPUTIME 200809L
#define _POSIX_BARRIERS 200809L
#define _POSIX_READER_WRITER_LOCKS 200809L
#define _POSIX_SPIN_LOCKS 200809L
#define _POSIX_SEMAPHORES 200809L
#define _POSIX_TIMEOUTS 200809L
#define _POSIX_CLOCK_SELECTION 200809L

/* <sys/select.h>: as many descriptors as there can be. */
#ifndef FD_SETSIZE
#define FD_SETSIZE 1024
#endif

/* <limits.h> */
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define PTHREAD_KEYS_MAX 128
#define PTHREAD_STACK_MIN 16384
#define SEM_VALUE_MAX 0x7fffffff
#endif

#endif
