/*
 * UDP: datagrams, queued as they come until they are read.
 */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>

#include <lwip/netif.h>
#include <lwip/udp.h>

#include "core/bits.h"
#include "net/interface.h"
#include "net/network.h"
#include "posix/socket/socket.h"

/* Bytes of datagrams that wait to be read; what comes then is lost, as datagrams may be. */
#define RECEIVE_BUFFER (208 * 1024)
#define DATAGRAM_MAX 65507

struct udp_socket {
    struct socket socket;
    struct udp_pcb *pcb;
    struct list received;       /* of struct datagram */
    size_t waiting;             /* bytes in them */
    bool connected, read_shut, write_shut;
};

struct datagram {
    struct list link;
    struct pbuf *data;
    struct endpoint from;
};

static const struct socket_operations udp_operations;

static struct udp_socket *udp_of(struct socket *socket)
{
    return container_of(socket, struct udp_socket, socket);
}

static void received(void *argument, struct udp_pcb *pcb, struct pbuf *data, const ip_addr_t *address, u16_t port)
{
    struct udp_socket *udp = argument;
    bool room = !udp->read_shut && udp->waiting + data->tot_len <= RECEIVE_BUFFER;
    struct datagram *datagram = room ? network_allocate(sizeof *datagram) : NULL;

    (void)pcb;
    if (!datagram) {
        pbuf_free(data);
        return;
    }
    datagram->data = data;
    datagram->from = (struct endpoint){ *address, port };
    udp->waiting += data->tot_len;
    list_insert(&udp->received, &datagram->link);
    wait_wake_all(&udp->socket.changed);
}

static void drop(struct udp_socket *udp, struct datagram *datagram)
{
    list_remove(&datagram->link);
    udp->waiting -= datagram->data->tot_len;
    pbuf_free(datagram->data);
    network_release(datagram);
}

int udp_socket_new(int family, struct socket **made)
{
    struct udp_socket *udp = calloc(1, sizeof *udp);

    if (!udp)
        return -ENOMEM;
    socket_init(&udp->socket, &udp_operations, family, SOCK_DGRAM, IPPROTO_UDP);
    list_init(&udp->received);
    udp->pcb = udp_new_ip_type(family == AF_INET ? IPADDR_TYPE_V4 : IPADDR_TYPE_ANY);
    if (!udp->pcb) {
        free(udp);
        return -ENOBUFS;
    }
    udp_recv(udp->pcb, received, udp);
    *made = &udp->socket;
    return 0;
}

static int udp_socket_bind(struct socket *socket, const struct endpoint *to)
{
    struct udp_socket *udp = udp_of(socket);
    bool any = IP_IS_V6_VAL(to->address) && ip6_addr_isany(ip_2_ip6(&to->address)) && !socket->v6_only;

    if (udp->pcb->local_port)
        return -EINVAL;
    if (!any && !ip_addr_isany(&to->address) && !ip_addr_ismulticast(&to->address) &&
        !interface_has_address(&to->address))
        return -EADDRNOTAVAIL;
    return network_errno(udp_bind(udp->pcb, any ? IP_ANY_TYPE : &to->address, to->port));
}

static int udp_socket_connect(struct socket *socket, const struct endpoint *to)
{
    struct udp_socket *udp = udp_of(socket);

    if (!to) {
        udp->connected = false;
        udp_disconnect(udp->pcb);
        return 0;
    }
    ip_addr_t address = to->address;

    if (ip_addr_isany(&address))
        ip_addr_copy(address, *(IP_IS_V6_VAL(address) ? ip6_loopback_address() : ip4_loopback_address()));
    if (!ip_route(&udp->pcb->local_ip, &address))
        return -ENETUNREACH;
    int error = network_errno(udp_connect(udp->pcb, &address, to->port));

    udp->connected = udp->connected || !error;
    return error;
}

/* --- sending --- */

static int transmit(struct udp_socket *udp, struct pbuf *data, const struct endpoint *to)
{
    ip_addr_t address;

    if (!to)
        return network_errno(udp_send(udp->pcb, data));
    ip_addr_copy(address, to->address);
    if (ip_addr_isany(&address))
        ip_addr_copy(address, *(IP_IS_V6_VAL(address) ? ip6_loopback_address() : ip4_loopback_address()));
    return network_errno(udp_sendto(udp->pcb, data, &address, to->port));
}

static bool is_broadcast(const ip_addr_t *address)
{
    struct netif *netif = IP_IS_V4(address) ? ip_route(IP4_ADDR_ANY, address) : NULL;

    return netif && ip_addr_isbroadcast(address, netif);
}

static ssize_t udp_socket_send(struct socket *socket, const struct iovec *vector, int count, size_t size, int flags,
                               const struct endpoint *to)
{
    struct udp_socket *udp = udp_of(socket);

    (void)flags;
    if (socket->error)
        return socket_take_error(socket);
    if (udp->write_shut)
        return -EPIPE;
    if (!to && !udp->connected)
        return -EDESTADDRREQ;
    if (size > DATAGRAM_MAX)
        return -EMSGSIZE;
    if (!socket->broadcast && is_broadcast(to ? &to->address : &udp->pcb->remote_ip))
        return -EACCES;
    struct pbuf *data = pbuf_alloc(PBUF_TRANSPORT, (u16_t)size, PBUF_RAM);

    if (!data)
        return -ENOBUFS;
    vector_gather(vector, count, 0, data->payload, size);
    int error = transmit(udp, data, to);

    pbuf_free(data);
    network_settle();
    return error ? error : (ssize_t)size;
}

