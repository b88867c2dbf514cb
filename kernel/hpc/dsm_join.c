/*
 * How ranks meet: all come to rank 0, which tells them where the others are; then each goes to those of lower rank.
 */
#include "hpc/dsm.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/bits.h"
#include "xen/clock.h"

#define MILLISECOND (NANOSECONDS_PER_SECOND / 1000)
#define NEXT_TRY (50 * MILLISECOND)
/* A stranger that connects and says nothing is not waited for longer. */
#define HELLO_PATIENCE (5 * NANOSECONDS_PER_SECOND)

int dsm_milliseconds_until(uint64_t deadline)
{
    uint64_t now = clock_monotonic();

    return now >= deadline ? 0 : (int)MIN((deadline - now) / MILLISECOND + 1, (uint64_t)INT_MAX);
}

static int wait_readable(int socket, uint64_t deadline)
{
    struct pollfd polled = { .fd = socket, .events = POLLIN };

    return poll(&polled, 1, dsm_milliseconds_until(deadline)) == 1 ? 0 : -ETIMEDOUT;
}

/* Sends or receives all of it, on a blocking socket. */
static int put(int socket, const void *data, size_t size)
{
    for (const char *at = data; size;) {
        ssize_t part = send(socket, at, size, 0);

        if (part < 0)
            return -errno;
        at += part;
        size -= (size_t)part;
    }
    return 0;
}

static int get(int socket, void *data, size_t size, uint64_t deadline)
{
    for (char *at = data; size;) {
        int error = wait_readable(socket, deadline);

        if (error)
            return error;
        ssize_t part = recv(socket, at, size, MSG_DONTWAIT);

        if (part < 0 && errno == EAGAIN)
            continue;
        if (part <= 0)
            return part ? -errno : -ECONNRESET;
        at += part;
        size -= (size_t)part;
    }
    return 0;
}

static int put_frame(int socket, enum dsm_type type, const void *data, size_t size)
{
    struct dsm_head head = { .size = (uint32_t)size, .type = type };
    int error = put(socket, &head, sizeof head);

    return error ? error : put(socket, data, size);
}

static int get_frame(int socket, enum dsm_type type, void *data, size_t size, uint64_t deadline)
{
    struct dsm_head head;
    int error = get(socket, &head, sizeof head, deadline);

    if (!error && (head.type != type || head.size != size))
        error = -EBADMSG;
    return error ? error : get(socket, data, size, deadline);
}

static void set_no_delay(int socket)
{
    int on = 1;

    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* --- who comes here --- */

static int listen_at(uint16_t port)
{
    struct sockaddr_in6 here = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    int listener = socket(AF_INET6, SOCK_STREAM, 0), on = 1;

    if (listener < 0)
        return -errno;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, LWD_DSM_RANKS)) {
        int error = -errno;

        close(listener);
        return error;
    }
    return listener;
}

static bool is_expected(const struct lwd_dsm *dsm, const struct dsm_hello *hello)
{
    return hello->magic == DSM_MAGIC && hello->ranks == dsm->ranks && hello->size == dsm->pages * DSM_PAGE_BYTES &&
           hello->rank < dsm->ranks && hello->rank > dsm->rank && dsm->peer[hello->rank].socket < 0;
}

/* Takes one that connects; who is none of ours is sent away. `places`, if not null, learns where it is. */
static int take_one(struct lwd_dsm *dsm, int listener, struct dsm_place *places, uint64_t deadline)
{
    struct sockaddr_in6 from;
    socklen_t size = sizeof from;
    struct dsm_hello hello;
    int error = wait_readable(listener, deadline);

    if (error)
        return error;
    int connection = accept(listener, (struct sockaddr *)&from, &size);

    if (connection < 0)
        return -errno;
    uint64_t until = clock_monotonic() + HELLO_PATIENCE;

    if (get_frame(connection, DSM_HELLO, &hello, sizeof hello, until < deadline ? until : deadline) ||
        !is_expected(dsm, &hello)) {
        close(connection);
        return 0;
    }
    dsm->peer[hello.rank].socket = connection;
    if (places)
        memcpy(places[hello.rank].address, &from.sin6_addr, sizeof places->address);
    return 0;
}

