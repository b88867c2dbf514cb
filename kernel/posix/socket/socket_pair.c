/*
 * Pairs of connected local streams: a byte ring each way.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/bits.h"
#include "core/ring.h"
#include "posix/result.h"
#include "posix/socket/socket.h"

/* A power of two. */
#define CAPACITY 65536

struct end {
    struct socket socket;
    struct end *other;          /* null once that is closed */
    /* What the other end has sent. */
    uint32_t produced, consumed;
    bool read_shut, write_shut;
    char bytes[CAPACITY];
};

static struct end *end_of(struct socket *socket)
{
    return container_of(socket, struct end, socket);
}

static size_t filled(const struct end *end)
{
    return end->produced - end->consumed;
}

static bool other_sends_no_more(const struct end *end)
{
    return !end->other || end->other->write_shut || end->read_shut;
}

static bool other_takes_no_more(const struct end *end)
{
    return !end->other || end->other->read_shut || end->write_shut;
}

static bool can_write(const struct end *end)
{
    return other_takes_no_more(end) || filled(end->other) < CAPACITY;
}

static void wake_both(struct end *end)
{
    wait_wake_all(&end->socket.changed);
    if (end->other)
        wait_wake_all(&end->other->socket.changed);
}

static ssize_t pair_send(struct socket *socket, const struct iovec *vector, int count, size_t size, int flags,
                         const struct endpoint *to)
{
    struct end *end = end_of(socket);
    uint64_t deadline = socket_must_not_block(socket, flags) ? 0 : socket_deadline(socket->send_limit);
    size_t done = 0;

    if (to)
        return -EISCONN;
    while (done < size) {
        if (!socket_wait(socket, can_write(end), deadline))
            return done ? (ssize_t)done : socket_wait_error(deadline, -EAGAIN);
        if (other_takes_no_more(end))
            return done ? (ssize_t)done : -EPIPE;
        struct end *other = end->other;
        size_t at = other->produced % CAPACITY;
        size_t part = MIN(MIN(size - done, CAPACITY - filled(other)), CAPACITY - at);

        vector_gather(vector, count, done, other->bytes + at, part);
        other->produced += (uint32_t)part;
        done += part;
        wake_both(end);
    }
    return (ssize_t)done;
}

static bool can_read(const struct end *end)
{
    return filled(end) || other_sends_no_more(end);
}

static ssize_t pair_receive(struct socket *socket, const struct iovec *vector, int count, size_t size, int *flags,
                            struct endpoint *from)
{
    struct end *end = end_of(socket);
    uint64_t deadline = socket_must_not_block(socket, *flags) ? 0 : socket_deadline(socket->receive_limit);
    bool peek = *flags & MSG_PEEK;
    size_t wanted = (*flags & MSG_WAITALL) && !peek ? size : MIN(size, (size_t)1), done = 0;

    *from = (struct endpoint){ .port = 0 };
    while (done < wanted) {
        if (!socket_wait(socket, can_read(end), deadline))
            return done ? (ssize_t)done : socket_wait_error(deadline, -EAGAIN);
        size_t part = MIN(size - done, filled(end)), at = end->consumed % CAPACITY;
        size_t straight = MIN(part, CAPACITY - at);

        if (part == 0)
            break;
        vector_scatter(vector, count, done, end->bytes + at, straight);
        vector_scatter(vector, count, done + straight, end->bytes, part - straight);
        done += part;
        if (!peek)
            end->consumed += (uint32_t)part;
        wake_both(end);
    }
    return (ssize_t)done;
}

static int pair_shutdown(struct socket *socket, int how)
{
    struct end *end = end_of(socket);

    end->read_shut |= how != SHUT_WR;
    end->write_shut |= how != SHUT_RD;
    wake_both(end);
    return 0;
}

static int pair_name(struct socket *socket, struct endpoint *at)
{
    (void)socket;
    *at = (struct endpoint){ .port = 0 };
    return 0;
}

static short pair_poll(struct socket *socket)
{
    struct end *end = end_of(socket);

    return (short)((can_read(end) ? POLLIN : 0) | (can_write(end) ? POLLOUT : 0) |
                   (other_sends_no_more(end) ? POLLRDHUP : 0) |
                   (!end->other || (end->write_shut && other_sends_no_more(end)) ? POLLHUP : 0));
}

static ssize_t pair_available(struct socket *socket)
{
    return (ssize_t)filled(end_of(socket));
}

static int pair_get_option(struct socket *socket, int level, int option, int *value)
{
    (void)socket;
    (void)level;
    (void)option;
    (void)value;
    return -ENOPROTOOPT;
}

static int pair_set_option(struct socket *socket, int level, int option, int value)
{
    (void)socket;
    (void)option;
    (void)value;
    return level == SOL_SOCKET ? 0 : -ENOPROTOOPT;
}

static void pair_release(struct socket *socket)
{
    struct end *end = end_of(socket);

    if (end->other) {
        end->other->other = NULL;
        wait_wake_all(&end->other->socket.changed);
    }
    free(end);
}

static const struct socket_operations pair_operations = {
    .send = pair_send,
    .receive = pair_receive,
    .shutdown = pair_shutdown,
    .local = pair_name,
    .peer = pair_name,
    .get_option = pair_get_option,
    .set_option = pair_set_option,
    .poll = pair_poll,
    .available = pair_available,
    .release = pair_release,
};

static struct end *new_end(int flags)
{
    struct end *end = malloc(sizeof *end);

    if (!end)
        return NULL;
    socket_init(&end->socket, &pair_operations, AF_UNIX, SOCK_STREAM, 0);
    end->socket.file.flags |= flags;
    end->other = NULL;
    end->produced = end->consumed = 0;
    end->read_shut = end->write_shut = false;
    return end;
}

static int make_pair(int flags, int descriptors[2])
{
    struct end *one = new_end(flags), *two = new_end(flags);

    if (!one || !two) {
        free(one);
        free(two);
        return -ENOMEM;
    }
    one->other = two;
    two->other = one;
    int first = descriptor_install(&one->socket.file, 0);
    int second = first < 0 ? first : descriptor_install(&two->socket.file, 0);

    if (second < 0) {
        if (first >= 0)
            close(first);
        else
            file_put(&one->socket.file);
        file_put(&two->socket.file);
        return second;
    }
    descriptors[0] = first;
    descriptors[1] = second;
    return 0;
}

int socketpair(int family, int type, int protocol, int descriptors[2])
{
    int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);

    type &= ~flags;
    if (family != AF_UNIX)
        return (int)posix_result(family == AF_INET || family == AF_INET6 ? -EOPNOTSUPP : -EAFNOSUPPORT);
    if (type != SOCK_STREAM)
        return (int)posix_result(-EPROTOTYPE);
    if (protocol != 0)
        return (int)posix_result(-EPROTONOSUPPORT);
    int error = make_pair(flags & SOCK_NONBLOCK ? O_NONBLOCK : 0, descriptors);

    for (int i = 0; i < 2 && !error; i++)
        descriptor_close_on_exec(descriptors[i], flags & SOCK_CLOEXEC);
    return (int)posix_result(error);
}
