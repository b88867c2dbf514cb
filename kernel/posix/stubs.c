/*
 * What a domain cannot do: there is one process, and it starts no other (docs/limits.md).
 */
#include <stdio.h>
#include <stdlib.h>
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

POSIX_REFUSED(vfork, ENOSYS, "one process, which starts no other");
pid_t vfork(void)
{
    return (pid_t)posix_result(-ENOSYS);
}

POSIX_REFUSED(execvpe, ENOSYS, "one process, which starts no other");
int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    (void)file;
    (void)arguments;
    (void)environment;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(fexecve, ENOSYS, "one process, which starts no other");
int fexecve(int descriptor, char *const arguments[], char *const environment[])
{
    (void)descriptor;
    (void)arguments;
    (void)environment;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(execl, ENOSYS, "one process, which starts no other");
int execl(const char *file, const char *first, ...)
{
    (void)file;
    (void)first;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(execlp, ENOSYS, "one process, which starts no other");
int execlp(const char *file, const char *first, ...)
{
    (void)file;
    (void)first;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(execle, ENOSYS, "one process, which starts no other");
int execle(const char *file, const char *first, ...)
{
    (void)file;
    (void)first;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(execlpe, ENOSYS, "one process, which starts no other");
int execlpe(const char *file, const char *first, ...)
{
    (void)file;
    (void)first;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(daemon, ENOSYS, "one process, which starts no other");
int daemon(int stays, int keeps_open)
{
    (void)stays;
    (void)keeps_open;
    return (int)posix_result(-ENOSYS);
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

POSIX_REFUSED(mknodat, ENOSYS, "no file system here has special files");
int mknodat(int directory, const char *path, mode_t mode, dev_t device)
{
    (void)directory;
    (void)path;
    (void)mode;
    (void)device;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(mkfifoat, ENOSYS, "no file system here has special files");
int mkfifoat(int directory, const char *path, mode_t mode)
{
    (void)directory;
    (void)path;
    (void)mode;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(revoke, ENOSYS, "nobody else has a terminal");
int revoke(char *path)
{
    (void)path;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(vhangup, EPERM, "the console stays");
int vhangup(void)
{
    return (int)posix_result(-EPERM);
}

POSIX_REFUSED(getpeereid, ENOSYS, "no socket knows who is at the other end");
int getpeereid(int descriptor, uid_t *user, gid_t *group)
{
    (void)descriptor;
    (void)user;
    (void)group;
    return (int)posix_result(-ENOSYS);
}

POSIX_REFUSED(rresvport, ENOSYS, "there is no remote shell");
int rresvport(int *port)
{
    (void)port;
    return (int)posix_result(-ENOSYS);
}

/* Nobody is let in by where they come from. */
int iruserok(unsigned long address, int superuser, const char *remote_user, const char *local_user)
{
    (void)address;
    (void)superuser;
    (void)remote_user;
    (void)local_user;
    return -1;
}

int ruserok(const char *host, int superuser, const char *remote_user, const char *local_user)
{
    (void)host;
    return iruserok(0, superuser, remote_user, local_user);
}

/* --- what this library does not have --- */

POSIX_REFUSED(crypt, ENOSYS, "the library has no ciphers");
char *crypt(const char *key, const char *salt)
{
    (void)key;
    (void)salt;
    errno = ENOSYS;
    return NULL;
}

POSIX_REFUSED(setkey, ENOSYS, "the library has no ciphers");
void setkey(const char *key)
{
    (void)key;
    errno = ENOSYS;
}

POSIX_REFUSED(encrypt, ENOSYS, "the library has no ciphers");
void encrypt(char *block, int flag)
{
    (void)block;
    (void)flag;
    errno = ENOSYS;
}
