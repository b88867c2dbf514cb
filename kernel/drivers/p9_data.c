/*
 * A 9P client: what is done with open files.
 */
#include <errno.h>

#include "core/bits.h"
#include "drivers/p9.h"

/* --- durable, and locked --- */

int p9_sync(struct p9 *p9, uint32_t fid)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_FSYNC, 0);

    p9_put32(writer, fid);
    p9_put32(writer, 0);
    return p9_call(&p9->ring, &call);
}

int p9_lock(struct p9 *p9, uint32_t fid, const struct p9_range *range)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_LOCK, 1);

    p9_put32(writer, fid);
    p9_put8(writer, range->type);
    p9_put32(writer, 0);        /* the server is not to wait */
    p9_put64(writer, range->start);
    p9_put64(writer, range->length);
    p9_put32(writer, range->process);
    p9_put_text(writer, "", 0);
    int error = p9_call(&p9->ring, &call);

    if (error)
        return error;
    struct p9_reader reader = p9_call_fields(&call);
    uint8_t status = p9_get8(&reader);

    if (reader.bad)
        return -EIO;
    return status == P9_LOCK_DONE ? 0 : status == P9_LOCK_BLOCKED ? -EAGAIN : -ENOLCK;
}

int p9_get_lock(struct p9 *p9, uint32_t fid, struct p9_range *range)
{
    struct p9_call call;
    struct p9_writer *writer = p9_call_begin(&call, P9_GETLOCK, P9_FIELDS_MAX);

    p9_put32(writer, fid);
    p9_put_range(writer, range);
    int error = p9_call(&p9->ring, &call);

    if (error)
        return error;
    struct p9_reader reader = p9_call_fields(&call);

    p9_get_range(&reader, range);
    return reader.bad ? -EIO : 0;
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
    struct p9_call call;
    size_t size;
};

static int start_part(const struct transfer *transfer, struct part *part, size_t done, size_t size)
{
    bool writing = transfer->type == P9_WRITE;
    struct p9_writer *writer = p9_call_begin(&part->call, transfer->type, 4);

    part->size = size;
    p9_put32(writer, transfer->fid);
    p9_put64(writer, transfer->offset + done);
    p9_put32(writer, (uint32_t)size);
    if (!writing) {
        part->call.request.data = transfer->buffer + done;
        part->call.request.data_room = size;
    }
    return p9_call_send(&transfer->p9->ring, &part->call, writing ? transfer->buffer + done : NULL, writing ? size : 0);
}

/* How many bytes a part has moved, or a negative errno. */
static ssize_t finish_part(const struct transfer *transfer, struct part *part)
{
    const struct p9_request *request = &part->call.request;
    int error = p9_call_end(&transfer->p9->ring, &part->call);

    if (error)
        return error;
    struct p9_reader reader = p9_call_fields(&part->call);
    uint32_t count = p9_get32(&reader);

    if (reader.bad || count > part->size || (transfer->type != P9_WRITE && count != request->data_size))
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

ssize_t p9_read_directory(struct p9 *p9, uint32_t fid, void *buffer, size_t size, uint64_t from)
{
    struct transfer transfer = { p9, fid, P9_READDIR, buffer, from };

    return run(&transfer, size, size);
}
