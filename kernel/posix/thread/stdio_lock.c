/*
 * A program's own lock around several calls on a stream: the lock that each of the calls takes by itself.
 */
#include <stdio.h>
#include <sys/lock.h>

void flockfile(FILE *stream)
{
    __retarget_lock_acquire_recursive(stream->_lock);
}

int ftrylockfile(FILE *stream)
{
    /* newlib's own call is true for success, as the kernel's is. */
    return __retarget_lock_try_acquire_recursive(stream->_lock) ? 0 : -1;
}

void funlockfile(FILE *stream)
{
    __retarget_lock_release_recursive(stream->_lock);
}
