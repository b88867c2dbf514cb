/*
 * Sockets: what the calls of <sys/socket.h> need of a protocol, as a table of operations, and what all have in common.
 * socket.c (calls), socket_options.c and file_socket.c (the descriptor's operations) know no protocol; socket_tcp.c,
 * socket_udp.c and socket_pair.c are the protocols, on lwIP's callback interface (net/network.h).
 *
 * All return a negative errno on failure. What blocks says so and obeys the socket's O_NONBLOCK and time limits.
 */
#ifndef LWD_POSIX_SOCKET_SOCKET_H
#define LWD_POSIX_SOCKET_SOCKET_H

#include <errno.h>
#include <sys/socket.h>

#include <lwip/ip_addr.h>

#include "posix/file/file.h"

struct socket;

/* An address of the network, as lwIP has it. Those of a pair of local streams are none: its sockets have no names. */
struct endpoint {
    ip_addr_t address;
    uint16_t port;              /* host byte order */
};

/* Null: EOPNOTSUPP. */
struct socket_operations {
    int (*bind)(struct socket *socket, const struct endpoint *to);
    /* `to` null: forget the peer (datagrams). Blocks. */
    int (*connect)(struct socket *socket, const struct endpoint *to);
    int (*listen)(struct socket *socket, int backlog);
    /* Blocks. Returns 0 and a socket with one reference. */
    int (*accept)(struct socket *socket, struct socket **accepted);
    /* Blocks; `flags` are MSG_*. `to` is null for the connected peer. Streams may send a part. */
    ssize_t (*send)(struct socket *socket, const struct iovec *vector, int count, size_t size, int flags,
                    const struct endpoint *to);
    /* Blocks; fills `from` and adds MSG_TRUNC to *flags as it applies. */
    ssize_t (*receive)(struct socket *socket, const struct iovec *vector, int count, size_t size, int *flags,
                       struct endpoint *from);
    int (*shutdown)(struct socket *socket, int how);
    int (*local)(struct socket *socket, struct endpoint *at);
    int (*peer)(struct socket *socket, struct endpoint *at);
    /* Options of the protocol's own. -ENOPROTOOPT for those that it does not know. */
    int (*get_option)(struct socket *socket, int level, int option, int *value);
    int (*set_option)(struct socket *socket, int level, int option, int value);
    short (*poll)(struct socket *socket);
    ssize_t (*available)(struct socket *socket);
    void (*release)(struct socket *socket);
};

struct socket {
    struct open_file file;
    const struct socket_operations *operations;
    struct wait_queue changed;  /* file.changed */
    int family, type, protocol;
    int error;                  /* SO_ERROR: a positive errno that no call has told yet */
    bool v6_only, broadcast, reuse_address, keep_alive;
    uint8_t hops, service;      /* of its packets' IP headers: their lifetime (0: as usual), and IP_TOS */
    struct linger linger;
    uint64_t receive_limit, send_limit;     /* nanoseconds, NO_DEADLINE for none */
};

/* Fills in what all sockets have in common. */
void socket_init(struct socket *socket, const struct socket_operations *operations, int family, int type,
                 int protocol);

int tcp_socket_new(int family, struct socket **made);
int udp_socket_new(int family, struct socket **made);

/* Does this call return rather than block? */
bool socket_must_not_block(const struct socket *socket, int flags);

/*
 * wait_until() for a condition that the socket's `changed` tells of; a deadline of 0 does not wait at all. False also if
 * the thread is to end or has a signal to handle.
 */
#define socket_wait(socket, condition, deadline) \
    ((deadline) == 0 ? (bool)(condition)         \
                     : wait_until_or(&(socket)->changed, condition, wait_is_cancelled(), deadline))

/* Why socket_wait() did not get what it waited for: -EINTR, or `otherwise`. */
static inline int socket_wait_error(uint64_t deadline, int otherwise)
{
    return deadline && wait_is_cancelled() ? -EINTR : otherwise;
}

/* The deadline that a time limit means for a call that begins now. */
uint64_t socket_deadline(uint64_t limit);

/*
 * The way out of a call that may block, when nothing is held any more: does what ended the wait, and says whether the call
 * is to begin anew. One with a time limit does not, after a handler: its limit would begin anew, too.
 */
bool socket_begins_anew(ssize_t result, bool limited);

/* Takes the pending error: 0 or a negative errno. */
int socket_take_error(struct socket *socket);

/* The operations table of a descriptor that is a socket (file_socket.c). */
extern const struct file_operations socket_file_operations;

/* The socket behind a descriptor, with a reference for file_put(&socket->file). -EBADF, -ENOTSOCK. */
int socket_get(int descriptor, struct socket **found);

/* --- addresses (socket_address.c) --- */

/* Reads an application's address for a socket of this family. -EINVAL, -EAFNOSUPPORT. */
int endpoint_read(const struct socket *socket, const struct sockaddr *address, socklen_t length, struct endpoint *to);

/* Writes it as the socket's family has it, cut to *length, and sets *length to what it takes. `address` may be null. */
void endpoint_write(int family, const struct endpoint *from, struct sockaddr *address, socklen_t *length);

/* --- vectors --- */

/* Copies `size` bytes, from `offset` bytes into the vector on, out of it or into it. */
void vector_gather(const struct iovec *vector, int count, size_t offset, void *to, size_t size);
void vector_scatter(const struct iovec *vector, int count, size_t offset, const void *from, size_t size);

#endif
