/*
 * For whom a program of root's opens what he named: his rights are taken for that, since looking first and opening then are two
 * different moments.
 */
#ifndef LWD_VOLUME_SERVER_CALLER_H
#define LWD_VOLUME_SERVER_CALLER_H

#include <stdbool.h>
#include <stdint.h>

#define CALLER_GROUPS 256

struct caller {
    uint32_t uid, gid, groups[CALLER_GROUPS];
    unsigned count;
};

/* "as:UID:GID[:GROUP…]". False for anything else. */
bool caller_read(struct caller *caller, const char *text);

/* From now on files are opened with these rights and no others. Returns 0 or a negative errno: then with this program's own. */
int caller_become(const struct caller *caller);

/* The rights are root's again. The groups stay the caller's, which root has no need of. */
void caller_leave(void);

#endif
