/*
 * The calls of <sys/socket.h>: descriptor → socket → its protocol's operation.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "net/network.h"
#include "posix/result.h"
#include "posix/socket/socket.h"
#include "sched/thread.h"
#include "xen/clock.h"

/* How long the end of the process waits for something of what it has sent to arrive. */
#define DRAIN_PATIENCE (5 * NANOSECONDS_PER_SECOND)

/* --- making --- */

/* As a kernel of its own would: what was written goes out though the process has ended. */
static void drain_at_exit(void)
{
    network_close_all();
    network_drain(DRAIN_PATIENCE);
}

static int start_network(void)
{
    static bool arranged;
    int error = network_start();

    if (!error && !arranged) {
        arranged = true;
        atexit(drain_at_exit);
    }
    return error;
}

static int make(int family, int type, int protocol, struct socket **made)
{
    if (family != AF_INET && family != AF_INET6)
        return -EAFNOSUPPORT;
    if (type != SOCK_STREAM && type != SOCK_DGRAM)
        return -EPROTOTYPE;
    if (protocol != 0 && protocol != (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP))
        return -EPROTONOSUPPORT;
    int error = start_network();

    if (error)
        return error;
    return type == SOCK_STREAM ? tcp_socket_new(family, made) : udp_socket_new(family, made);
}

int socket(int family, int type, int protocol)
{
    struct socket *made;
    int error = make(family, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC), protocol, &made);

    if (error)
        return (int)posix_result(error);
    made->file.flags |= type & SOCK_NONBLOCK ? O_NONBLOCK : 0;
    return descriptor_close_on_exec(descriptor_open(&made->file), type & SOCK_CLOEXEC);
}

/* --- names --- */

static int bind_to(struct socket *socket, const struct sockaddr *address, socklen_t length)
{
    struct endpoint to;
    int error = socket->operations->bind ? endpoint_read(socket, address, length, &to) : -EOPNOTSUPP;

    return error ? error : socket->operations->bind(socket, &to);
}

int bind(int descriptor, const struct sockaddr *address, socklen_t length)
{
    struct socket *socket;
    int error = socket_get(descriptor, &socket);

    if (error)
        return (int)posix_result(error);
    error = bind_to(socket, address, length);
    file_put(&socket->file);
    return (int)posix_result(error);
}

static int connect_to(struct socket *socket, const struct sockaddr *address, socklen_t length)
{
    struct endpoint to;

    if (!socket->operations->connect)
        return -EISCONN;
    if (address && length >= sizeof address->sa_family && address->sa_family == AF_UNSPEC)
        return socket->operations->connect(socket, NULL);
    int error = endpoint_read(socket, address, length, &to);

    return error ? error : socket->operations->connect(socket, &to);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    struct socket *socket;
    bool limited;
    int error;

    do {
        thread_cancellation_point();
        error = socket_get(descriptor, &socket);
        if (error)
            return (int)posix_result(error);
        thread_poll();
        limited = socket->send_limit != NO_DEADLINE;
        error = connect_to(socket, address, length);
        file_put(&socket->file);
    } while (socket_begins_anew(error, limited));
    return (int)posix_result(error);
}

static int tell_name(int descriptor, bool peer, struct sockaddr *address, socklen_t *length)
{
    struct socket *socket;
    struct endpoint at;
    int error = socket_get(descriptor, &socket);

    if (error)
        return error;
    error = peer ? socket->operations->peer(socket, &at) : socket->operations->local(socket, &at);
    if (!error)
        endpoint_write(socket->family, &at, address, length);
    file_put(&socket->file);
    return error;
}

int getsockname(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
    return (int)posix_result(tell_name(descriptor, false, address, length));
}

int getpeername(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
    return (int)posix_result(tell_name(descriptor, true, address, length));
}

/* --- listening --- */

int listen(int descriptor, int backlog)
{
    struct socket *socket;
    int error = socket_get(descriptor, &socket);

    if (error)
        return (int)posix_result(error);
    error = socket->operations->listen ? socket->operations->listen(socket, backlog) : -EOPNOTSUPP;
    file_put(&socket->file);
    return (int)posix_result(error);
}

static int accept_from(struct socket *socket, struct sockaddr *address, socklen_t *length, int flags)
{
    struct socket *accepted;
    struct endpoint peer;

    if (!socket->operations->accept)
        return -EOPNOTSUPP;
    int error = socket->operations->accept(socket, &accepted);

    if (error)
        return error;
    accepted->file.flags |= flags & SOCK_NONBLOCK ? O_NONBLOCK : 0;
    accepted->operations->peer(accepted, &peer);
    endpoint_write(accepted->family, &peer, address, length);
    int descriptor = descriptor_install(&accepted->file, 0);

    if (descriptor < 0)
        file_put(&accepted->file);
    return descriptor_close_on_exec(descriptor, flags & SOCK_CLOEXEC);
}

