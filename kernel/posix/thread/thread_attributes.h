/*
 * The "shared between processes" attribute of everything that threads meet at.
 */
#ifndef LWD_POSIX_THREAD_THREAD_ATTRIBUTES_H
#define LWD_POSIX_THREAD_THREAD_ATTRIBUTES_H

#include <errno.h>
#include <pthread.h>

/*
 * What lies in memory is shared by every process there is, which is one: both values are kept, and neither changes
 * anything.
 */
static inline int set_shared(int *kept, int wanted)
{
    if (wanted != PTHREAD_PROCESS_PRIVATE && wanted != PTHREAD_PROCESS_SHARED)
        return EINVAL;
    *kept = wanted;
    return 0;
}

#endif
