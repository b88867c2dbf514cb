/*
 * A 9P client: the session, and opening files.
 */
#include "drivers/p9.h"

#include <errno.h>
#include <string.h>

#include "drivers/p9_route.h"

/* A slot whose last answer has come; waits for one if need be. */
static unsigned clunk_slot(struct p9 *p9)
{
    for (;;) {
        for (unsigned i = 0; i < P9_CLUNKS; i++)
            if (!p9->clunking[i] || p9->clunks[i].request.done)
                return i;
        p9_ring_await(&p9->ring, &p9->clunks[0].request);
    }
}

void p9_clunk(struct p9 *p9, uint32_t fid)
{
    unsigned slot = clunk_slot(p9);
    struct p9_call *call = &p9->clunks[slot];

    p9->clunking[slot] = true;
    p9_put32(p9_call_begin(call, P9_CLUNK, 0), fid);
    if (p9_call_send(&p9->ring, call, NULL, 0))
        p9->clunking[slot] = false;
    p9_ring_flush(&p9->ring);
    /* The server will have forgotten the fid before it comes to the next request that names it. */
    p9_free_fid(p9, fid);
}

/* --- session --- */

static int agree_on_version(struct p9 *p9)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_VERSION, P9_FIELDS_MAX);
    char dialect[16];

    p9->message_max = (uint32_t)p9->ring.channel.message_max;
    p9_put32(writer, p9->message_max);
    p9_put_text(writer, P9_DIALECT, strlen(P9_DIALECT));
    int error = p9_call(&p9->ring, &call);

    if (error)
        return error;
    struct p9_reader reader = p9_call_fields(&call);
    uint32_t size = p9_get32(&reader);

    p9_get_text(&reader, dialect, sizeof dialect);
    if (reader.bad || strcmp(dialect, P9_DIALECT) != 0 || size > p9->message_max || size < P9_REQUEST_MAX)
        return -EPROTO;
    p9->message_max = size;
    return 0;
}

static int attach(struct p9 *p9)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_ATTACH, P9_QID_SIZE);

    p9_put32(writer, P9_ROOT);
    p9_put32(writer, P9_NO_FID);
    p9_put_text(writer, "", 0);         /* user, and which of the server's trees: it has one */
    p9_put_text(writer, "", 0);
    p9_put32(writer, 0);
    p9->fids[0] |= 1u << P9_ROOT;
    return p9_call(&p9->ring, &call);
}

int p9_connect(struct p9 *p9, const char *name)
{
    int error = p9_ring_connect(&p9->ring, name);

    if (error)
        return error;
    error = agree_on_version(p9);
    if (!error)
        error = attach(p9);
    if (error)
        p9_ring_disconnect(&p9->ring);
    return error;
}

int p9_walk(struct p9 *p9, const char *path, uint32_t *fid, struct p9_walked *walked)
{
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    *fid = route.fid;
    error = p9_route_end(p9, &route, walked);
    if (error)
        p9_free_fid(p9, route.fid);
    return error;
}

/* --- open --- */

/* The last name of a path; the `length` bytes before it and its slash are its directory. */
static const char *last_name(const char *path, size_t *length)
{
    const char *slash = strrchr(path, '/');

    *length = slash ? (size_t)(slash - path) : 0;
    return slash ? slash + 1 : path;
}

static void put_open(struct p9_call *call, uint32_t fid, const char *name, uint32_t flags, uint32_t permissions)
{
    bool create = flags & P9_O_CREATE;
    struct p9_writer *writer = p9_call_begin(call, create ? P9_CREATE : P9_OPEN, P9_QID_SIZE + 4);

    p9_put32(writer, fid);
    if (create)
        p9_put_text(writer, name, strlen(name));
    p9_put32(writer, flags);
    if (!create)
        return;
    p9_put32(writer, permissions);
    p9_put32(writer, 0);        /* group: the server's */
}

/* What the path leads to when the last name has been made or opened too. */
static int take_opened(const struct p9_call *call, uint32_t flags, struct p9_walked *walked)
{
    struct p9_reader reader = p9_call_fields(call);

    walked->qid = p9_get_qid(&reader);
    walked->names += (flags & P9_O_CREATE) != 0;
    return reader.bad ? -EIO : 0;
}

/* The error of an open: is it that of a link, at the path's end or, where a file was to be made, that of its directory? */
static int link_in_the_way(int error, uint32_t flags, struct p9_walked *walked)
{
    bool create = flags & P9_O_CREATE, directory_is_link = create && (walked->qid.type & P9_QT_LINK);

    walked->at_link = directory_is_link ? error == -ENOTDIR : error == -ELOOP;
    if (!walked->at_link)
        return error;
    walked->names += create && !directory_is_link;
    return -ELOOP;
}

int p9_open(struct p9 *p9, const char *path, uint32_t flags, uint32_t permissions, uint32_t *fid,
            struct p9_walked *walked)
{
    char directory[P9_REQUEST_MAX];
    size_t length = strlen(path);
    const char *name = flags & P9_O_CREATE ? last_name(path, &length) : "";
    struct p9_call call;
    struct p9_route route;

    if (length >= sizeof directory)
        return -ENAMETOOLONG;
    memcpy(directory, path, length);
    directory[length] = '\0';
    if ((flags & P9_O_CREATE) && !*name)
        return -EISDIR;
    int error = p9_route_begin(p9, &route, directory, walked);

    if (error)
        return error;
    *fid = route.fid;
    put_open(&call, route.fid, name, flags, permissions);
    p9_call_send(&p9->ring, &call, NULL, 0);
    error = p9_route_end(p9, &route, walked);
    int opened = p9_call_end(&p9->ring, &call);

    if (error) {
        p9_free_fid(p9, route.fid);
        return error;
    }
    if (!opened)
        opened = take_opened(&call, flags, walked);
    else
        opened = link_in_the_way(opened, flags, walked);
    if (opened)
        p9_clunk(p9, route.fid);
    return opened;
}
