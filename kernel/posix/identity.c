/*
 * Who a program is, and where it runs: there is one user, root, who owns everything, and one group. The host's name is the
 * domain's, as xl has it.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "posix/result.h"
#include "xen/xenstore.h"

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

/* The process leads the one group that there is already. */
pid_t setsid(void)
{
    return (pid_t)posix_result(-EPERM);
}

static int become(unsigned id)
{
    return (int)posix_result(id == 0 ? 0 : -EPERM);
}

int setuid(uid_t user)
{
    return become(user);
}

int seteuid(uid_t user)
{
    return become(user);
}

int setgid(gid_t group)
{
    return become(group);
}

int setegid(gid_t group)
{
    return become(group);
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
int setgroups(int size, const gid_t *groups)
{
    return (int)posix_result(size == 0 || (size == 1 && groups[0] == 0) ? 0 : -EPERM);
}

/* Not const, as callers get them: they are the program's to spoil. */
static struct passwd root_user = {
    .pw_name = "root", .pw_passwd = "x", .pw_comment = "", .pw_gecos = "", .pw_dir = "/", .pw_shell = "",
};
static struct group root_group = { .gr_name = "root", .gr_passwd = "x", .gr_mem = (char *[]){ NULL } };

struct passwd *getpwuid(uid_t user)
{
    return user == 0 ? &root_user : NULL;
}

struct passwd *getpwnam(const char *name)
{
    return strcmp(name, "root") == 0 ? &root_user : NULL;
}

struct group *getgrgid(gid_t group)
{
    return group == 0 ? &root_group : NULL;
}

struct group *getgrnam(const char *name)
{
    return strcmp(name, "root") == 0 ? &root_group : NULL;
}

/* The form for threads, whose strings stay where they are: returns an errno. */
int getpwuid_r(uid_t user, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
    (void)buffer;
    (void)size;
    *found = user == 0 ? entry : NULL;
    if (*found)
        *entry = root_user;
    return 0;
}

int getpwnam_r(const char *name, struct passwd *entry, char *buffer, size_t size, struct passwd **found)
{
    return getpwuid_r(strcmp(name, "root") == 0 ? 0 : 1, entry, buffer, size, found);
}

char *getlogin(void)
{
    return root_user.pw_name;
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
