/*
 * Walking to files, opening them, and what is done with open ones.
 */
#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "files.h"

#define RESOLVE_NOTHING (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)
/* Flags of an open that mean something here. Direct transfers ask more of memory than a ring's has. */
#define OPEN_FLAGS (P9_O_ACCESS | P9_O_TRUNCATE | P9_O_APPEND | P9_O_DATA_SYNC | P9_O_SYNC)
/* Whatever it turns out to be, opening it neither waits nor becomes our terminal. */
#define OPEN_ALWAYS (O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
#define PERMISSIONS 0777u

struct descriptor_path path_of(const struct fid *fid)
{
    struct descriptor_path path;
    char *at = path.text + sizeof path.text;
    unsigned number = (unsigned)fid->descriptor;

    *--at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    size_t length = (size_t)(path.text + sizeof path.text - at);

    for (size_t i = 0; i < length; i++)
        path.text[i] = at[i];
    return path;
}

struct fid *take_fid(struct session *session, struct p9_reader *reader)
{
    return fids_find(&session->fids, p9_get32(reader));
}

int take_name(struct p9_reader *reader, char name[NAME_SIZE])
{
    struct p9_reader ahead = *reader;
    size_t length = p9_get16(&ahead);

    if (length >= NAME_SIZE)
        return -ENAMETOOLONG;
    p9_get_text(reader, name, NAME_SIZE);
    if (reader->bad || memchr(name, '/', length))
        return -EINVAL;
    if (length == 0)
        return -ENOENT;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? -EINVAL : 0;
}

static int open_below(int directory, const char *name, uint64_t flags, uint32_t mode)
{
    struct linux_open_how how = { .flags = flags | O_NOFOLLOW | O_CLOEXEC, .mode = mode, .resolve = RESOLVE_NOTHING };

    return (int)sys(SYS_openat2, directory, name, &how, sizeof how);
}

/* --- walk --- */

/* Goes on to `name`: closes *at but for the first and makes it the next. */
static int step(const struct session *session, int first, int *at, const char *name, struct p9_status *status)
{
    int next = open_below(*at, name, O_PATH, 0);

    if (next < 0)
        return next;
    int error = look_at(session, next, status);

    if (error) {
        sys(SYS_close, next);
        return error;
    }
    if (*at != first)
        sys(SYS_close, *at);
    *at = next;
    return 0;
}

/* Another descriptor for a file that stands for it alone, so that giving it back lets go of no lock. */
static int stand_for(const struct fid *fid)
{
    struct descriptor_path path = path_of(fid);

    if (!fid->open)
        return (int)sys(SYS_fcntl, fid->descriptor, F_DUPFD_CLOEXEC, 0);
    return (int)sys(SYS_openat, AT_FDCWD, path.text, O_PATH | O_CLOEXEC);
}

/* Walks up to `count` names. Returns how many, or why the first cannot be. */
static int walk(struct session *session, struct exchange *exchange, const struct fid *from, unsigned count, int *at,
                struct p9_status *status)
{
    for (unsigned walked = 0; walked < count; walked++) {
        char name[NAME_SIZE];
        int error = take_name(&exchange->request, name);

        if (!error)
            error = step(session, from->descriptor, at, name, status);
        if (error)
            return walked ? (int)walked : error;
        p9_put_qid(&exchange->answer, &status->qid);
    }
    return (int)count;
}

int serve_walk(struct session *session, struct exchange *exchange)
{
    struct fid *from = take_fid(session, &exchange->request), *made;
    uint32_t number = p9_get32(&exchange->request);
    unsigned count = p9_get16(&exchange->request);
    struct p9_writer at_count = exchange->answer;

    if (!from || (number != from->number && fids_find(&session->fids, number)))
        return -EBADF;
    if (count > P9_WALK_MAX)
        return -EINVAL;
    struct p9_status status = { .mode = from->kind };
    int at = from->descriptor;

    p9_put16(&exchange->answer, 0);
    int walked = walk(session, exchange, from, count, &at, &status);

    if (walked >= 0 && at == from->descriptor)
        at = stand_for(from);
    if (walked < 0 || at < 0)
        return MIN(walked, at);
    p9_put16(&at_count, (uint16_t)walked);
    if ((unsigned)walked < count) {
        sys(SYS_close, at);
        return 0;
    }
    if (number == from->number)
        fids_remove(&session->fids, number);
    int error = fids_add(&session->fids, number, at, status.mode & P9_S_KIND, &made);

    if (error)
        sys(SYS_close, at);
    return error;
}

