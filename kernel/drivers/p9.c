/*
 * A 9P client, request by request.
 */
#include "drivers/p9.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"

#define DIALECT "9P2000.u"
#define QID_SIZE 13
/* The longest request without data: a walk of names that are together no longer than a path. */
#define REQUEST_MAX 1280
#define STAT_MAX 1024

/* A request and the room to make it in. */
struct call {
    struct p9_request request;
    struct p9_writer writer;
    uint8_t message[REQUEST_MAX];
};

/* `fields`: how many bytes of fields the answer has behind its header. */
static struct p9_writer *begin(struct call *call, enum p9_type type, size_t fields)
{
    call->request = (struct p9_request){ .type = (uint8_t)type, .fields_wanted = fields };
    p9_begin(&call->writer, call->message, sizeof call->message, type);
    return &call->writer;
}

static int send(struct p9 *p9, struct call *call, const void *data, size_t data_size)
{
    long size = p9_finish(&call->writer, data_size);

    if (size < 0)
        return (int)size;
    return p9_ring_send(&p9->ring, &call->request, call->message, (size_t)size, data, data_size);
}

/* Sends the request and waits for its answer. */
static int transact(struct p9 *p9, struct call *call)
{
    int error = send(p9, call, NULL, 0);

    return error ? error : p9_ring_await(&p9->ring, &call->request);
}

static struct p9_reader fields_of(const struct call *call)
{
    return p9_read_from(call->request.fields, call->request.fields_size);
}

/* An answer that is too short for its kind. */
static int check(const struct p9_reader *reader)
{
    return reader->bad ? -EIO : 0;
}

/* --- fids --- */

static int new_fid(struct p9 *p9, uint32_t *fid)
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

static void free_fid(struct p9 *p9, uint32_t fid)
{
    p9->fids[fid / 64] &= ~((uint64_t)1 << fid % 64);
}

void p9_clunk(struct p9 *p9, uint32_t fid)
{
    struct call call;

    p9_put32(begin(&call, P9_CLUNK, 0), fid);
    transact(p9, &call);
    free_fid(p9, fid);
}

/* --- session --- */

static int agree_on_version(struct p9 *p9)
{
    struct call call;
    struct p9_writer *writer = begin(&call, P9_VERSION, P9_FIELDS_MAX);
    char dialect[16];

    p9->message_max = (uint32_t)p9->ring.channel.message_max;
    p9_put32(writer, p9->message_max);
    p9_put_text(writer, DIALECT, strlen(DIALECT));
    int error = transact(p9, &call);

    if (error)
        return error;
    struct p9_reader reader = fields_of(&call);
    uint32_t size = p9_get32(&reader);

    p9_get_text(&reader, dialect, sizeof dialect);
    if (reader.bad || strcmp(dialect, DIALECT) != 0 || size > p9->message_max || size < REQUEST_MAX)
        return -EPROTO;
    p9->message_max = size;
    return 0;
}

