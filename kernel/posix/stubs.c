/*
 * What a domain cannot do: there is one process, and it starts no other (docs/limits.md).
 */
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/result.h"

pid_t fork(void)
{
    return (pid_t)posix_result(-ENOSYS);
}

int execve(const char *path, char *const arguments[], char *const environment[])
{
    (void)path;
    (void)arguments;
    (void)environment;
    return (int)posix_result(-ENOSYS);
}

pid_t wait(int *status)
{
    (void)status;
    return (pid_t)posix_result(-ECHILD);
}
