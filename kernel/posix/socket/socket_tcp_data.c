/*
 * What flows over TCP connections. Received packets stay where the network card put them until they are read; what is
 * written is copied once, into lwIP's segments.
 */
#include <errno.h>

#include "core/bits.h"
#include "net/network.h"
#include "posix/socket/tcp_socket.h"

/* A writer that had to wait goes on when so much is free, rather than for each acknowledgement. */
#define SEND_LOW_WATER (TCP_SND_BUF / 4)
#define WRITE_MAX 0xffff

/* --- from the network --- */

static void append(struct tcp_socket *tcp, struct pbuf *chain)
{
    struct pbuf *each = chain;

    if (tcp->last)
        tcp->last->next = chain;
    else
        tcp->first = chain;
    for (;; each = each->next) {
        tcp->received += each->len;
        each->tot_len = each->len;
        if (!each->next)
            break;
    }
    tcp->last = each;
}

static void drop_first(struct tcp_socket *tcp)
{
    struct pbuf *first = tcp->first;

    tcp->first = first->next;
    if (!tcp->first)
        tcp->last = NULL;
    tcp->consumed = 0;
    first->next = NULL;
    pbuf_free(first);
}

void tcp_socket_discard(struct tcp_socket *tcp)
{
    while (tcp->first)
        drop_first(tcp);
    tcp->received = 0;
}

err_t tcp_socket_received(void *argument, struct tcp_pcb *pcb, struct pbuf *chain, err_t error)
{
    struct tcp_socket *tcp = argument;

    (void)error;
    if (!chain) {
        tcp->peer_closed = true;
        if (tcp->write_shut)
            tcp_socket_detach(tcp);
    } else if (tcp->read_shut) {
        tcp_recved(pcb, chain->tot_len);
        pbuf_free(chain);
    } else {
        append(tcp, chain);
    }
    wait_wake_all(&tcp->socket.changed);
    return ERR_OK;
}

/* --- reading --- */

/* Takes up to `size` bytes, or looks at them. */
static size_t take(struct tcp_socket *tcp, const struct iovec *vector, int count, size_t offset, size_t size, bool peek)
{
    struct pbuf *at = tcp->first;
    size_t skip = tcp->consumed, done = 0;

    while (at && done < size) {
        size_t part = MIN(size - done, at->len - skip);

        vector_scatter(vector, count, offset + done, (char *)at->payload + skip, part);
        done += part;
        skip += part;
        if (skip < at->len)
            break;
        skip = 0;
        at = at->next;
    }
    if (peek)
        return done;
    while (tcp->first != at)
        drop_first(tcp);
    tcp->consumed = skip;
    tcp->received -= done;
    return done;
}

/* Opens the window for as much as was read. */
static void tell_sender(struct tcp_socket *tcp, size_t count)
{
    while (count && tcp->pcb) {
        size_t part = MIN(count, (size_t)0xffff);

        tcp_recved(tcp->pcb, (u16_t)part);
        count -= part;
    }
    network_settle();
}

static bool has_something_to_read(const struct tcp_socket *tcp)
{
    return tcp->received || tcp->peer_closed || tcp->read_shut || tcp->socket.error || !tcp->pcb;
}

/* Nothing is there to be read: 0 for the end of the stream, or why. */
static ssize_t end_of_stream(struct tcp_socket *tcp)
{
    if (tcp->socket.error && !tcp->peer_closed)
        return socket_take_error(&tcp->socket);
    return 0;
}

ssize_t tcp_socket_receive(struct socket *socket, const struct iovec *vector, int count, size_t size, int *flags,
                           struct endpoint *from)
{
    struct tcp_socket *tcp = tcp_of(socket);
    bool peek = *flags & MSG_PEEK;
    size_t wanted = (*flags & MSG_WAITALL) && !peek ? size : MIN(size, (size_t)1), done = 0;
    uint64_t deadline = socket_must_not_block(socket, *flags) ? 0 : socket_deadline(socket->receive_limit);

    if (tcp->stage != TCP_CONNECTED)
        return tcp->stage == TCP_CONNECTING ? -EAGAIN : -ENOTCONN;
    *from = tcp->peer;
    while (done < wanted || (tcp->received && done < size && !peek)) {
        if (!tcp->received) {
            if (has_something_to_read(tcp))
                return done ? (ssize_t)done : end_of_stream(tcp);
            if (!socket_wait(socket, has_something_to_read(tcp), deadline))
                return done ? (ssize_t)done : socket_wait_error(deadline, -EAGAIN);
            continue;
        }
        size_t part = take(tcp, vector, count, done, size - done, peek);

        done += part;
        if (!peek)
            tell_sender(tcp, part);
    }
    return (ssize_t)done;
}