static int attach(struct p9 *p9)
{
    struct call call;
    struct p9_writer *writer = begin(&call, P9_ATTACH, QID_SIZE);

    p9_put32(writer, P9_ROOT);
    p9_put32(writer, P9_NO_FID);
    p9_put_text(writer, "root", 4);     /* user, and which of the server's trees */
    p9_put_text(writer, "", 0);
    p9_put32(writer, 0);
    p9->fids[0] |= 1u << P9_ROOT;
    return transact(p9, &call);
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

/* --- names --- */

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

/* The answer to a walk of `count` names: the last one's qid, or why it did not come so far. */
static int take_qids(const struct call *call, unsigned count, struct p9_qid *qid)
{
    struct p9_reader reader = fields_of(call);
    unsigned walked = p9_get16(&reader);

    if (walked > count)
        return -EIO;
    for (unsigned i = 0; i < walked; i++)
        *qid = p9_get_qid(&reader);
    if (reader.bad)
        return -EIO;
    if (walked == count)
        return 0;
    return walked > 0 && !(qid->type & P9_QTDIR) ? -ENOTDIR : -ENOENT;
}

int p9_walk(struct p9 *p9, const char *path, uint32_t *fid, struct p9_qid *qid)
{
    uint32_t from = P9_ROOT;
    int error = new_fid(p9, fid);

    if (error)
        return error;
    qid->type = P9_QTDIR;
    do {
        struct call call;
        struct p9_writer *writer = begin(&call, P9_WALK, 2 + P9_WALK_MAX * QID_SIZE);
        unsigned count;

        p9_put32(writer, from);
        p9_put32(writer, *fid);
        path = put_names(writer, path, &count);
        error = transact(p9, &call);
        if (!error)
            error = take_qids(&call, count, qid);
        if (!error)
            from = *fid;
    } while (!error && *path);
    /* The fid is known to the server from the first walk that came to its end. */
    if (error && from == P9_ROOT)
        free_fid(p9, *fid);
    else if (error)
        p9_clunk(p9, *fid);
    return error;
}

int p9_open(struct p9 *p9, uint32_t fid, unsigned mode)
{
    struct call call;
    struct p9_writer *writer = begin(&call, P9_OPEN, QID_SIZE + 4);

    p9_put32(writer, fid);
    p9_put8(writer, (uint8_t)mode);
    return transact(p9, &call);
}

int p9_create(struct p9 *p9, uint32_t fid, const char *name, uint32_t permissions, unsigned mode, struct p9_qid *qid)
{
    struct call call;
    struct p9_writer *writer = begin(&call, P9_CREATE, QID_SIZE + 4);

    p9_put32(writer, fid);
    p9_put_text(writer, name, strlen(name));
    p9_put32(writer, permissions);
    p9_put8(writer, (uint8_t)mode);
    p9_put_text(writer, "", 0);
    int error = transact(p9, &call);

    if (error)
        return error;
    struct p9_reader reader = fields_of(&call);

    *qid = p9_get_qid(&reader);
    return check(&reader);
}

int p9_stat(struct p9 *p9, uint32_t fid, struct p9_stat *stat)
{
    uint8_t bytes[STAT_MAX];
    struct call call;

    p9_put32(begin(&call, P9_STAT, 2), fid);
    call.request.data = bytes;
    call.request.data_room = sizeof bytes;
    int error = transact(p9, &call);

    if (error)
        return error;
    /* The answer has the size of the stat twice: as its field, and as the stat's own. */
    struct p9_reader reader = p9_read_from(bytes, call.request.data_size);

    p9_get_stat(&reader, stat);
    return check(&reader);
}

/* Removing by opening so that the file goes when its fid does. The server keeps the outcome to itself. */
static int remove_on_clunk(struct p9 *p9, uint32_t fid)
{
    int error = p9_open(p9, fid, P9_OREAD | P9_ORCLOSE);

    p9_clunk(p9, fid);
    return error;
}

int p9_remove(struct p9 *p9, uint32_t fid)
{
    struct call call;
    int error = -EOPNOTSUPP;

    if (!p9->no_remove) {
        p9_put32(begin(&call, P9_REMOVE, 0), fid);
        error = transact(p9, &call);
    }
    if (error == -EOPNOTSUPP) {
        p9->no_remove = true;
        return remove_on_clunk(p9, fid);
    }
    free_fid(p9, fid);
    return error;
}

/* --- data --- */

size_t p9_data_max(const struct p9 *p9)
{
    return p9->message_max - P9_WRITE_OVERHEAD;
}

#define PARTS 4
/* Below this, cutting a transfer costs more than the server's working on one part while we copy another brings. */
#define PART_MIN ((size_t)64 << 10)

struct transfer {
    struct p9 *p9;
    uint32_t fid;
    enum p9_type type;
    char *buffer;
    uint64_t offset;
};

/* One part of a transfer. */
struct part {
    struct call call;
    size_t size;
    int error;                  /* it could not be sent */
};

static int start_part(const struct transfer *transfer, struct part *part, size_t done, size_t size)
{
    bool writing = transfer->type == P9_WRITE;
    struct p9_writer *writer = begin(&part->call, transfer->type, 4);

    part->size = size;
    p9_put32(writer, transfer->fid);
    p9_put64(writer, transfer->offset + done);
    p9_put32(writer, (uint32_t)size);
    if (!writing) {
        part->call.request.data = transfer->buffer + done;
        part->call.request.data_room = size;
    }
    part->error = send(transfer->p9, &part->call, writing ? transfer->buffer + done : NULL, writing ? size : 0);
    return part->error;
}

/* How many bytes a part has moved, or a negative errno. */
static ssize_t finish_part(const struct transfer *transfer, struct part *part)
{
    const struct p9_request *request = &part->call.request;
    int error = part->error ? part->error : p9_ring_await(&transfer->p9->ring, &part->call.request);

    if (error)
        return error;
    struct p9_reader reader = fields_of(&part->call);
    uint32_t count = p9_get32(&reader);

    if (reader.bad || count > part->size || (transfer->type == P9_READ && count != request->data_size))
        return -EIO;
    return count;
}

/*
 * Keeps up to PARTS requests on their way and takes their answers in order. Behind the first that is short or fails
 * nothing counts, but all have to come back, since they have the buffer.
 */
static ssize_t run(const struct transfer *transfer, size_t size, size_t step)
{
    struct part parts[PARTS];
    size_t started = 0, first = 0, next = 0, total = 0;
    ssize_t last = 0;
    bool sending = true, counting = true;

    while ((sending && started < size) || first < next) {
        if (sending && started < size && next - first < PARTS) {
            size_t part_size = MIN(step, size - started);

            sending = start_part(transfer, &parts[next++ % PARTS], started, part_size) == 0;
            started += part_size;
            continue;
        }
        struct part *part = &parts[first++ % PARTS];
        ssize_t count = finish_part(transfer, part);

        if (!counting)
            continue;
        last = count;
        total += count > 0 ? (size_t)count : 0;
        counting = count == (ssize_t)part->size;
        sending = sending && counting;
    }
    return total > 0 || last >= 0 ? (ssize_t)total : last;
}

/* A few parts, of whole pages, each no larger than a message can be. */
static size_t step_of(const struct p9 *p9, size_t size)
{
    size_t step = MAX(ALIGN_UP(DIV_ROUND_UP(size, PARTS), (size_t)PAGE_SIZE), PART_MIN);

    return MIN(step, p9_data_max(p9));
}

ssize_t p9_read(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t offset)
{
    struct transfer transfer = { p9, fid, P9_READ, buffer, offset };

    return run(&transfer, size, step_of(p9, size));
}

ssize_t p9_write(struct p9 *p9, uint32_t fid, const void *buffer, size_t size, uint64_t offset)
{
    struct transfer transfer = { p9, fid, P9_WRITE, (char *)buffer, offset };

    return run(&transfer, size, step_of(p9, size));
}

ssize_t p9_read_directory(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t offset)
{
    struct transfer transfer = { p9, fid, P9_READ, buffer, offset };

    return run(&transfer, size, size);
}
