/*
 * A TCP socket, shared by socket_tcp.c (connections) and socket_tcp_data.c (what flows over them).
 */
#ifndef LWD_POSIX_SOCKET_TCP_SOCKET_H
#define LWD_POSIX_SOCKET_TCP_SOCKET_H

#include <lwip/tcp.h>

#include "posix/socket/socket.h"

enum tcp_stage { TCP_FRESH, TCP_CONNECTING, TCP_CONNECTED, TCP_LISTENING };

struct tcp_socket {
    struct socket socket;
    enum tcp_stage stage;
    /*
     * lwIP's end; null before it is needed, after an error, and once both directions are closed: lwIP then sees to the
     * rest on its own, and frees it without a word.
     */
    struct tcp_pcb *pcb;
    struct endpoint local, peer;
    bool no_delay;
    unsigned keep_idle, keep_interval, keep_count;      /* seconds, seconds, probes; 0: lwIP's own */

    /* Received, not yet read: pbufs by their `next`, each counting for itself alone; `consumed` of the first is read. */
    struct pbuf *first, *last;
    size_t received, consumed;
    bool peer_closed, read_shut, write_shut;
    bool short_of_memory;       /* lwIP could not queue more; until something is acknowledged */

    struct list arrived;        /* listening: connections to accept, by their `link` */
    struct list link;
};

static inline struct tcp_socket *tcp_of(struct socket *socket)
{
    return container_of(socket, struct tcp_socket, socket);
}

/* --- socket_tcp_data.c --- */

ssize_t tcp_socket_send(struct socket *socket, const struct iovec *vector, int count, size_t size, int flags,
                        const struct endpoint *to);
ssize_t tcp_socket_receive(struct socket *socket, const struct iovec *vector, int count, size_t size, int *flags,
                           struct endpoint *from);

/* lwIP's callbacks. */
err_t tcp_socket_received(void *argument, struct tcp_pcb *pcb, struct pbuf *chain, err_t error);
err_t tcp_socket_sent(void *argument, struct tcp_pcb *pcb, u16_t count);

/* Drops what was received and not read. */
void tcp_socket_discard(struct tcp_socket *tcp);

/* Would a write take something now? */
bool tcp_socket_writable(const struct tcp_socket *tcp);

/* --- socket_tcp_options.c --- */

int tcp_socket_get_option(struct socket *socket, int level, int option, int *value);
int tcp_socket_set_option(struct socket *socket, int level, int option, int value);

/* Brings what the socket's options say to lwIP's end, if there is one. */
void tcp_socket_apply_options(struct tcp_socket *tcp);

/* --- socket_tcp.c --- */

/* Leaves the connection to lwIP, to finish. */
void tcp_socket_detach(struct tcp_socket *tcp);

#endif
