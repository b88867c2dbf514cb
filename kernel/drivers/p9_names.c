/*
 * A 9P client: what is done to files by their names, or while they are not open.
 */
#include <errno.h>
#include <string.h>

#include "drivers/p9_route.h"

/* An answer that is too short for its kind. */
static int check(const struct p9_reader *reader)
{
    return reader->bad ? -EIO : 0;
}

/* --- by path --- */

static int take_status(const struct p9_call *call, struct p9_status *status)
{
    struct p9_reader reader = p9_call_fields(call);

    p9_get_status(&reader, status);
    return check(&reader);
}

static void put_getattr(struct p9_call *call, uint32_t fid)
{
    struct p9_writer *writer = p9_call_begin(call, P9_GETATTR, P9_STATUS_SIZE);

    p9_put32(writer, fid);
    p9_put64(writer, P9_GETATTR_BASIC);
}

int p9_status(struct p9 *p9, const char *path, struct p9_status *status, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    put_getattr(&call, route.fid);
    error = p9_route_call(p9, &route, &call, walked);
    return error ? error : take_status(&call, status);
}

static int take_space(const struct p9_call *call, struct p9_space *space)
{
    struct p9_reader reader = p9_call_fields(call);

    p9_get_space(&reader, space);
    return check(&reader);
}

int p9_room(struct p9 *p9, const char *path, struct p9_space *space, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    p9_put32(p9_call_begin(&call, P9_STATFS, P9_SPACE_SIZE), route.fid);
    error = p9_route_call(p9, &route, &call, walked);
    return error ? error : take_space(&call, space);
}

static void put_setattr(struct p9_call *call, uint32_t fid, const struct p9_change *change)
{
    struct p9_writer *writer = p9_call_begin(call, P9_SETATTR, 0);

    p9_put32(writer, fid);
    p9_put_change(writer, change);
}

int p9_change(struct p9 *p9, const char *path, const struct p9_change *change, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    put_setattr(&call, route.fid, change);
    return p9_route_call(p9, &route, &call, walked);
}

int p9_read_link(struct p9 *p9, const char *path, char *target, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    /* A text's length, and the text: longer than an answer's fields may be, so it is data. */
    p9_put32(p9_call_begin(&call, P9_READLINK, 2), route.fid);
    call.request.data = target;
    call.request.data_room = P9_TARGET_MAX - 1;
    error = p9_route_call(p9, &route, &call, walked);
    if (error)
        return error;
    struct p9_reader reader = p9_call_fields(&call);
    size_t length = p9_get16(&reader);

    if (length != call.request.data_size || memchr(target, '\0', length))
        return -EIO;
    target[length] = '\0';
    return check(&reader);
}

/* Begins a request that concerns a name in the directory of a route's fid. */
static struct p9_writer *begin_named(struct p9_call *call, enum p9_type type, size_t fields, uint32_t fid,
                                     const char *name)
{
    struct p9_writer *writer = p9_call_begin(call, type, fields);

    p9_put32(writer, fid);
    p9_put_text(writer, name, strlen(name));
    return writer;
}

/* Does such a request. A link at the end of the path is in the way: what it leads to is wanted. */
static int call_in_directory(struct p9 *p9, struct p9_route *route, struct p9_call *call, struct p9_walked *walked)
{
    int error = p9_route_call(p9, route, call, walked);

    walked->at_link |= error == -ENOTDIR && (walked->qid.type & P9_QT_LINK);
    return walked->at_link ? -ELOOP : error;
}

int p9_make_directory(struct p9 *p9, const char *path, const char *name, uint32_t permissions, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    struct p9_writer *writer = begin_named(&call, P9_MKDIR, P9_QID_SIZE, route.fid, name);

    p9_put32(writer, permissions);
    p9_put32(writer, 0);
    return call_in_directory(p9, &route, &call, walked);
}

int p9_make_link(struct p9 *p9, const char *path, const char *name, const char *target, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    struct p9_writer *writer = begin_named(&call, P9_SYMLINK, P9_QID_SIZE, route.fid, name);

    p9_put_text(writer, target, strlen(target));
    p9_put32(writer, 0);
    return call_in_directory(p9, &route, &call, walked);
}

int p9_unlink(struct p9 *p9, const char *path, const char *name, bool directory, struct p9_walked *walked)
{
    struct p9_call call;
    struct p9_route route;
    int error = p9_route_begin(p9, &route, path, walked);

    if (error)
        return error;
    p9_put32(begin_named(&call, P9_UNLINK, 0, route.fid, name), directory ? P9_REMOVE_DIRECTORY : 0);
    return call_in_directory(p9, &route, &call, walked);
}

/* --- by fid --- */

int p9_rename(struct p9 *p9, uint32_t from, const char *name, uint32_t to, const char *new_name)
{
    struct p9_call call;
    struct p9_writer *writer = begin_named(&call, P9_RENAME, 0, from, name);

    p9_put32(writer, to);
    p9_put_text(writer, new_name, strlen(new_name));
    return p9_call(&p9->ring, &call);
}

int p9_link(struct p9 *p9, uint32_t file, uint32_t directory, const char *name)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_LINK, 0);

    p9_put32(writer, directory);
    p9_put32(writer, file);
    p9_put_text(writer, name, strlen(name));
    return p9_call(&p9->ring, &call);
}

int p9_fid_status(struct p9 *p9, uint32_t fid, struct p9_status *status)
{
    struct p9_call call;

    put_getattr(&call, fid);
    int error = p9_call(&p9->ring, &call);

    return error ? error : take_status(&call, status);
}

int p9_fid_room(struct p9 *p9, uint32_t fid, struct p9_space *space)
{
    struct p9_call call;

    p9_put32(p9_call_begin(&call, P9_STATFS, P9_SPACE_SIZE), fid);
    int error = p9_call(&p9->ring, &call);

    return error ? error : take_space(&call, space);
}

int p9_fid_change(struct p9 *p9, uint32_t fid, const struct p9_change *change)
{
    struct p9_call call;

    put_setattr(&call, fid, change);
    return p9_call(&p9->ring, &call);
}