/* --- open and create --- */

static void put_opened(struct exchange *exchange, const struct p9_status *status)
{
    p9_put_qid(&exchange->answer, &status->qid);
    p9_put32(&exchange->answer, 0);     /* no unit of transfer but the message */
}

/* The fid is now of this open file. */
static void become(struct fid *fid, int descriptor, uint32_t kind, uint32_t flags)
{
    sys(SYS_close, fid->descriptor);
    fid->descriptor = descriptor;
    fid->kind = kind;
    fid->open = true;
    fid->writable = (flags & P9_O_ACCESS) != 0;
}

int serve_open(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    uint32_t flags = p9_get32(&exchange->request);
    bool changes = (flags & P9_O_ACCESS) || (flags & P9_O_TRUNCATE);
    struct p9_status status;

    if (!fid || fid->open)
        return -EBADF;
    if (fid->kind != P9_S_FILE && fid->kind != P9_S_DIRECTORY)
        return fid->kind == P9_S_LINK ? -ELOOP : -EACCES;
    if (changes && session->readonly)
        return -EROFS;
    if (fid->kind == P9_S_DIRECTORY && changes)
        return -EISDIR;
    if (fid->kind != P9_S_DIRECTORY && (flags & P9_O_DIRECTORY))
        return -ENOTDIR;
    struct descriptor_path path = path_of(fid);
    int descriptor = (int)sys(SYS_openat, AT_FDCWD, path.text, (flags & OPEN_FLAGS) | OPEN_ALWAYS);

    if (descriptor < 0)
        return descriptor;
    int error = look_at(session, descriptor, &status);

    if (error) {
        sys(SYS_close, descriptor);
        return error;
    }
    become(fid, descriptor, fid->kind, flags);
    put_opened(exchange, &status);
    return 0;
}

int serve_create(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    char name[NAME_SIZE];
    struct p9_status status;
    int error = take_name(&exchange->request, name);
    uint32_t flags = p9_get32(&exchange->request), mode = p9_get32(&exchange->request) & PERMISSIONS;

    if (!fid || fid->open)
        return -EBADF;
    if (error)
        return error;
    uint64_t create = (flags & (OPEN_FLAGS | P9_O_EXCLUSIVE)) | OPEN_ALWAYS | O_CREAT;
    int descriptor = open_below(fid->descriptor, name, create, mode);

    if (descriptor < 0)
        return descriptor;
    error = look_at(session, descriptor, &status);
    if (!error && (status.mode & P9_S_KIND) != P9_S_FILE)
        error = -EACCES;
    if (error) {
        sys(SYS_close, descriptor);
        return error;
    }
    become(fid, descriptor, P9_S_FILE, flags);
    put_opened(exchange, &status);
    return 0;
}

/* --- data --- */

int serve_read(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    uint64_t offset = p9_get64(&exchange->request);

    if (!fid || !fid->open)
        return -EBADF;
    long count = sys(SYS_preadv, fid->descriptor, exchange->data, ARRAY_SIZE(exchange->data), offset);

    if (count < 0)
        return (int)count;
    p9_put32(&exchange->answer, (uint32_t)count);
    exchange->data_filled = (size_t)count;
    return 0;
}

int serve_write(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    uint64_t offset = p9_get64(&exchange->request);
    uint32_t size = p9_get32(&exchange->request);

    if (!fid || !fid->open)
        return -EBADF;
    if (size != exchange->data_size)
        return -EINVAL;
    long count = sys(SYS_pwritev, fid->descriptor, exchange->data, ARRAY_SIZE(exchange->data), offset);

    if (count < 0)
        return (int)count;
    p9_put32(&exchange->answer, (uint32_t)count);
    return 0;
}

int serve_sync(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    uint32_t data_only = p9_get32(&exchange->request);

    if (!fid || !fid->open)
        return -EBADF;
    return (int)sys(data_only ? SYS_fdatasync : SYS_fsync, fid->descriptor);
}

/* --- directories --- */