/* --- receiving --- */

static void scatter(const struct iovec *vector, int count, const struct pbuf *data, size_t size)
{
    size_t offset = 0;

    for (; data && offset < size; data = data->next) {
        size_t part = MIN(size - offset, (size_t)data->len);

        vector_scatter(vector, count, offset, data->payload, part);
        offset += part;
    }
}

static bool has_something_to_read(const struct udp_socket *udp)
{
    return !list_empty(&udp->received) || udp->read_shut || udp->socket.error;
}

static ssize_t udp_socket_receive(struct socket *socket, const struct iovec *vector, int count, size_t size, int *flags,
                                  struct endpoint *from)
{
    struct udp_socket *udp = udp_of(socket);
    uint64_t deadline = socket_must_not_block(socket, *flags) ? 0 : socket_deadline(socket->receive_limit);

    if (!socket_wait(socket, has_something_to_read(udp), deadline))
        return socket_wait_error(deadline, -EAGAIN);
    if (list_empty(&udp->received))
        return socket->error ? socket_take_error(socket) : 0;
    struct datagram *datagram = list_first(&udp->received, struct datagram, link);
    size_t whole = datagram->data->tot_len;

    scatter(vector, count, datagram->data, MIN(size, whole));
    *from = datagram->from;
    bool tell_whole = *flags & MSG_TRUNC;

    *flags = (*flags & ~MSG_TRUNC) | (whole > size ? MSG_TRUNC : 0);
    if (!(*flags & MSG_PEEK))
        drop(udp, datagram);
    return (ssize_t)(tell_whole ? whole : MIN(size, whole));
}

/* --- the rest --- */

static int udp_socket_shutdown(struct socket *socket, int how)
{
    struct udp_socket *udp = udp_of(socket);

    if (!udp->connected)
        return -ENOTCONN;
    udp->read_shut |= how != SHUT_WR;
    udp->write_shut |= how != SHUT_RD;
    wait_wake_all(&socket->changed);
    return 0;
}

static int udp_socket_local(struct socket *socket, struct endpoint *at)
{
    struct udp_pcb *pcb = udp_of(socket)->pcb;

    *at = (struct endpoint){ pcb->local_ip, pcb->local_port };
    if (udp_of(socket)->connected && ip_addr_isany(&at->address)) {
        struct netif *netif = ip_route(&pcb->local_ip, &pcb->remote_ip);
        const ip_addr_t *address = netif ? ip_netif_get_local_ip(netif, &pcb->remote_ip) : NULL;

        if (address)
            ip_addr_copy(at->address, *address);
    }
    return 0;
}

static int udp_socket_peer(struct socket *socket, struct endpoint *at)
{
    struct udp_socket *udp = udp_of(socket);

    *at = (struct endpoint){ udp->pcb->remote_ip, udp->pcb->remote_port };
    return udp->connected ? 0 : -ENOTCONN;
}

static short udp_socket_poll(struct socket *socket)
{
    return (short)((has_something_to_read(udp_of(socket)) ? POLLIN : 0) | POLLOUT);
}

static ssize_t udp_socket_available(struct socket *socket)
{
    struct udp_socket *udp = udp_of(socket);

    if (list_empty(&udp->received))
        return 0;
    return list_first(&udp->received, struct datagram, link)->data->tot_len;
}

static int udp_socket_set_option(struct socket *socket, int level, int option, int value)
{
    struct udp_pcb *pcb = udp_of(socket)->pcb;

    (void)option;
    (void)value;
    if (level != SOL_SOCKET)
        return -ENOPROTOOPT;
    pcb->so_options &= (u8_t)~(SOF_REUSEADDR | SOF_BROADCAST);
    pcb->so_options |= (u8_t)((socket->reuse_address ? SOF_REUSEADDR : 0) | (socket->broadcast ? SOF_BROADCAST : 0));
    pcb->ttl = socket->hops ? socket->hops : UDP_TTL;
    pcb->tos = socket->service;
    return 0;
}

static int udp_socket_get_option(struct socket *socket, int level, int option, int *value)
{
    (void)socket;
    (void)level;
    (void)option;
    (void)value;
    return -ENOPROTOOPT;
}

static void udp_socket_release(struct socket *socket)
{
    struct udp_socket *udp = udp_of(socket);

    udp_remove(udp->pcb);
    while (!list_empty(&udp->received))
        drop(udp, list_first(&udp->received, struct datagram, link));
    free(udp);
}

static const struct socket_operations udp_operations = {
    .bind = udp_socket_bind,
    .connect = udp_socket_connect,
    .send = udp_socket_send,
    .receive = udp_socket_receive,
    .shutdown = udp_socket_shutdown,
    .local = udp_socket_local,
    .peer = udp_socket_peer,
    .get_option = udp_socket_get_option,
    .set_option = udp_socket_set_option,
    .poll = udp_socket_poll,
    .available = udp_socket_available,
    .release = udp_socket_release,
};
