/*
 * TCP connections: how they begin and end.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>

#include <lwip/priv/tcp_priv.h>

#include "core/bits.h"
#include "net/interface.h"
#include "net/network.h"
#include "posix/socket/tcp_socket.h"
#include "xen/clock.h"

static const struct socket_operations tcp_operations;

/* --- lwIP's side --- */

static void failed(void *argument, err_t error)
{
    struct tcp_socket *tcp = argument;
    bool connecting = tcp->stage == TCP_CONNECTING;

    /* lwIP has freed it. */
    tcp->pcb = NULL;
    if (error == ERR_RST)
        tcp->socket.error = connecting ? ECONNREFUSED : ECONNRESET;
    else if (error == ERR_ABRT)
        tcp->socket.error = interface_is_ending() ? ENETDOWN : ETIMEDOUT;
    else if (error != ERR_CLSD)
        tcp->socket.error = -network_errno(error);
    if (connecting)
        tcp->stage = TCP_FRESH;
    wait_wake_all(&tcp->socket.changed);
}

static void note_names(struct tcp_socket *tcp)
{
    tcp->local = (struct endpoint){ tcp->pcb->local_ip, tcp->pcb->local_port };
    tcp->peer = (struct endpoint){ tcp->pcb->remote_ip, tcp->pcb->remote_port };
}

static err_t connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct tcp_socket *tcp = argument;

    (void)pcb;
    (void)error;
    tcp->stage = TCP_CONNECTED;
    note_names(tcp);
    wait_wake_all(&tcp->socket.changed);
    return ERR_OK;
}

static void attach(struct tcp_socket *tcp, struct tcp_pcb *pcb)
{
    tcp->pcb = pcb;
    tcp_arg(pcb, tcp);
    tcp_recv(pcb, tcp_socket_received);
    tcp_sent(pcb, tcp_socket_sent);
    tcp_err(pcb, failed);
}

void tcp_socket_detach(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->pcb;

    tcp->pcb = NULL;
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
}

/* lwIP's end is made when it is first needed, when the options that shape it are known. */
static int need_pcb(struct tcp_socket *tcp)
{
    if (tcp->pcb)
        return 0;
    u8_t type = tcp->socket.family == AF_INET ? IPADDR_TYPE_V4
              : tcp->socket.v6_only           ? IPADDR_TYPE_V6
                                              : IPADDR_TYPE_ANY;
    struct tcp_pcb *pcb = tcp_new_ip_type(type);

    if (!pcb)
        return -ENOBUFS;
    attach(tcp, pcb);
    tcp_socket_apply_options(tcp);
    return 0;
}

static struct tcp_socket *new_tcp(int family)
{
    struct tcp_socket *tcp = calloc(1, sizeof *tcp);

    if (!tcp)
        return NULL;
    socket_init(&tcp->socket, &tcp_operations, family, SOCK_STREAM, IPPROTO_TCP);
    list_init(&tcp->arrived);
    list_init(&tcp->link);
    return tcp;
}

int tcp_socket_new(int family, struct socket **made)
{
    struct tcp_socket *tcp = new_tcp(family);

    if (!tcp)
        return -ENOMEM;
    *made = &tcp->socket;
    return 0;
}

/* --- beginning --- */

static int tcp_socket_bind(struct socket *socket, const struct endpoint *to)
{
    struct tcp_socket *tcp = tcp_of(socket);
    int error = tcp->stage != TCP_FRESH ? -EINVAL : need_pcb(tcp);

    if (error)
        return error;
    if (tcp->pcb->local_port)
        return -EINVAL;
    bool any = IP_IS_V6_VAL(to->address) && ip6_addr_isany(ip_2_ip6(&to->address)) && !socket->v6_only;

    if (!any && !ip_addr_isany(&to->address) && !interface_has_address(&to->address))
        return -EADDRNOTAVAIL;
    error = network_errno(tcp_bind(tcp->pcb, any ? IP_ANY_TYPE : &to->address, to->port));
    if (!error)
        note_names(tcp);
    return error;
}

static int wait_for_connection(struct tcp_socket *tcp)
{
    struct socket *socket = &tcp->socket;
    uint64_t deadline = socket_deadline(socket->send_limit);

    /* What ends the wait does not end the connecting. */
    if (!socket_wait(socket, tcp->stage != TCP_CONNECTING, deadline))
        return socket_wait_error(deadline, -EINPROGRESS);
    return tcp->stage == TCP_CONNECTED ? 0 : socket_take_error(socket);
}

