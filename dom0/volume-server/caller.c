/*
 * A caller's rights over files, taken and given back.
 */
#include "caller.h"

#include <errno.h>
#include <string.h>

#include "linux.h"

static bool read_number(const char **at, uint32_t *number)
{
    uint64_t value = 0;
    const char *start = *at;

    for (; **at >= '0' && **at <= '9' && value <= UINT32_MAX; (*at)++)
        value = value * 10 + (uint64_t)(**at - '0');
    *number = (uint32_t)value;
    /* The last one is no user, but "leave it as it is". */
    return *at != start && value < UINT32_MAX;
}

bool caller_read(struct caller *caller, const char *text)
{
    const char *at = text + 3;

    caller->count = 0;
    if (strncmp(text, "as:", 3) != 0 || !read_number(&at, &caller->uid) || *at++ != ':' || !read_number(&at, &caller->gid))
        return false;
    while (*at) {
        if (*at++ != ':' || caller->count == CALLER_GROUPS || !read_number(&at, &caller->groups[caller->count]))
            return false;
        caller->count++;
    }
    return true;
}

int caller_become(const struct caller *caller)
{
    long error = sys(SYS_setgroups, caller->count, caller->groups);

    if (error)
        return (int)error;
    sys(SYS_setfsgid, caller->gid);
    /* Takes the privileges over files away, too, while it is not root's. */
    sys(SYS_setfsuid, caller->uid);
    if (sys(SYS_setfsuid, -1) == caller->uid && sys(SYS_setfsgid, -1) == caller->gid)
        return 0;
    caller_leave();
    return -EPERM;
}

void caller_leave(void)
{
    sys(SYS_setfsuid, 0);
    sys(SYS_setfsgid, 0);
}
