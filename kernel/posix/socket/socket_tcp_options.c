/*
 * Options of TCP sockets.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <lwip/priv/tcp_priv.h>

#include "posix/socket/tcp_socket.h"

void tcp_socket_apply_options(struct tcp_socket *tcp)
{
    struct tcp_pcb *pcb = tcp->pcb;

    if (!pcb)
        return;
    pcb->so_options &= (u8_t)~(SOF_REUSEADDR | SOF_KEEPALIVE);
    pcb->so_options |= (u8_t)((tcp->socket.reuse_address ? SOF_REUSEADDR : 0) |
                              (tcp->socket.keep_alive ? SOF_KEEPALIVE : 0));
    pcb->ttl = tcp->socket.hops ? tcp->socket.hops : TCP_TTL;
    pcb->tos = tcp->socket.service;
    if (tcp->stage == TCP_LISTENING)
        return;
    if (tcp->no_delay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    if (tcp->keep_idle)
        pcb->keep_idle = tcp->keep_idle * 1000;
    if (tcp->keep_interval)
        pcb->keep_intvl = tcp->keep_interval * 1000;
    if (tcp->keep_count)
        pcb->keep_cnt = tcp->keep_count;
}

int tcp_socket_get_option(struct socket *socket, int level, int option, int *value)
{
    struct tcp_socket *tcp = tcp_of(socket);

    if (level != IPPROTO_TCP)
        return -ENOPROTOOPT;
    switch (option) {
    case TCP_NODELAY:
        *value = tcp->no_delay;
        return 0;
    case TCP_MAXSEG:
        *value = tcp->pcb && tcp->stage == TCP_CONNECTED ? tcp_mss(tcp->pcb) : TCP_MSS;
        return 0;
    case TCP_KEEPIDLE:
        *value = tcp->keep_idle ? (int)tcp->keep_idle : TCP_KEEPIDLE_DEFAULT / 1000;
        return 0;
    case TCP_KEEPINTVL:
        *value = tcp->keep_interval ? (int)tcp->keep_interval : TCP_KEEPINTVL_DEFAULT / 1000;
        return 0;
    case TCP_KEEPCNT:
        *value = tcp->keep_count ? (int)tcp->keep_count : TCP_KEEPCNT_DEFAULT;
        return 0;
    default:
        return -ENOPROTOOPT;
    }
}

int tcp_socket_set_option(struct socket *socket, int level, int option, int value)
{
    struct tcp_socket *tcp = tcp_of(socket);

    if (level == SOL_SOCKET) {
        tcp_socket_apply_options(tcp);
        return 0;
    }
    if (level != IPPROTO_TCP)
        return -ENOPROTOOPT;
    if (option != TCP_NODELAY && (value < 1 || value > 32767))
        return -EINVAL;
    if (option == TCP_NODELAY)
        tcp->no_delay = value != 0;
    else if (option == TCP_KEEPIDLE)
        tcp->keep_idle = (unsigned)value;
    else if (option == TCP_KEEPINTVL)
        tcp->keep_interval = (unsigned)value;
    else if (option == TCP_KEEPCNT)
        tcp->keep_count = (unsigned)value;
    else
        return -ENOPROTOOPT;
    tcp_socket_apply_options(tcp);
    return 0;
}