/* Linux's entries of a directory as 9P's, as many as fit whole. False: not all of them. */
static bool put_entries(const uint8_t *entries, size_t size, struct p9_writer *writer)
{
    for (size_t at = 0; at < size;) {
        const struct linux_dirent *entry = (const struct linux_dirent *)(entries + at);
        struct p9_entry put = { .next = (uint64_t)entry->next, .type = entry->type };
        struct p9_writer before = *writer;
        size_t length = strlen(entry->name);

        at += entry->size;
        if (length >= sizeof put.name)
            continue;
        memcpy(put.name, entry->name, length + 1);
        put.qid = (struct p9_qid){ .type = (uint8_t)(entry->type == 4 ? P9_QT_DIRECTORY : entry->type == 10 ? P9_QT_LINK : 0),
                                   .path = entry->inode };
        p9_put_entry(writer, &put);
        if (writer->overflow) {
            *writer = before;
            return false;
        }
    }
    return true;
}

#define LONGEST_ENTRY (sizeof(struct linux_dirent) + NAME_SIZE + 8)

int serve_readdir(struct session *session, struct exchange *exchange)
{
    static _Alignas(8) uint8_t entries[32 << 10];
    struct fid *fid = take_fid(session, &exchange->request);
    uint64_t offset = p9_get64(&exchange->request);
    uint32_t wanted = p9_get32(&exchange->request);
    size_t room = MIN((size_t)wanted, MIN(sizeof session->listing, (size_t)session->message_max - P9_READ_OVERHEAD));
    struct p9_writer writer = { session->listing, session->listing, session->listing + room, false };

    if (!fid || !fid->open || fid->kind != P9_S_DIRECTORY)
        return fid && fid->open ? -ENOTDIR : -EBADF;
    long result = sys(SYS_lseek, fid->descriptor, offset, SEEK_SET);
    bool all = true;

    /* What is read and does not fit is read again: the client says where it goes on. */
    while (all && result >= 0) {
        size_t free = MAX((size_t)(writer.end - writer.at), LONGEST_ENTRY);

        result = sys(SYS_getdents64, fid->descriptor, entries, MIN(free, sizeof entries));
        if (result <= 0)
            break;
        all = put_entries(entries, (size_t)result, &writer);
    }
    size_t filled = (size_t)(writer.at - session->listing);

    if (filled == 0 && (result < 0 || !all))
        return result < 0 ? (int)result : -EINVAL;
    p9_put32(&exchange->answer, (uint32_t)filled);
    exchange->tail = session->listing;
    exchange->tail_size = filled;
    return 0;
}

/* --- locks: the server is one process, as the domain is one, so Linux's locks of processes are just right --- */

static struct linux_flock lock_of(const struct p9_range *range)
{
    return (struct linux_flock){ .type = (int16_t)range->type, .start = (int64_t)range->start,
                                 .length = (int64_t)range->length };
}

int serve_lock(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    struct p9_range range = { .type = p9_get8(&exchange->request) };

    p9_get32(&exchange->request);       /* whether the client waits: it does that itself */
    range.start = p9_get64(&exchange->request);
    range.length = p9_get64(&exchange->request);
    if (!fid || !fid->open)
        return -EBADF;
    if (exchange->request.bad || range.type > P9_LOCK_NONE)
        return -EINVAL;
    struct linux_flock lock = lock_of(&range);
    long error = sys(SYS_fcntl, fid->descriptor, F_SETLK, &lock);

    if (error && error != -EAGAIN && error != -EACCES)
        return (int)error;
    p9_put8(&exchange->answer, error ? P9_LOCK_BLOCKED : P9_LOCK_DONE);
    return 0;
}

int serve_getlock(struct session *session, struct exchange *exchange)
{
    struct fid *fid = take_fid(session, &exchange->request);
    struct p9_range range;

    p9_get_range(&exchange->request, &range);
    if (!fid || !fid->open)
        return -EBADF;
    if (exchange->request.bad || range.type > P9_LOCK_NONE)
        return -EINVAL;
    struct linux_flock lock = lock_of(&range);
    long error = sys(SYS_fcntl, fid->descriptor, F_GETLK, &lock);

    if (error)
        return (int)error;
    range = (struct p9_range){ (uint8_t)lock.type, (uint64_t)lock.start, (uint64_t)lock.length, (uint32_t)lock.process };
    p9_put_range(&exchange->answer, &range);
    return 0;
}