/* --- writing --- */

err_t tcp_socket_sent(void *argument, struct tcp_pcb *pcb, u16_t count)
{
    struct tcp_socket *tcp = argument;

    (void)count;
    tcp->short_of_memory = false;
    if (pcb->snd_buf >= SEND_LOW_WATER)
        wait_wake_all(&tcp->socket.changed);
    return ERR_OK;
}

static size_t room(const struct tcp_socket *tcp)
{
    if (tcp->short_of_memory || tcp_sndqueuelen(tcp->pcb) + 2 >= TCP_SND_QUEUELEN)
        return 0;
    return tcp->pcb->snd_buf;
}

bool tcp_socket_writable(const struct tcp_socket *tcp)
{
    return !tcp->pcb || tcp->write_shut || room(tcp) >= SEND_LOW_WATER;
}

static ssize_t why_not_writable(const struct tcp_socket *tcp)
{
    if (tcp->socket.error)
        return -tcp->socket.error;
    if (tcp->stage == TCP_CONNECTING)
        return -EAGAIN;
    if (tcp->stage != TCP_CONNECTED)
        return -ENOTCONN;
    return tcp->write_shut || !tcp->pcb ? -EPIPE : 0;
}

/* Queues as much of one buffer as there is room for. Returns how much, or a negative errno. */
static ssize_t queue(struct tcp_socket *tcp, const char *data, size_t size, bool more)
{
    size_t done = 0;

    while (done < size && room(tcp)) {
        size_t part = MIN(MIN(size - done, room(tcp)), (size_t)WRITE_MAX);
        u8_t flags = TCP_WRITE_FLAG_COPY | (more || done + part < size ? TCP_WRITE_FLAG_MORE : 0);
        err_t error = tcp_write(tcp->pcb, data + done, (u16_t)part, flags);

        if (error == ERR_MEM) {
            /* What is on its way frees memory when it has arrived; if there is nothing, none will come. */
            tcp->short_of_memory = tcp_sndqueuelen(tcp->pcb) > 0;
            if (tcp->short_of_memory)
                break;
        }
        if (error != ERR_OK)
            return done ? (ssize_t)done : network_errno(error);
        done += part;
    }
    return (ssize_t)done;
}

static ssize_t queue_vector(struct tcp_socket *tcp, const struct iovec *vector, int count, size_t offset, bool more)
{
    ssize_t total = 0;

    for (int i = 0; i < count; i++) {
        if (offset >= vector[i].iov_len) {
            offset -= vector[i].iov_len;
            continue;
        }
        size_t size = vector[i].iov_len - offset;
        ssize_t done = queue(tcp, (char *)vector[i].iov_base + offset, size, more || i + 1 < count);

        if (done > 0)
            total += done;
        if (done < (ssize_t)size)
            return total ? total : done;
        offset = 0;
    }
    return total;
}

ssize_t tcp_socket_send(struct socket *socket, const struct iovec *vector, int count, size_t size, int flags,
                        const struct endpoint *to)
{
    struct tcp_socket *tcp = tcp_of(socket);
    uint64_t deadline = socket_must_not_block(socket, flags) ? 0 : socket_deadline(socket->send_limit);
    size_t done = 0;
    ssize_t error;

    if (to)
        return tcp->stage == TCP_CONNECTED ? -EISCONN : -EOPNOTSUPP;
    while ((error = why_not_writable(tcp)) == 0 && done < size) {
        ssize_t part = queue_vector(tcp, vector, count, done, flags & MSG_MORE);

        if (part < 0) {
            error = part;
            break;
        }
        done += (size_t)part;
        if (!(flags & MSG_MORE) || part == 0)
            tcp_output(tcp->pcb);
        network_settle();
        if (done == size)
            break;
        if (!socket_wait(socket, tcp_socket_writable(tcp), deadline)) {
            error = socket_wait_error(deadline, -EAGAIN);
            break;
        }
    }
    /* After a part has gone, the error is the next call's. */
    if (done)
        return (ssize_t)done;
    return socket->error ? socket_take_error(socket) : error;
}
