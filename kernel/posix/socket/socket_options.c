/*
 * getsockopt and setsockopt: what all sockets have; the rest is asked of the protocol.
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/time.h>

#include <lwip/opt.h>

#include "core/bits.h"
#include "posix/result.h"
#include "posix/socket/socket.h"
#include "xen/clock.h"

/* --- values of other types than int --- */

static int put(const void *from, size_t size, void *value, socklen_t *length)
{
    memcpy(value, from, MIN(size, (size_t)*length));
    *length = (socklen_t)MIN(size, (size_t)*length);
    return 0;
}

static struct timeval limit_to_time(uint64_t limit)
{
    if (limit == NO_DEADLINE)
        return (struct timeval){ 0, 0 };
    return (struct timeval){
        .tv_sec = (time_t)(limit / NANOSECONDS_PER_SECOND),
        .tv_usec = (suseconds_t)(limit % NANOSECONDS_PER_SECOND / 1000),
    };
}

static int read_limit(const void *value, socklen_t length, uint64_t *limit)
{
    struct timeval time;

    if (length < sizeof time)
        return -EINVAL;
    memcpy(&time, value, sizeof time);
    if (time.tv_usec < 0 || time.tv_usec >= 1000000)
        return -EDOM;
    /* Nothing means for ever, and so does more than a century. */
    bool ever = (time.tv_sec == 0 && time.tv_usec == 0) || time.tv_sec > 3600000000;

    *limit = ever            ? NO_DEADLINE
           : time.tv_sec < 0 ? 1
                             : (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_usec * 1000;
    return 0;
}

/* --- reading --- */

static int get_common(struct socket *socket, int option, int *value)
{
    switch (option) {
    case SO_ERROR:
        *value = -socket_take_error(socket);
        return 0;
    case SO_TYPE:
        *value = socket->type;
        return 0;
    case SO_DOMAIN:
        *value = socket->family;
        return 0;
    case SO_PROTOCOL:
        *value = socket->protocol;
        return 0;
    case SO_REUSEADDR:
    case SO_REUSEPORT:
        *value = socket->reuse_address;
        return 0;
    case SO_KEEPALIVE:
        *value = socket->keep_alive;
        return 0;
    case SO_BROADCAST:
        *value = socket->broadcast;
        return 0;
    case SO_SNDBUF:
        *value = TCP_SND_BUF;
        return 0;
    case SO_RCVBUF:
        *value = TCP_WND;
        return 0;
    case SO_RCVLOWAT:
    case SO_SNDLOWAT:
        *value = 1;
        return 0;
    case SO_OOBINLINE:
    case SO_DONTROUTE:
    case SO_DEBUG:
        *value = 0;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

/* Is it about the header of the family's packets? */
static bool is_of_header(const struct socket *socket, int level, int option)
{
    if (level == IPPROTO_IP && socket->family == AF_INET)
        return option == IP_TTL || option == IP_TOS;
    return level == IPPROTO_IPV6 && socket->family == AF_INET6 && option == IPV6_UNICAST_HOPS;
}

static int get_of_header(const struct socket *socket, int level, int option)
{
    if (level == IPPROTO_IP && option == IP_TOS)
        return socket->service;
    return socket->hops ? socket->hops : IP_DEFAULT_TTL;
}

static int get_option(struct socket *socket, int level, int option, void *value, socklen_t *length)
{
    int number = 0, error;

    if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO)) {
        struct timeval time = limit_to_time(option == SO_RCVTIMEO ? socket->receive_limit : socket->send_limit);

        return put(&time, sizeof time, value, length);
    }
    if (level == SOL_SOCKET && option == SO_LINGER)
        return put(&socket->linger, sizeof socket->linger, value, length);
    if (level == SOL_SOCKET && option == SO_ACCEPTCONN) {
        number = socket->operations->available(socket) == -EINVAL;
        error = 0;
    } else if (level == SOL_SOCKET) {
        error = get_common(socket, option, &number);
    } else if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY && socket->family == AF_INET6) {
        number = socket->v6_only;
        error = 0;
    } else if (is_of_header(socket, level, option)) {
        number = get_of_header(socket, level, option);
        error = 0;
    } else {
        error = socket->operations->get_option(socket, level, option, &number);
    }
    return error ? error : put(&number, sizeof number, value, length);
}

int getsockopt(int descriptor, int level, int option, void *restrict value, socklen_t *restrict length)
{
    struct socket *socket;
    int error = socket_get(descriptor, &socket);

    if (error)
        return (int)posix_result(error);
    error = get_option(socket, level, option, value, length);
    file_put(&socket->file);
    return (int)posix_result(error);
}

/* --- setting --- */

static int set_common(struct socket *socket, int option, int value)
{
    switch (option) {
    case SO_REUSEADDR:
    case SO_REUSEPORT:
        socket->reuse_address = value != 0;
        return 0;
    case SO_KEEPALIVE:
        socket->keep_alive = value != 0;
        return 0;
    case SO_BROADCAST:
        socket->broadcast = value != 0;
        return 0;
    case SO_SNDBUF:
    case SO_RCVBUF:
        /* A wish: the buffers are of one size, which getsockopt() tells. */
        return value > 0 ? 0 : -EINVAL;
    case SO_OOBINLINE:
    case SO_DONTROUTE:
    case SO_DEBUG:
        return value == 0 ? 0 : -ENOPROTOOPT;
    default:
        return -ENOPROTOOPT;
    }
}

/* -1 is "as usual" for a lifetime. */
static int set_of_header(struct socket *socket, int level, int option, int value)
{
    bool is_service = level == IPPROTO_IP && option == IP_TOS;

    if (value > 255 || (is_service ? value < 0 : value < 1 && value != -1))
        return -EINVAL;
    if (is_service)
        socket->service = (uint8_t)value;
    else
        socket->hops = value == -1 ? 0 : (uint8_t)value;
    return socket->operations->set_option(socket, SOL_SOCKET, option, value);
}

static int set_number(struct socket *socket, int level, int option, int value)
{
    int error = 0;

    if (is_of_header(socket, level, option))
        return set_of_header(socket, level, option, value);

    if (level == IPPROTO_IPV6 && option == IPV6_V6ONLY) {
        if (socket->family != AF_INET6)
            return -ENOPROTOOPT;
        socket->v6_only = value != 0;
        return 0;
    }
    if (level == SOL_SOCKET)
        error = set_common(socket, option, value);
    return error ? error : socket->operations->set_option(socket, level, option, value);
}

static int set_option(struct socket *socket, int level, int option, const void *value, socklen_t length)
{
    int number;

    if (level == SOL_SOCKET && option == SO_RCVTIMEO)
        return read_limit(value, length, &socket->receive_limit);
    if (level == SOL_SOCKET && option == SO_SNDTIMEO)
        return read_limit(value, length, &socket->send_limit);
    if (level == SOL_SOCKET && option == SO_LINGER) {
        if (length < sizeof socket->linger)
            return -EINVAL;
        memcpy(&socket->linger, value, sizeof socket->linger);
        return 0;
    }
    if (length < sizeof number)
        return -EINVAL;
    memcpy(&number, value, sizeof number);
    return set_number(socket, level, option, number);
}

int setsockopt(int descriptor, int level, int option, const void *value, socklen_t length)
{
    struct socket *socket;
    int error = socket_get(descriptor, &socket);

    if (error)
        return (int)posix_result(error);
    error = set_option(socket, level, option, value, length);
    file_put(&socket->file);
    return (int)posix_result(error);
}
