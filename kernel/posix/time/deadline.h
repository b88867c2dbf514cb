/*
 * POSIX's times as those of the scheduler and of Xen's clock, which are nanoseconds. Who says "ever" by the largest number means
 * it: what is longer than 146 years is 146 years.
 */
#ifndef LWD_POSIX_TIME_DEADLINE_H
#define LWD_POSIX_TIME_DEADLINE_H

#include <stdint.h>
#include <sys/time.h>
#include <time.h>

/* Nanoseconds that `duration` lasts. Returns 0 or -EINVAL: it is negative, or its part of a second is none. */
int duration_of(const struct timespec *duration, uint64_t *nanoseconds);
int duration_of_timeval(const struct timeval *duration, uint64_t *nanoseconds);

struct timespec timespec_of(uint64_t nanoseconds);

/*
 * The point on clock_monotonic's scale that is `duration` from now; NO_DEADLINE if that is null. Returns 0 or -EINVAL, as
 * duration_of() does.
 */
int deadline_after(const struct timespec *duration, uint64_t *deadline);

/*
 * The point on clock_monotonic's scale that `time` on `clock` is, as the clocks stand now; never NO_DEADLINE. Returns 0 or
 * -EINVAL: a clock that nobody can wait for, or a time that is none.
 */
int deadline_at(clockid_t clock, const struct timespec *time, uint64_t *deadline);

#endif
