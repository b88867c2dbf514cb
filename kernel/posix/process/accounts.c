/*
 * Users and groups by name and number: there is one of each.
 */
#include <grp.h>
#include <pwd.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "posix/result.h"
#include "posix/shortfall.h"

/* Not const, as callers get them: they are the program's to spoil. */
static struct passwd root_user = {
    .pw_name = "root", .pw_passwd = "x", .pw_comment = "", .pw_gecos = "", .pw_dir = "/", .pw_shell = "",
};
static struct group root_group = { .gr_name = "root", .gr_passwd = "x", .gr_mem = (char *[]){ NULL } };

/* Whether getpwent() and getgrent() have told of it. */
static bool user_told, group_told;

/* --- users --- */

struct passwd *getpwuid(uid_t user)
{
    return user == 0 ? &root_user : NULL;
}

struct passwd *getpwnam(const char *name)
{
    return strcmp(name, "root") == 0 ? &root_user : NULL;
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

void setpwent(void)
{
    user_told = false;
}

int setpassent(int stays_open)
{
    (void)stays_open;
    setpwent();
    return 1;
}

void endpwent(void)
{
    setpwent();
}

struct passwd *getpwent(void)
{
    bool told = user_told;

    user_told = true;
    return told ? NULL : &root_user;
}

char *getlogin(void)
{
    return root_user.pw_name;
}

/* Returns an errno. */
int getlogin_r(char *name, size_t size)
{
    if (size <= strlen(root_user.pw_name))
        return ERANGE;
    strcpy(name, root_user.pw_name);
    return 0;
}

char *cuserid(char *name)
{
    return name ? strcpy(name, root_user.pw_name) : root_user.pw_name;
}

/* --- groups --- */

struct group *getgrgid(gid_t group)
{
    return group == 0 ? &root_group : NULL;
}

struct group *getgrnam(const char *name)
{
    return strcmp(name, "root") == 0 ? &root_group : NULL;
}

/* Returns an errno. */
int getgrgid_r(gid_t group, struct group *entry, char *buffer, size_t size, struct group **found)
{
    (void)buffer;
    (void)size;
    *found = group == 0 ? entry : NULL;
    if (*found)
        *entry = root_group;
    return 0;
}

int getgrnam_r(const char *name, struct group *entry, char *buffer, size_t size, struct group **found)
{
    return getgrgid_r(strcmp(name, "root") == 0 ? 0 : 1, entry, buffer, size, found);
}

void setgrent(void)
{
    group_told = false;
}

void endgrent(void)
{
    setgrent();
}

struct group *getgrent(void)
{
    bool told = group_told;

    group_told = true;
    return told ? NULL : &root_group;
}

/* The user's groups, and this one: there is one. */
POSIX_FIXED(initgroups, EPERM, "there is one group");
int initgroups(const char *user, gid_t group)
{
    (void)user;
    return (int)posix_result(group == 0 ? 0 : -EPERM);
}

/* --- shells: none is allowed to anybody --- */

void setusershell(void)
{
}

void endusershell(void)
{
}

char *getusershell(void)
{
    return NULL;
}
