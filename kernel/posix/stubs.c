/*
 * What a domain cannot do: there is one process, and it starts no other (docs/limits.md).
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/shortfall.h"

POSIX_REFUSED(fork, ENOSYS, "one process, which starts no other");
pid_t fork(void)
{
    return (pid_t)posix_result(-ENOSYS);
}

POSIX_REFUSED(execve, ENOSYS, "one process, which starts no other");
int execve(const char *path, char *const arguments[], char *const environment[])
{
    (void)path;
    (void)arguments;
    (void)environment;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(wait, ECHILD, "there are no other processes");
pid_t wait(int *status)
{
    (void)status;
    return (pid_t)posix_result(-ECHILD);
}

POSIX_REFUSED(waitpid, ECHILD, "there are no other processes");
pid_t waitpid(pid_t process, int *status, int options)
{
    (void)process;
    (void)options;
    return wait(status);
}

POSIX_REFUSED(execv, ENOSYS, "one process, which starts no other");
int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

POSIX_REFUSED(execvp, ENOSYS, "one process, which starts no other");
int execvp(const char *file, char *const arguments[])
{
    return execve(file, arguments, environ);
}

POSIX_REFUSED(popen, ENOSYS, "one process, which starts no other");
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

POSIX_REFUSED(chroot, ENOSYS, "there is one root");
int chroot(const char *path)
{
    (void)path;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(mknod, ENOSYS, "no file system here has special files");
int mknod(const char *path, mode_t mode, dev_t device)
{
    (void)path;
    (void)mode;
    (void)device;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(mkfifo, ENOSYS, "no file system here has special files");
int mkfifo(const char *path, mode_t mode)
{
    return mknod(path, mode | S_IFIFO, 0);
}
