/*
 * Requests by their type: who serves them, and what all of them have in common.
 */
#include "session.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "files.h"

#define MESSAGE_MIN 4096

int session_begin(struct session *session, int root, bool readonly, uint32_t message_max)
{
    struct p9_status status;

    session->root = root;
    session->readonly = readonly;
    session->message_max = message_max;
    fids_init(&session->fids);
    int error = look_at(session, root, &status);

    if (error)
        return error;
    session->device = status.device;
    return (status.mode & P9_S_KIND) == P9_S_DIRECTORY ? 0 : -ENOTDIR;
}

/* --- what concerns the session itself --- */

/* Begins anew. What the transport carries is known, so a client may ask for less and gets no more. */
static int serve_version(struct session *session, struct exchange *exchange)
{
    uint32_t size = p9_get32(&exchange->request);
    char dialect[32];

    p9_get_text(&exchange->request, dialect, sizeof dialect);
    if (exchange->request.bad || size < MESSAGE_MIN)
        return -EMSGSIZE;
    fids_remove_all(&session->fids);
    session->message_max = MIN(size, session->message_max);
    const char *answer = strcmp(dialect, P9_DIALECT) == 0 ? P9_DIALECT : "unknown";

    p9_put32(&exchange->answer, session->message_max);
    p9_put_text(&exchange->answer, answer, strlen(answer));
    return 0;
}

static int serve_attach(struct session *session, struct exchange *exchange)
{
    uint32_t number = p9_get32(&exchange->request);
    struct p9_status status;
    struct fid *fid;
    int error = look_at(session, session->root, &status);

    if (error)
        return error;
    long descriptor = sys(SYS_fcntl, session->root, F_DUPFD_CLOEXEC, 0);

    if (descriptor < 0)
        return (int)descriptor;
    error = fids_add(&session->fids, number, (int)descriptor, P9_S_DIRECTORY, &fid);
    if (error)
        sys(SYS_close, descriptor);
    p9_put_qid(&exchange->answer, &status.qid);
    return error;
}

static int serve_clunk(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);

    if (!fid)
        return -EBADF;
    fids_remove(&session->fids, fid->number);
    return 0;
}

/* Requests are answered in their order, so what was to be given up has been answered. */
static int serve_flush(struct session *session, struct exchange *exchange)
{
    (void)session;
    (void)exchange;
    return 0;
}

/* --- all of them --- */

struct service {
    int (*serve)(struct session *session, struct exchange *exchange);
    bool changes;               /* the directory: not in one that is only to be read */
};

static const struct service services[UINT8_MAX + 1] = {
    [P9_VERSION] = { serve_version, false },
    [P9_ATTACH] = { serve_attach, false },
    [P9_FLUSH] = { serve_flush, false },
    [P9_CLUNK] = { serve_clunk, false },
    [P9_WALK] = { serve_walk, false },
    [P9_OPEN] = { serve_open, false },
    [P9_CREATE] = { serve_create, true },
    [P9_READ] = { serve_read, false },
    [P9_WRITE] = { serve_write, true },
    [P9_READDIR] = { serve_readdir, false },
    [P9_FSYNC] = { serve_sync, false },
    [P9_LOCK] = { serve_lock, false },
    [P9_GETLOCK] = { serve_getlock, false },
    [P9_GETATTR] = { serve_getattr, false },
    [P9_SETATTR] = { serve_setattr, true },
    [P9_STATFS] = { serve_statfs, false },
    [P9_MKDIR] = { serve_mkdir, true },
    [P9_SYMLINK] = { serve_symlink, true },
    [P9_READLINK] = { serve_readlink, false },
    [P9_LINK] = { serve_link, true },
    [P9_RENAME] = { serve_rename, true },
    [P9_UNLINK] = { serve_unlink, true },
};

size_t session_answer_room(const struct session *session, uint8_t type, struct p9_reader fields)
{
    if (type == P9_READLINK)
        return P9_HEADER + 2 + P9_TARGET_MAX;
    if (type != P9_READ && type != P9_READDIR)
        return 512;
    p9_get32(&fields);
    p9_get64(&fields);
    size_t most = session->message_max - P9_READ_OVERHEAD, wanted = p9_get32(&fields);

    return P9_READ_OVERHEAD + MIN(wanted, type == P9_READ ? most : MIN(most, (size_t)LISTING_MAX));
}

int session_serve(struct session *session, struct exchange *exchange)
{
    const struct service *service = &services[exchange->type];

    if (!service->serve)
        return -EOPNOTSUPP;
    if (service->changes && session->readonly)
        return -EROFS;
    int error = service->serve(session, exchange);

    if (!error && exchange->request.bad)
        error = -EINVAL;
    return error;
}