static int tcp_socket_connect(struct socket *socket, const struct endpoint *to)
{
    struct tcp_socket *tcp = tcp_of(socket);
    bool wait = !socket_must_not_block(socket, 0);

    if (!to)
        return -EOPNOTSUPP;
    if (tcp->stage == TCP_LISTENING || tcp->stage == TCP_CONNECTED)
        return -EISCONN;
    if (tcp->stage == TCP_CONNECTING)
        return wait ? wait_for_connection(tcp) : -EALREADY;
    if (socket->error)
        return socket_take_error(socket);
    int error = need_pcb(tcp);

    if (error)
        return error;
    /* Nobody is at "any address": as elsewhere, that means this machine. */
    ip_addr_t address = to->address;

    if (ip_addr_isany(&address))
        ip_addr_copy(address, *(IP_IS_V6_VAL(address) ? ip6_loopback_address() : ip4_loopback_address()));
    error = network_errno(tcp_connect(tcp->pcb, &address, to->port, connected));
    if (error)
        return error;
    tcp->stage = TCP_CONNECTING;
    note_names(tcp);
    network_settle();
    if (tcp->stage != TCP_CONNECTING || wait)
        return wait_for_connection(tcp);
    return -EINPROGRESS;
}

/* --- listening --- */

static err_t arrived(void *argument, struct tcp_pcb *pcb, err_t error)
{
    struct tcp_socket *listener = argument;

    /* Out of memory; the peer tries again. */
    if (error != ERR_OK || !pcb)
        return ERR_VAL;
    struct tcp_socket *tcp = new_tcp(listener->socket.family);

    if (!tcp)
        return ERR_MEM;
    tcp->stage = TCP_CONNECTED;
    tcp->socket.keep_alive = listener->socket.keep_alive;
    tcp->socket.hops = listener->socket.hops;
    tcp->socket.service = listener->socket.service;
    tcp->no_delay = listener->no_delay;
    tcp->keep_idle = listener->keep_idle;
    tcp->keep_interval = listener->keep_interval;
    tcp->keep_count = listener->keep_count;
    attach(tcp, pcb);
    tcp_socket_apply_options(tcp);
    note_names(tcp);
    tcp_backlog_delayed(pcb);
    list_insert(&listener->arrived, &tcp->link);
    wait_wake_all(&listener->socket.changed);
    return ERR_OK;
}

static int tcp_socket_listen(struct socket *socket, int backlog)
{
    struct tcp_socket *tcp = tcp_of(socket);
    u8_t length = (u8_t)MIN(MAX(backlog, 1), SOMAXCONN);
    err_t error = ERR_OK;

    if (tcp->stage == TCP_LISTENING) {
        tcp_backlog_set(tcp->pcb, length);
        return 0;
    }
    int failure = tcp->stage != TCP_FRESH ? -EINVAL : need_pcb(tcp);

    if (failure)
        return failure;
    if (tcp->pcb->local_port == 0)
        error = tcp_bind(tcp->pcb, socket->family == AF_INET ? IP4_ADDR_ANY : IP_ANY_TYPE, 0);
    if (error != ERR_OK)
        return network_errno(error);
    note_names(tcp);
    struct tcp_pcb *listening = tcp_listen_with_backlog_and_err(tcp->pcb, length, &error);

    if (!listening)
        return network_errno(error);
    tcp->pcb = listening;
    tcp->stage = TCP_LISTENING;
    tcp_arg(listening, tcp);
    tcp_accept(listening, arrived);
    return 0;
}

static int tcp_socket_accept(struct socket *socket, struct socket **accepted)
{
    struct tcp_socket *listener = tcp_of(socket);
    uint64_t deadline = socket_must_not_block(socket, 0) ? 0 : socket_deadline(socket->receive_limit);

    if (listener->stage != TCP_LISTENING)
        return -EINVAL;
    if (!socket_wait(socket, !list_empty(&listener->arrived), deadline))
        return socket_wait_error(deadline, -EAGAIN);
    struct tcp_socket *tcp = list_first(&listener->arrived, struct tcp_socket, link);

    list_remove(&tcp->link);
    if (tcp->pcb)
        tcp_backlog_accepted(tcp->pcb);
    *accepted = &tcp->socket;
    return 0;
}

/* --- ending --- */

