/*
 * Setting files' times: the older calls, by utimensat() and futimens().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include "posix/result.h"

/* Null, or `precise` filled in. -EINVAL if they are no times. */
static int to_precise(const struct timeval times[2], struct timespec precise[2], const struct timespec **wanted)
{
    *wanted = times ? precise : NULL;
    for (int i = 0; i < 2 && times; i++) {
        if (times[i].tv_usec < 0 || times[i].tv_usec >= 1000000)
            return -EINVAL;
        precise[i] = (struct timespec){ times[i].tv_sec, times[i].tv_usec * 1000 };
    }
    return 0;
}

static int set_times(int directory, const char *path, const struct timeval times[2], int flags)
{
    struct timespec precise[2];
    const struct timespec *wanted;
    int error = to_precise(times, precise, &wanted);

    return error ? (int)posix_result(error) : utimensat(directory, path, wanted, flags);
}

int utimes(const char *path, const struct timeval times[2])
{
    return set_times(AT_FDCWD, path, times, 0);
}

int lutimes(const char *path, const struct timeval times[2])
{
    return set_times(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

int futimesat(int directory, const char *path, const struct timeval times[2])
{
    return set_times(directory, path, times, 0);
}

int futimes(int descriptor, const struct timeval times[2])
{
    struct timespec precise[2];
    const struct timespec *wanted;
    int error = to_precise(times, precise, &wanted);

    return error ? (int)posix_result(error) : futimens(descriptor, wanted);
}

int utime(const char *path, const struct utimbuf *times)
{
    if (!times)
        return utimensat(AT_FDCWD, path, NULL, 0);
    const struct timespec precise[2] = { { .tv_sec = times->actime }, { .tv_sec = times->modtime } };

    return utimensat(AT_FDCWD, path, precise, 0);
}
