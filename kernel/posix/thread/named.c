/*
 * Things with names of their own, in lists: a program has few.
 */
#include "posix/thread/named.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The link that leads to the thing of this name, or to the list's end. */
static struct named **find(struct named_list *list, const char *name)
{
    struct named **link = &list->first;

    while (*link && strcmp((*link)->name, name) != 0)
        link = &(*link)->next;
    return link;
}

static int check(const char *name)
{
    if (name[0] != '/' || name[1] == '\0' || strchr(name + 1, '/'))
        return -EINVAL;
    return strlen(name + 1) > NAME_MAX ? -ENAMETOOLONG : 0;
}

int named_open(const struct named_list *list, const char *name, int flags, struct named **found)
{
    int error = check(name);

    if (error)
        return error;
    *found = *find((struct named_list *)list, name);
    if (!*found)
        return flags & O_CREAT ? 0 : -ENOENT;
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    (*found)->users++;
    return 0;
}

int named_add(struct named_list *list, struct named *named, const char *name)
{
    named->name = strdup(name);
    if (!named->name)
        return -ENOMEM;
    named->users = 1;
    named->next = list->first;
    list->first = named;
    return 0;
}

int named_unlink(struct named_list *list, const char *name, struct named **last)
{
    int error = check(name);

    if (error)
        return error == -ENAMETOOLONG ? error : -ENOENT;
    struct named **link = find(list, name), *named = *link;

    if (!named)
        return -ENOENT;
    *link = named->next;
    free(named->name);
    named->name = NULL;
    *last = named->users ? NULL : named;
    return 0;
}

bool named_close(struct named *named)
{
    named->users--;
    return !named->name && !named->users;
}
