/*
 * What a domain cannot do: there is one process, and it starts no other (docs/limits.md).
 */
#include <stdio.h>
#include <sys/stat.h>
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

pid_t waitpid(pid_t process, int *status, int options)
{
    (void)process;
    (void)options;
    return wait(status);
}

int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

int execvp(const char *file, char *const arguments[])
{
    return execve(file, arguments, environ);
}

FILE *popen(const char *command, const char *mode)
{
    (void)command;
    (void)mode;
    errno = ENOSYS;
    return NULL;
}

/* No stream is popen()'s. */
int pclose(FILE *stream)
{
    (void)stream;
    return (int)posix_result(-ECHILD);
}

int chroot(const char *path)
{
    (void)path;
    return (int)posix_result(-ENOSYS);
}

int mknod(const char *path, mode_t mode, dev_t device)
{
    (void)path;
    (void)mode;
    (void)device;
    return (int)posix_result(-ENOSYS);
}

int mkfifo(const char *path, mode_t mode)
{
    return mknod(path, mode | S_IFIFO, 0);
}
