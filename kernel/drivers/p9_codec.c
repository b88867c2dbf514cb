/*
 * 9P messages, field by field.
 */
#include "drivers/p9_codec.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"

/* --- putting fields --- */

static void put(struct p9_writer *writer, const void *bytes, size_t count)
{
    if (writer->overflow || count > (size_t)(writer->end - writer->at)) {
        writer->overflow = true;
        return;
    }
    memcpy(writer->at, bytes, count);
    writer->at += count;
}

void p9_put8(struct p9_writer *writer, uint8_t value)
{
    put(writer, &value, sizeof value);
}

void p9_put16(struct p9_writer *writer, uint16_t value)
{
    put(writer, &value, sizeof value);
}

void p9_put32(struct p9_writer *writer, uint32_t value)
{
    put(writer, &value, sizeof value);
}

void p9_put64(struct p9_writer *writer, uint64_t value)
{
    put(writer, &value, sizeof value);
}

void p9_put_text(struct p9_writer *writer, const char *text, size_t length)
{
    if (length > UINT16_MAX) {
        writer->overflow = true;
        return;
    }
    p9_put16(writer, (uint16_t)length);
    put(writer, text, length);
}

void p9_put_qid(struct p9_writer *writer, const struct p9_qid *qid)
{
    p9_put8(writer, qid->type);
    p9_put32(writer, qid->version);
    p9_put64(writer, qid->path);
}

static void put_time(struct p9_writer *writer, const struct p9_time *time)
{
    p9_put64(writer, time->seconds);
    p9_put64(writer, time->nanoseconds);
}

void p9_put_status(struct p9_writer *writer, const struct p9_status *status)
{
    p9_put64(writer, P9_GETATTR_BASIC);
    p9_put_qid(writer, &status->qid);
    p9_put32(writer, status->mode);
    p9_put32(writer, status->uid);
    p9_put32(writer, status->gid);
    p9_put64(writer, status->links);
    p9_put64(writer, status->device);
    p9_put64(writer, status->size);
    p9_put64(writer, status->block_size);
    p9_put64(writer, status->blocks);
    put_time(writer, &status->accessed);
    put_time(writer, &status->modified);
    put_time(writer, &status->changed);
    /* When it was made, generation, version: not told, and not claimed above. */
    for (int i = 0; i < 4; i++)
        p9_put64(writer, 0);
}

void p9_put_change(struct p9_writer *writer, const struct p9_change *change)
{
    p9_put32(writer, change->valid);
    p9_put32(writer, change->mode);
    p9_put32(writer, change->uid);
    p9_put32(writer, change->gid);
    p9_put64(writer, change->size);
    put_time(writer, &change->accessed);
    put_time(writer, &change->modified);
}

void p9_put_entry(struct p9_writer *writer, const struct p9_entry *entry)
{
    p9_put_qid(writer, &entry->qid);
    p9_put64(writer, entry->next);
    p9_put8(writer, entry->type);
    p9_put_text(writer, entry->name, strlen(entry->name));
}

void p9_put_space(struct p9_writer *writer, const struct p9_space *space)
{
    p9_put32(writer, space->type);
    p9_put32(writer, space->block_size);
    p9_put64(writer, space->blocks);
    p9_put64(writer, space->free);
    p9_put64(writer, space->available);
    p9_put64(writer, space->files);
    p9_put64(writer, space->files_free);
    p9_put64(writer, space->id);
    p9_put32(writer, space->name_max);
}

void p9_put_range(struct p9_writer *writer, const struct p9_range *range)
{
    p9_put8(writer, range->type);
    p9_put64(writer, range->start);
    p9_put64(writer, range->length);
    p9_put32(writer, range->process);
    p9_put_text(writer, "", 0);
}

void p9_begin(struct p9_writer *writer, void *buffer, size_t size, enum p9_type type)
{
    *writer = (struct p9_writer){ .start = buffer, .at = buffer, .end = (uint8_t *)buffer + size };
    p9_put32(writer, 0);
    p9_put8(writer, (uint8_t)type);
    p9_put16(writer, P9_NO_TAG);
}

long p9_finish(struct p9_writer *writer, size_t data)
{
    size_t put_so_far = (size_t)(writer->at - writer->start);

    if (writer->overflow || data > UINT32_MAX - put_so_far)
        return -EMSGSIZE;
    uint32_t size = (uint32_t)(put_so_far + data);

    memcpy(writer->start, &size, sizeof size);
    return (long)put_so_far;
}

void p9_set_tag(void *message, uint16_t tag)
{
    memcpy((uint8_t *)message + 5, &tag, sizeof tag);
}

/* --- taking fields --- */

struct p9_reader p9_read_from(const void *bytes, size_t size)
{
    return (struct p9_reader){ .at = bytes, .end = (const uint8_t *)bytes + size };
}

/* The next `count` bytes, or null. */
static const uint8_t *take(struct p9_reader *reader, size_t count)
{
    const uint8_t *bytes = reader->at;

    if (reader->bad || count > (size_t)(reader->end - reader->at)) {
        reader->bad = true;
        return NULL;
    }
    reader->at += count;
    return bytes;
}

static uint64_t get(struct p9_reader *reader, size_t count)
{
    const uint8_t *bytes = take(reader, count);
    uint64_t value = 0;

    if (bytes)
        memcpy(&value, bytes, count);
    return value;
}

