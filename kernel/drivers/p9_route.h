/*
 * Paths on their way to files, for the files of the 9P client. What is asked of a path's file is sent together with the
 * walk to it.
 */
#ifndef LWD_DRIVERS_P9_ROUTE_H
#define LWD_DRIVERS_P9_ROUTE_H

#include "drivers/p9.h"

/* A path on its way to its file, which `fid` is to stand for. */
struct p9_route {
    struct p9_call call;
    uint32_t fid;
    unsigned names;             /* in the walk that is on its way */
    bool pending;               /* its answer has not been looked at */
};

/* -EMFILE if none is left. */
int p9_new_fid(struct p9 *p9, uint32_t *fid);
void p9_free_fid(struct p9 *p9, uint32_t fid);

/*
 * Takes a fid and sends the walk. If one walk is enough, its answer is left for p9_route_end(), and what is sent meanwhile
 * for the fid fails at the server if the walk does: the fid is then none. A path of several walks is walked here, since
 * after a failure the fid would be another file's.
 */
int p9_route_begin(struct p9 *p9, struct p9_route *route, const char *path, struct p9_walked *walked);

/* Waits for the walk. After a failure the server has no such fid, and the caller frees it. */
int p9_route_end(struct p9 *p9, struct p9_route *route, struct p9_walked *walked);

/* Does a request for the route's fid and gives that back: all in one round trip. */
int p9_route_call(struct p9 *p9, struct p9_route *route, struct p9_call *call, struct p9_walked *walked);

#endif
