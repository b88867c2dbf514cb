/*
 * Who a program is, and where it runs: there is one user, root, who owns everything, and one group. The host's name is the
 * domain's, as xl has it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "drivers/xenstore.h"
#include "posix/result.h"
#include "posix/shortfall.h"

uid_t getuid(void)
{
    return 0;
}

uid_t geteuid(void)
{
    return 0;
}

gid_t getgid(void)
{
    return 0;
}

gid_t getegid(void)
{
    return 0;
}

/* Nothing is changed by who started the program: newlib's glob() asks. */
int issetugid(void);
int issetugid(void)
{
    return 0;
}

char *secure_getenv(const char *name)
{
    return getenv(name);
}

/* Nobody started the one process that there is. */
pid_t getppid(void)
{
    return 0;
}

pid_t getpgrp(void)
{
    return getpid();
}

pid_t getpgid(pid_t process)
{
    return (pid_t)posix_result(process == 0 || process == getpid() ? getpid() : -ESRCH);
}

pid_t getsid(pid_t process)
{
    return getpgid(process);
}

/* The process is in its group already, and there is no other. */
POSIX_FIXED(setpgid, EPERM, "there is one group of processes");
int setpgid(pid_t process, pid_t group)
{
    if (group < 0)
        return (int)posix_result(-EINVAL);
    if (process != 0 && process != getpid())
        return (int)posix_result(-ESRCH);
    return (int)posix_result(group == 0 || group == getpid() ? 0 : -EPERM);
}

int setpgrp(void)
{
    return 0;
}

/* The process leads the one group that there is already. */
POSIX_REFUSED(setsid, EPERM, "the process leads the one group that there is");
pid_t setsid(void)
{
    return (pid_t)posix_result(-EPERM);
}

static int become(unsigned id)
{
    return (int)posix_result(id == 0 ? 0 : -EPERM);
}

POSIX_FIXED(setuid, EPERM, "there is one user, and it is root");
int setuid(uid_t user)
{
    return become(user);
}

POSIX_FIXED(seteuid, EPERM, "there is one user, and it is root");
int seteuid(uid_t user)
{
    return become(user);
}

POSIX_FIXED(setgid, EPERM, "there is one group");
int setgid(gid_t group)
{
    return become(group);
}

POSIX_FIXED(setegid, EPERM, "there is one group");
int setegid(gid_t group)
{
    return become(group);
}

static int become_both(unsigned id, unsigned effective)
{
    return (int)posix_result((id == 0 || id + 1 == 0) && (effective == 0 || effective + 1 == 0) ? 0 : -EPERM);
}

POSIX_FIXED(setreuid, EPERM, "there is one user, and it is root");
int setreuid(uid_t user, uid_t effective)
{
    return become_both(user, effective);
}

POSIX_FIXED(setregid, EPERM, "there is one group");
int setregid(gid_t group, gid_t effective)
{
    return become_both(group, effective);
}

int getgroups(int size, gid_t groups[])
{
    if (size < 0)
        return (int)posix_result(-EINVAL);
    if (size > 0)
        groups[0] = 0;
    return 1;
}

/* The one group, or none. */
POSIX_FIXED(setgroups, EPERM, "there is one group");
int setgroups(int size, const gid_t *groups)
{
    return (int)posix_result(size == 0 || (size == 1 && groups[0] == 0) ? 0 : -EPERM);
}

/* Blocks for xenstore. A domain that nobody named is "lwd". */
static void read_name(char *name, size_t size)
{
    long length = xenstore_read("name", name, size);

    if (length <= 0 || (size_t)length >= size)
        strcpy(name, "lwd");
}

int gethostname(char *name, size_t size)
{
    struct utsname system;

    read_name(system.nodename, sizeof system.nodename);
    if (strlen(system.nodename) >= size)
        return (int)posix_result(-ENAMETOOLONG);
    strcpy(name, system.nodename);
    return 0;
}

int uname(struct utsname *system)
{
    *system = (struct utsname){ .sysname = "lwd", .release = "1", .version = "1", .machine = "x86_64" };
    read_name(system->nodename, sizeof system->nodename);
    return 0;
}

POSIX_REFUSED(sethostname, EPERM, "a domain's name is its toolstack's");
int sethostname(const char *name, size_t size)
{
    (void)name;
    (void)size;
    return (int)posix_result(-EPERM);
}

/* Of NIS, which no domain is in. */
int getdomainname(char *name, size_t size)
{
    static const char none[] = "(none)";

    if (size < sizeof none)
        return (int)posix_result(-EINVAL);
    strcpy(name, none);
    return 0;
}

/* The same for a name always, and another for most others. */
long gethostid(void)
{
    struct utsname system;
    unsigned hash = 2166136261u;

    read_name(system.nodename, sizeof system.nodename);
    for (const char *at = system.nodename; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 16777619u;
    return (long)hash;
}