uint8_t p9_get8(struct p9_reader *reader)
{
    return (uint8_t)get(reader, 1);
}

uint16_t p9_get16(struct p9_reader *reader)
{
    return (uint16_t)get(reader, 2);
}

uint32_t p9_get32(struct p9_reader *reader)
{
    return (uint32_t)get(reader, 4);
}

uint64_t p9_get64(struct p9_reader *reader)
{
    return get(reader, 8);
}

void p9_get_text(struct p9_reader *reader, char *text, size_t size)
{
    size_t length = p9_get16(reader);
    const uint8_t *bytes = take(reader, length);

    text[0] = '\0';
    if (!bytes)
        return;
    if (length >= size || memchr(bytes, '\0', length)) {
        reader->bad = true;
        return;
    }
    memcpy(text, bytes, length);
    text[length] = '\0';
}

void p9_skip_text(struct p9_reader *reader)
{
    take(reader, p9_get16(reader));
}

struct p9_qid p9_get_qid(struct p9_reader *reader)
{
    struct p9_qid qid = { .type = p9_get8(reader) };

    qid.version = p9_get32(reader);
    qid.path = p9_get64(reader);
    return qid;
}

static struct p9_time get_time(struct p9_reader *reader)
{
    struct p9_time time = { .seconds = p9_get64(reader) };

    time.nanoseconds = p9_get64(reader);
    return time;
}

void p9_get_status(struct p9_reader *reader, struct p9_status *status)
{
    p9_get64(reader);           /* what of it is valid: a server gives what it has */
    status->qid = p9_get_qid(reader);
    status->mode = p9_get32(reader);
    status->uid = p9_get32(reader);
    status->gid = p9_get32(reader);
    status->links = p9_get64(reader);
    status->device = p9_get64(reader);
    status->size = p9_get64(reader);
    status->block_size = p9_get64(reader);
    status->blocks = p9_get64(reader);
    status->accessed = get_time(reader);
    status->modified = get_time(reader);
    status->changed = get_time(reader);
    for (int i = 0; i < 4; i++)
        p9_get64(reader);
}

void p9_get_change(struct p9_reader *reader, struct p9_change *change)
{
    change->valid = p9_get32(reader);
    change->mode = p9_get32(reader);
    change->uid = p9_get32(reader);
    change->gid = p9_get32(reader);
    change->size = p9_get64(reader);
    change->accessed = get_time(reader);
    change->modified = get_time(reader);
}

void p9_get_entry(struct p9_reader *reader, struct p9_entry *entry)
{
    entry->qid = p9_get_qid(reader);
    entry->next = p9_get64(reader);
    entry->type = p9_get8(reader);
    p9_get_text(reader, entry->name, sizeof entry->name);
}

void p9_get_space(struct p9_reader *reader, struct p9_space *space)
{
    space->type = p9_get32(reader);
    space->block_size = p9_get32(reader);
    space->blocks = p9_get64(reader);
    space->free = p9_get64(reader);
    space->available = p9_get64(reader);
    space->files = p9_get64(reader);
    space->files_free = p9_get64(reader);
    space->id = p9_get64(reader);
    space->name_max = p9_get32(reader);
}

void p9_get_range(struct p9_reader *reader, struct p9_range *range)
{
    range->type = p9_get8(reader);
    range->start = p9_get64(reader);
    range->length = p9_get64(reader);
    range->process = p9_get32(reader);
    p9_skip_text(reader);
}

struct p9_header p9_get_header(const void *bytes)
{
    struct p9_reader reader = p9_read_from(bytes, P9_HEADER);
    struct p9_header header = { .size = p9_get32(&reader) };

    header.type = p9_get8(&reader);
    header.tag = p9_get16(&reader);
    return header;
}

int p9_errno(uint32_t number)
{
    /* From 35 on Linux and the C library number differently. */
    static const uint8_t errors[] = {
        [1] = EPERM, [2] = ENOENT, [4] = EINTR, [5] = EIO, [6] = ENXIO, [7] = E2BIG, [9] = EBADF, [11] = EAGAIN,
        [12] = ENOMEM, [13] = EACCES, [14] = EFAULT, [16] = EBUSY, [17] = EEXIST, [18] = EXDEV, [19] = ENODEV,
        [20] = ENOTDIR, [21] = EISDIR, [22] = EINVAL, [23] = ENFILE, [24] = EMFILE, [25] = ENOTTY, [26] = ETXTBSY,
        [27] = EFBIG, [28] = ENOSPC, [29] = ESPIPE, [30] = EROFS, [31] = EMLINK, [32] = EPIPE, [34] = ERANGE,
        [35] = EDEADLK, [36] = ENAMETOOLONG, [37] = ENOLCK, [38] = ENOSYS, [39] = ENOTEMPTY, [40] = ELOOP,
        [71] = EPROTO, [75] = EOVERFLOW, [84] = EILSEQ, [90] = EMSGSIZE, [95] = EOPNOTSUPP, [110] = ETIMEDOUT,
        [116] = ESTALE, [122] = EDQUOT,
    };

    return number < ARRAY_SIZE(errors) && errors[number] ? -errors[number] : -EIO;
}