static int take_all(struct lwd_dsm *dsm, int listener, struct dsm_place *places, uint64_t deadline)
{
    int error = 0;

    for (unsigned rank = dsm->rank + 1; rank < dsm->ranks && !error;)
        if (dsm->peer[rank].socket >= 0)
            rank++;
        else
            error = take_one(dsm, listener, places, deadline);
    return error;
}

/* --- going there --- */

static int say_hello(struct lwd_dsm *dsm, int connection, unsigned rank)
{
    struct dsm_hello hello = { DSM_MAGIC, dsm->rank, dsm->ranks, dsm->pages * DSM_PAGE_BYTES };

    dsm->peer[rank].socket = connection;
    return put_frame(connection, DSM_HELLO, &hello, sizeof hello);
}

static int try_to_connect(const struct addrinfo *to)
{
    int connection = socket(to->ai_family, SOCK_STREAM, 0);

    if (connection < 0)
        return -errno;
    if (connect(connection, to->ai_addr, to->ai_addrlen) == 0)
        return connection;
    int error = -errno;

    close(connection);
    return error;
}

/* The other side may come later than this one. */
static int connect_to(const char *name, uint16_t port, uint64_t deadline)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
    char service[8];

    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(name, service, &hints, &found))
        return -EHOSTUNREACH;
    int connection = -ETIMEDOUT;

    do {
        for (struct addrinfo *to = found; to && connection < 0; to = to->ai_next)
            connection = try_to_connect(to);
        if (connection < 0)
            thread_block(clock_monotonic() + NEXT_TRY);
    } while (connection < 0 && clock_monotonic() < deadline);
    freeaddrinfo(found);
    return connection;
}

static int go_to_coordinator(struct lwd_dsm *dsm, const struct lwd_dsm_options *options, struct dsm_place *places,
                             uint64_t deadline)
{
    int connection = connect_to(options->coordinator, options->port, deadline);
    int error = connection < 0 ? connection : say_hello(dsm, connection, 0);

    return error ? error : get_frame(connection, DSM_PEERS, places, dsm->ranks * sizeof *places, deadline);
}

static int go_to_lower(struct lwd_dsm *dsm, const struct dsm_place *places, uint16_t port, uint64_t deadline)
{
    for (unsigned rank = 1; rank < dsm->rank; rank++) {
        struct sockaddr_in6 there = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)(port + rank)) };
        struct addrinfo to = { .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&there, .ai_addrlen = sizeof there };

        memcpy(&there.sin6_addr, places[rank].address, sizeof places->address);
        int connection = try_to_connect(&to);

        while (connection < 0 && clock_monotonic() < deadline) {
            thread_block(clock_monotonic() + NEXT_TRY);
            connection = try_to_connect(&to);
        }
        int error = connection < 0 ? connection : say_hello(dsm, connection, rank);

        if (error)
            return error;
    }
    return 0;
}

int dsm_join(struct lwd_dsm *dsm, const struct lwd_dsm_options *options)
{
    struct dsm_place places[LWD_DSM_RANKS] = { 0 };
    uint64_t deadline = clock_monotonic() + dsm->patience;
    int listener = listen_at((uint16_t)(options->port + dsm->rank));

    if (listener < 0)
        return listener;
    int error = dsm->rank ? go_to_coordinator(dsm, options, places, deadline) : take_all(dsm, listener, places, deadline);

    for (unsigned rank = 1; rank < dsm->ranks && dsm->rank == 0 && !error; rank++)
        error = put_frame(dsm->peer[rank].socket, DSM_PEERS, places, dsm->ranks * sizeof places[0]);
    if (!error && dsm->rank)
        error = go_to_lower(dsm, places, options->port, deadline);
    if (!error && dsm->rank)
        error = take_all(dsm, listener, NULL, deadline);
    for (unsigned rank = 0; rank < dsm->ranks && !error; rank++)
        if (rank != dsm->rank)
            set_no_delay(dsm->peer[rank].socket);
    close(listener);
    return error;
}
