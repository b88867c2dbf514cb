/*
 * POSIX's absolute times as deadlines of the scheduler.
 */
#ifndef LWD_POSIX_DEADLINE_H
#define LWD_POSIX_DEADLINE_H

#include <stdint.h>
#include <time.h>

/*
 * The point on clock_monotonic's scale that `time` on `clock` is, as the clocks stand now; never NO_DEADLINE. Returns 0 or
 * -EINVAL: a clock that nobody can wait for, or a time that is none.
 */
int deadline_at(clockid_t clock, const struct timespec *time, uint64_t *deadline);

#endif
