/*
 * Requests to xenstored and their answers.
 */
#include "store.h"

#include <errno.h>
#include <string.h>

#include "core/format.h"
#include "linux.h"

enum message {
    STORE_LIST = 1,
    STORE_READ = 2,
    STORE_WATCH = 4,
    STORE_BEGIN = 6,
    STORE_END = 7,
    STORE_WRITE = 11,
    STORE_REMOVE = 13,
    STORE_PERMIT = 14,
    STORE_EVENT = 15,
    STORE_ERROR = 16,
};

struct header {
    uint32_t type, request, transaction, size;
};

static int connect_to(const char *path)
{
    struct linux_unix_address address = { .family = AF_UNIX };
    long descriptor = sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (descriptor < 0)
        return (int)descriptor;
    memcpy(address.path, path, strlen(path) + 1);
    long error = sys(SYS_connect, descriptor, &address, sizeof address);

    if (error)
        sys(SYS_close, descriptor);
    return (int)(error ? error : descriptor);
}

int store_open(struct store *store)
{
    store->fired = 0;
    store->transaction = 0;
    store->descriptor = connect_to("/run/xenstored/socket");
    if (store->descriptor < 0)
        store->descriptor = (int)sys(SYS_openat, AT_FDCWD, "/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    return store->descriptor < 0 ? store->descriptor : 0;
}

static int transfer(long number, int descriptor, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        long count = sys(number, descriptor, (char *)data + done, size - done);

        if (count <= 0 && count != -EINTR)
            return count ? (int)count : -EIO;
        done += count > 0 ? (size_t)count : 0;
    }
    return 0;
}

/* Reads one message into `payload`. */
static int receive(struct store *store, struct header *header)
{
    int error = transfer(SYS_read, store->descriptor, header, sizeof *header);

    if (!error && header->size > STORE_PAYLOAD_MAX)
        error = -EPROTO;
    if (!error)
        error = transfer(SYS_read, store->descriptor, store->payload, header->size);
    if (error)
        return error;
    store->payload[header->size] = '\0';
    if (header->type == STORE_EVENT)
        store->fired++;
    return 0;
}

static int errno_of(const char *text)
{
    static const struct { const char *text; int number; } errors[] = {
        { "ENOENT", ENOENT }, { "EACCES", EACCES }, { "EEXIST", EEXIST }, { "EINVAL", EINVAL }, { "ENOSPC", ENOSPC },
        { "EAGAIN", EAGAIN },
    };

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (strcmp(errors[i].text, text) == 0)
            return -errors[i].number;
    return -EIO;
}

/* Sends a request, which is in `payload`, and waits for its answer there. Returns the answer's size. */
static long ask(struct store *store, enum message type, size_t size)
{
    struct header header = { .type = type, .transaction = store->transaction, .size = (uint32_t)size };
    /* The device takes a message in one piece. */
    struct linux_iovec message[2] = { { &header, sizeof header }, { store->payload, size } };
    long sent = sys(SYS_writev, store->descriptor, message, 2);

    if (sent != (long)(sizeof header + size))
        return sent < 0 ? sent : -EIO;
    do {
        int error = receive(store, &header);

        if (error)
            return error;
    } while (header.type == STORE_EVENT);
    return header.type == STORE_ERROR ? errno_of(store->payload) : header.size;
}

static long ask_about(struct store *store, enum message type, const char *path, char *text, size_t size)
{
    size_t length = strlen(path) + 1;

    memcpy(store->payload, path, length);
    long found = ask(store, type, length);

    if (found < 0)
        return found;
    if ((size_t)found >= size)
        return -E2BIG;
    memcpy(text, store->payload, (size_t)found + 1);
    return found;
}

long store_read(struct store *store, const char *path, char *text, size_t size)
{
    return ask_about(store, STORE_READ, path, text, size);
}

long store_list(struct store *store, const char *path, char *names, size_t size)
{
    return ask_about(store, STORE_LIST, path, names, size);
}

int store_begin(struct store *store)
{
    char text[16];
    uint32_t number = 0;
    long size = ask_about(store, STORE_BEGIN, "", text, sizeof text);

    for (const char *digit = text; size > 0 && *digit >= '0' && *digit <= '9'; digit++)
        number = number * 10 + (uint32_t)(*digit - '0');
    store->transaction = number;
    return size < 0 ? (int)size : number ? 0 : -EPROTO;
}

static int end_transaction(struct store *store, const char *how)
{
    memcpy(store->payload, how, 2);
    long result = ask(store, STORE_END, 2);

    store->transaction = 0;
    return result < 0 ? (int)result : 0;
}

int store_commit(struct store *store)
{
    return end_transaction(store, "T");
}

void store_abandon(struct store *store)
{
    end_transaction(store, "F");
}

int store_write(struct store *store, const char *path, const char *text)
{
    size_t length = strlen(path) + 1, size = strlen(text);

    if (length + size > STORE_PAYLOAD_MAX)
        return -E2BIG;
    memcpy(store->payload, path, length);
    memcpy(store->payload + length, text, size);
    long result = ask(store, STORE_WRITE, length + size);

    return result < 0 ? (int)result : 0;
}

int store_remove(struct store *store, const char *path)
{
    size_t length = strlen(path) + 1;

    memcpy(store->payload, path, length);
    long result = ask(store, STORE_REMOVE, length);

    return result < 0 ? (int)result : 0;
}

int store_permit(struct store *store, const char *path, unsigned owner, unsigned reader)
{
    size_t size = strlen(path) + 1;

    memcpy(store->payload, path, size);
    size += format_text(store->payload + size, STORE_PAYLOAD_MAX - size, "n%u", owner) + 1;
    size += format_text(store->payload + size, STORE_PAYLOAD_MAX - size, "r%u", reader) + 1;
    long result = ask(store, STORE_PERMIT, size);

    return result < 0 ? (int)result : 0;
}

int store_watch(struct store *store, const char *path)
{
    size_t length = strlen(path) + 1;

    memcpy(store->payload, path, length);
    memcpy(store->payload + length, "w", 2);
    long result = ask(store, STORE_WATCH, length + 2);

    return result < 0 ? (int)result : 0;
}

int store_take_event(struct store *store)
{
    struct header header;

    return receive(store, &header);
}

bool store_has_fired(struct store *store)
{
    bool fired = store->fired > 0;

    store->fired = 0;
    return fired;
}