int accept4(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    struct socket *socket;
    bool limited;
    int result;

    do {
        thread_cancellation_point();
        result = flags & ~(SOCK_NONBLOCK | SOCK_CLOEXEC) ? -EINVAL : socket_get(descriptor, &socket);
        if (result)
            return (int)posix_result(result);
        thread_poll();
        limited = socket->receive_limit != NO_DEADLINE;
        result = accept_from(socket, address, length, flags);
        file_put(&socket->file);
    } while (socket_begins_anew(result, limited));
    return (int)posix_result(result);
}

int accept(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length)
{
    return accept4(descriptor, address, length, 0);
}

int shutdown(int descriptor, int how)
{
    struct socket *socket;
    int error = how < SHUT_RD || how > SHUT_RDWR ? -EINVAL : socket_get(descriptor, &socket);

    if (error)
        return (int)posix_result(error);
    error = socket->operations->shutdown(socket, how);
    file_put(&socket->file);
    return (int)posix_result(error);
}

/* --- data --- */

static ssize_t send_vector(struct socket *socket, const struct iovec *vector, int count, int flags,
                           const struct sockaddr *address, socklen_t length)
{
    struct endpoint to;
    ssize_t size = flags & MSG_OOB ? -EOPNOTSUPP : vector_size(vector, count);
    bool named = address && socket->family != AF_UNIX;
    int error = named ? endpoint_read(socket, address, length, &to) : 0;

    if (size < 0 || error)
        return size < 0 ? size : error;
    thread_poll();
    return socket->operations->send(socket, vector, count, (size_t)size, flags, named ? &to : NULL);
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    struct socket *socket;
    bool limited;
    ssize_t done;

    do {
        thread_cancellation_point();
        int error = socket_get(descriptor, &socket);

        if (error)
            return posix_result(error);
        limited = socket->send_limit != NO_DEADLINE;
        /* Ancillary data would be descriptors for, or from, another process. */
        done = message->msg_controllen ? -EOPNOTSUPP
                                       : send_vector(socket, message->msg_iov, message->msg_iovlen, flags,
                                                     message->msg_name, message->msg_namelen);
        file_put(&socket->file);
    } while (socket_begins_anew(done, limited));
    return posix_result(done);
}

ssize_t sendto(int descriptor, const void *data, size_t size, int flags, const struct sockaddr *address,
               socklen_t length)
{
    struct iovec vector = { (void *)data, size };
    struct msghdr message = {
        .msg_name = (void *)address, .msg_namelen = length, .msg_iov = &vector, .msg_iovlen = 1,
    };

    return sendmsg(descriptor, &message, flags);
}

ssize_t send(int descriptor, const void *data, size_t size, int flags)
{
    return sendto(descriptor, data, size, flags, NULL, 0);
}

static ssize_t receive_vector(struct socket *socket, struct msghdr *message, int flags)
{
    struct endpoint from;
    ssize_t size = flags & MSG_OOB ? -EINVAL : vector_size(message->msg_iov, message->msg_iovlen);

    if (size < 0)
        return size;
    thread_poll();
    message->msg_flags = flags;
    ssize_t done = socket->operations->receive(socket, message->msg_iov, message->msg_iovlen, (size_t)size,
                                               &message->msg_flags, &from);

    if (done >= 0 && socket->family == AF_UNIX)
        message->msg_namelen = 0;
    else if (done >= 0)
        endpoint_write(socket->family, &from, message->msg_name, &message->msg_namelen);
    message->msg_flags &= MSG_TRUNC;
    message->msg_controllen = 0;
    return done;
}

ssize_t recvmsg(int descriptor, struct msghdr *message, int flags)
{
    struct socket *socket;
    bool limited;
    ssize_t done;

    do {
        thread_cancellation_point();
        int error = socket_get(descriptor, &socket);

        if (error)
            return posix_result(error);
        limited = socket->receive_limit != NO_DEADLINE;
        done = receive_vector(socket, message, flags);
        file_put(&socket->file);
    } while (socket_begins_anew(done, limited));
    return posix_result(done);
}

ssize_t recvfrom(int descriptor, void *restrict buffer, size_t size, int flags, struct sockaddr *restrict address,
                 socklen_t *restrict length)
{
    struct iovec vector = { buffer, size };
    struct msghdr message = {
        .msg_name = address, .msg_namelen = length ? *length : 0, .msg_iov = &vector, .msg_iovlen = 1,
    };
    ssize_t done = recvmsg(descriptor, &message, flags);

    if (done >= 0 && length)
        *length = message.msg_namelen;
    return done;
}

ssize_t recv(int descriptor, void *buffer, size_t size, int flags)
{
    return recvfrom(descriptor, buffer, size, flags, NULL, NULL);
}