static int tcp_socket_shutdown(struct socket *socket, int how)
{
    struct tcp_socket *tcp = tcp_of(socket);

    if (tcp->stage != TCP_CONNECTED)
        return -ENOTCONN;
    if (how != SHUT_WR) {
        tcp->read_shut = true;
        if (tcp->pcb && tcp->received)
            tcp_recved(tcp->pcb, (u16_t)MIN(tcp->received, (size_t)0xffff));
        tcp_socket_discard(tcp);
    }
    if (how != SHUT_RD && !tcp->write_shut) {
        tcp->write_shut = true;
        if (tcp->pcb)
            tcp_shutdown(tcp->pcb, 0, 1);
        if (tcp->pcb && tcp->peer_closed)
            tcp_socket_detach(tcp);
    }
    network_settle();
    wait_wake_all(&socket->changed);
    return 0;
}

/* SO_LINGER: waits until the other side has everything. */
static void linger(struct tcp_socket *tcp)
{
    uint64_t deadline = socket_deadline((uint64_t)tcp->socket.linger.l_linger * NANOSECONDS_PER_SECOND);

    tcp_shutdown(tcp->pcb, 0, 1);
    tcp->write_shut = true;
    network_settle();
    wait_until(&tcp->socket.changed, !tcp->pcb || (!tcp->pcb->unsent && !tcp->pcb->unacked), deadline);
}

static void close_connection(struct tcp_socket *tcp)
{
    bool abort = tcp->received || (tcp->socket.linger.l_onoff && tcp->socket.linger.l_linger == 0);

    if (!abort && tcp->socket.linger.l_onoff && tcp->stage == TCP_CONNECTED)
        linger(tcp);
    tcp_socket_discard(tcp);
    struct tcp_pcb *pcb = tcp->pcb;

    if (!pcb)
        return;
    tcp_socket_detach(tcp);
    /* Data that nobody will read is told to the sender by a reset, as elsewhere. */
    if (abort)
        tcp_abort(pcb);
    else
        tcp_close(pcb);
}

static void tcp_socket_release(struct socket *socket)
{
    struct tcp_socket *tcp = tcp_of(socket);

    if (tcp->stage == TCP_LISTENING) {
        tcp_close(tcp->pcb);
        while (!list_empty(&tcp->arrived)) {
            struct tcp_socket *waiting = list_first(&tcp->arrived, struct tcp_socket, link);

            list_remove(&waiting->link);
            waiting->socket.linger = (struct linger){ .l_onoff = 1 };
            tcp_socket_release(&waiting->socket);
        }
    } else {
        close_connection(tcp);
    }
    free(tcp);
    network_settle();
}

/* --- asking --- */

static int tcp_socket_local(struct socket *socket, struct endpoint *at)
{
    *at = tcp_of(socket)->local;
    return 0;
}

static int tcp_socket_peer(struct socket *socket, struct endpoint *at)
{
    *at = tcp_of(socket)->peer;
    return tcp_of(socket)->stage == TCP_CONNECTED ? 0 : -ENOTCONN;
}

static short tcp_socket_poll(struct socket *socket)
{
    struct tcp_socket *tcp = tcp_of(socket);
    int ready = 0;

    if (tcp->stage == TCP_LISTENING)
        return list_empty(&tcp->arrived) ? 0 : POLLIN;
    if (tcp->stage == TCP_CONNECTING)
        return 0;
    if (tcp->stage == TCP_FRESH)
        return POLLOUT | POLLHUP;
    if (tcp->received || tcp->peer_closed || tcp->read_shut || !tcp->pcb)
        ready |= POLLIN;
    if (tcp->peer_closed || tcp->read_shut)
        ready |= POLLRDHUP;
    if (tcp_socket_writable(tcp))
        ready |= POLLOUT;
    if (!tcp->pcb || (tcp->write_shut && (tcp->peer_closed || tcp->read_shut)))
        ready |= POLLHUP;
    return (short)ready;
}

static ssize_t tcp_socket_available(struct socket *socket)
{
    struct tcp_socket *tcp = tcp_of(socket);

    return tcp->stage == TCP_LISTENING ? -EINVAL : (ssize_t)tcp->received;
}

static const struct socket_operations tcp_operations = {
    .bind = tcp_socket_bind,
    .connect = tcp_socket_connect,
    .listen = tcp_socket_listen,
    .accept = tcp_socket_accept,
    .send = tcp_socket_send,
    .receive = tcp_socket_receive,
    .shutdown = tcp_socket_shutdown,
    .local = tcp_socket_local,
    .peer = tcp_socket_peer,
    .get_option = tcp_socket_get_option,
    .set_option = tcp_socket_set_option,
    .poll = tcp_socket_poll,
    .available = tcp_socket_available,
    .release = tcp_socket_release,
};
