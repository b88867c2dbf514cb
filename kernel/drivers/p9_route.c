/*
 * Fids, and walks.
 */
#include "drivers/p9_route.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"

int p9_new_fid(struct p9 *p9, uint32_t *fid)
{
    for (unsigned word = 0; word < ARRAY_SIZE(p9->fids); word++) {
        if (p9->fids[word] == UINT64_MAX)
            continue;
        unsigned bit = (unsigned)__builtin_ctzl(~p9->fids[word]);

        p9->fids[word] |= (uint64_t)1 << bit;
        *fid = word * 64 + bit;
        return 0;
    }
    return -EMFILE;
}

void p9_free_fid(struct p9 *p9, uint32_t fid)
{
    p9->fids[fid / 64] &= ~((uint64_t)1 << fid % 64);
}

/* Puts up to P9_WALK_MAX names of `path`; returns what is behind them. */
static const char *put_names(struct p9_writer *writer, const char *path, unsigned *count)
{
    struct p9_writer at_count = *writer;

    p9_put16(writer, 0);
    for (*count = 0; *path && *count < P9_WALK_MAX; ++*count) {
        size_t length = strcspn(path, "/");

        p9_put_text(writer, path, length);
        path += length + (path[length] == '/');
    }
    p9_put16(&at_count, (uint16_t)*count);
    return path;
}

/* The answer to a walk of `count` names: how far it came, and why not further. */
static int take_qids(const struct p9_call *call, unsigned count, struct p9_walked *walked)
{
    struct p9_reader reader = p9_call_fields(call);
    unsigned names = p9_get16(&reader);

    if (names > count)
        return -EIO;
    for (unsigned i = 0; i < names; i++)
        walked->qid = p9_get_qid(&reader);
    walked->names += names;
    if (reader.bad)
        return -EIO;
    if (names == count)
        return 0;
    walked->at_link = names > 0 && (walked->qid.type & P9_QT_LINK);
    if (walked->at_link)
        return -ELOOP;
    return names > 0 && !(walked->qid.type & P9_QT_DIRECTORY) ? -ENOTDIR : -ENOENT;
}

int p9_route_begin(struct p9 *p9, struct p9_route *route, const char *path, struct p9_walked *walked)
{
    uint32_t from = P9_ROOT;
    int error = p9_new_fid(p9, &route->fid);

    *walked = (struct p9_walked){ .qid = { .type = P9_QT_DIRECTORY } };
    route->pending = false;
    while (!error) {
        struct p9_writer *writer = p9_call_begin(&route->call, P9_WALK, 2 + P9_WALK_MAX * P9_QID_SIZE);

        p9_put32(writer, from);
        p9_put32(writer, route->fid);
        path = put_names(writer, path, &route->names);
        p9_call_send(&p9->ring, &route->call, NULL, 0);
        route->pending = from == P9_ROOT && !*path;
        if (route->pending)
            return 0;
        error = p9_call_end(&p9->ring, &route->call);
        if (!error)
            error = take_qids(&route->call, route->names, walked);
        if (error && from == P9_ROOT)
            p9_free_fid(p9, route->fid);
        else if (error)
            p9_clunk(p9, route->fid);
        from = route->fid;
        if (!*path)
            break;
    }
    return error;
}

int p9_route_end(struct p9 *p9, struct p9_route *route, struct p9_walked *walked)
{
    if (!route->pending)
        return 0;
    route->pending = false;
    int error = p9_call_end(&p9->ring, &route->call);

    return error ? error : take_qids(&route->call, route->names, walked);
}

int p9_route_call(struct p9 *p9, struct p9_route *route, struct p9_call *call, struct p9_walked *walked)
{
    p9_call_send(&p9->ring, call, NULL, 0);
    p9_clunk(p9, route->fid);
    int error = p9_route_end(p9, route, walked), result = p9_call_end(&p9->ring, call);

    return error ? error : result;
}
