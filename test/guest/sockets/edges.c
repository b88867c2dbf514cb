/*
 * Where sockets are asked for what is not there, not yet, or not any more.
 */
#include <netdb.h>
#include <sys/ioctl.h>

#include "sockets.h"

static int option(int socket_, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;

    check_equal(getsockopt(socket_, level, name, &value, &length), 0);
    check_equal(length, sizeof value);
    return value;
}

static void set(int socket_, int level, int name, int value)
{
    check_equal(setsockopt(socket_, level, name, &value, sizeof value), 0);
}

TEST(callers_beyond_the_backlog_wait_or_fail)
{
    enum { CALLERS = 8 };
    struct sockaddr_storage address;
    int port, clients[CALLERS], taken = 0, listening = listener(AF_INET, &port);
    socklen_t length = loopback(AF_INET, port, &address);

    check_equal(listen(listening, 1), 0);
    for (int i = 0; i < CALLERS; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        check(connect(clients[i], (struct sockaddr *)&address, length) == 0 || errno == EINPROGRESS);
    }
    /* As room is made, more come. */
    while (ready(listening, POLLIN, taken < 2 ? 1000 : 50)) {
        int server = accept(listening, NULL, NULL);

        check(server >= 0);
        taken++;
        close(server);
    }
    check(taken >= 1 && taken <= CALLERS);
    for (int i = 0; i < CALLERS; i++)
        close(clients[i]);
    close(listening);
}

TEST(a_refused_connection_is_told_once)
{
    struct sockaddr_storage address;
    int port, gone = listener(AF_INET, &port), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    socklen_t length = loopback(AF_INET, port, &address);

    close(gone);
    int result = connect(client, (struct sockaddr *)&address, length);

    if (result < 0 && errno == EINPROGRESS) {
        check(ready(client, POLLOUT, 1000) & (POLLERR | POLLHUP | POLLOUT));
        check_equal(option(client, SOL_SOCKET, SO_ERROR), ECONNREFUSED);
    } else {
        check_equal(errno, ECONNREFUSED);
    }
    check_equal(option(client, SOL_SOCKET, SO_ERROR), 0);
    close(client);
}

TEST(a_socket_can_try_again)
{
    struct sockaddr_storage address;
    int port, gone = listener(AF_INET, &port), client = socket(AF_INET, SOCK_STREAM, 0);

    close(gone);
    check_refused(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address)), ECONNREFUSED);
    int listening = listener(AF_INET, &port);

    check_equal(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address)), 0);
    check_refused(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address)), EISCONN);
    close(client);
    close(listening);
}

TEST(half_open)
{
    struct linger at_once = { .l_onoff = 1 };
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(setsockopt(server, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    check_equal(close(server), 0);
    check(ready(client, POLLIN, 1000) & POLLIN);
    check_equal(option(client, SOL_SOCKET, SO_ERROR), ECONNRESET);
    check_equal(recv(client, &byte, 1, 0), 0);
    check_refused(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
    close(client);
}

TEST(no_more_reading)
{
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(shutdown(client, SHUT_RD), 0);
    check_equal(recv(client, &byte, 1, 0), 0);
    check(ready(client, POLLIN, 0) & POLLIN);
    check_equal(send(client, "x", 1, 0), 1);
    check_equal(recv(server, &byte, 1, 0), 1);
    check_equal(shutdown(client, SHUT_RDWR), 0);
    check_equal(recv(server, &byte, 1, 0), 0);
    check_refused(shutdown(client, 77), EINVAL);
    close(client);
    close(server);
}

TEST(flags_of_one_call)
{
    int client, server;
    char buffer[16] = "";

    connection(AF_INET, &client, &server);
    check_refused(recv(server, buffer, 1, MSG_DONTWAIT), EAGAIN);
    check_equal(send(client, "12", 2, MSG_MORE), 2);
    check_equal(send(client, "34", 2, 0), 2);
    check_equal(recv(server, buffer, 4, MSG_WAITALL), 4);
    check_text(buffer, "1234");
    check_equal(send(client, "end", 3, 0), 3);
    check_equal(shutdown(client, SHUT_WR), 0);
    /* The end of the stream is before so many. */
    check_equal(recv(server, buffer, sizeof buffer, MSG_WAITALL), 3);
    check_equal(recv(server, buffer, sizeof buffer, MSG_WAITALL), 0);
    check_equal(send(server, "", 0, 0), 0);
    close(client);
    close(server);
}

TEST(what_a_socket_says_of_itself)
{
    int port, listening = listener(AF_INET6, &port), datagrams = socket(AF_INET, SOCK_DGRAM, 0);

    check_equal(option(listening, SOL_SOCKET, SO_ACCEPTCONN), 1);
    check_equal(option(datagrams, SOL_SOCKET, SO_ACCEPTCONN), 0);
    check_equal(option(listening, SOL_SOCKET, SO_DOMAIN), AF_INET6);
    check_equal(option(listening, SOL_SOCKET, SO_PROTOCOL), IPPROTO_TCP);
    check_equal(option(datagrams, SOL_SOCKET, SO_TYPE), SOCK_DGRAM);
    check_equal(option(datagrams, SOL_SOCKET, SO_ERROR), 0);
    check(option(listening, SOL_SOCKET, SO_RCVBUF) >= 2048);
    check(option(listening, SOL_SOCKET, SO_SNDBUF) >= 2048);
    set(listening, SOL_SOCKET, SO_RCVBUF, 65536);
    set(listening, SOL_SOCKET, SO_KEEPALIVE, 1);
    check_equal(option(listening, SOL_SOCKET, SO_KEEPALIVE), 1);
    set(listening, IPPROTO_TCP, TCP_KEEPIDLE, 30);
    check_equal(option(listening, IPPROTO_TCP, TCP_KEEPIDLE), 30);
    set(datagrams, SOL_SOCKET, SO_BROADCAST, 1);
    check_equal(option(datagrams, SOL_SOCKET, SO_BROADCAST), 1);
    set(datagrams, IPPROTO_IP, IP_TTL, 5);
    check_equal(option(datagrams, IPPROTO_IP, IP_TTL), 5);
    set(datagrams, IPPROTO_IP, IP_TOS, 0x10);
    check_equal(option(datagrams, IPPROTO_IP, IP_TOS), 0x10);
    set(listening, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
    check_equal(option(listening, IPPROTO_IPV6, IPV6_UNICAST_HOPS), 9);
    int too_much = 256;

    check_refused(setsockopt(datagrams, IPPROTO_IP, IP_TTL, &too_much, sizeof too_much), EINVAL);
    check_refused(setsockopt(datagrams, SOL_SOCKET, SO_BROADCAST, "x", 1), EINVAL);
    check_refused(setsockopt(99, SOL_SOCKET, SO_BROADCAST, "xxxx", 4), EBADF);
    close(listening);
    close(datagrams);
}

TEST(one_family_alone)
{
    struct sockaddr_storage address;
    int six = socket(AF_INET6, SOCK_STREAM, 0), four = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in6 any6 = { .sin6_family = AF_INET6 };
    struct sockaddr_in any4 = { .sin_family = AF_INET };

    set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    check_equal(option(six, IPPROTO_IPV6, IPV6_V6ONLY), 1);
    check_equal(bind(six, (struct sockaddr *)&any6, sizeof any6), 0);
    check_equal(listen(six, 1), 0);
    any4.sin_port = htons((uint16_t)port_of(six));
    /* The other family's port of that number is another one. */
    check_equal(bind(four, (struct sockaddr *)&any4, sizeof any4), 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);

    check_refused(connect(client, (struct sockaddr *)&address, loopback(AF_INET, ntohs(any4.sin_port), &address)),
                  ECONNREFUSED);
    check_refused(connect(client, (struct sockaddr *)&address, loopback(AF_INET6, 1, &address)), EAFNOSUPPORT);
    check_refused(connect(client, (struct sockaddr *)&any4, 3), EINVAL);
    close(client);
    close(six);
    close(four);
}

TEST(datagrams_to_and_from_nowhere)
{
    struct sockaddr_storage address;
    struct sockaddr unspecified = { .sa_family = AF_UNSPEC };
    int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM, 0);
    char buffer[8];

    check_refused(recv(one, buffer, sizeof buffer, MSG_DONTWAIT), EAGAIN);
    check_equal(ready(one, POLLIN | POLLOUT, 0), POLLOUT);
    check_equal(bind(one, (struct sockaddr *)&address, loopback(AF_INET, 0, &address)), 0);
    /* A sender without a port gets one. */
    socklen_t length = loopback(AF_INET, port_of(one), &address);

    check_equal(sendto(two, "abc", 3, 0, (struct sockaddr *)&address, length), 3);
    check(port_of(two) > 0);
    check_equal(connect(two, (struct sockaddr *)&address, length), 0);
    check_equal(send(two, "def", 3, 0), 3);
    check_equal(connect(two, &unspecified, sizeof unspecified), 0);
    check_refused(send(two, "x", 1, 0), EDESTADDRREQ);
    check_equal(ready(one, POLLIN, 1000), POLLIN);
    int waiting = 0;

    check_equal(ioctl(one, FIONREAD, &waiting), 0);
    check_equal(waiting, 3);
    /* MSG_TRUNC asks for the whole size, MSG_PEEK leaves it there. */
    check_equal(recv(one, buffer, 1, MSG_PEEK | MSG_TRUNC), 3);
    check_equal(recv(one, buffer, sizeof buffer, 0), 3);
    check_equal(recv(one, buffer, sizeof buffer, 0), 3);
    check_refused(listen(one, 1), EOPNOTSUPP);
    check_refused(accept(one, NULL, NULL), EOPNOTSUPP);
    close(one);
    close(two);
}

TEST(names_in_the_new_family)
{
    struct addrinfo hints = { .ai_family = AF_INET6, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE }, *found;

    check_equal(getaddrinfo(NULL, "0", &hints, &found), 0);
    check_equal(found->ai_family, AF_INET6);
    check_equal(found->ai_socktype, SOCK_DGRAM);
    check(IN6_IS_ADDR_UNSPECIFIED(&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr));
    freeaddrinfo(found);
    hints.ai_flags = 0;
    check_equal(getaddrinfo("::1", NULL, &hints, &found), 0);
    check(IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)found->ai_addr)->sin6_addr));
    freeaddrinfo(found);
    hints.ai_flags = AI_NUMERICHOST;
    check(getaddrinfo("127.0.0.1", NULL, &hints, &found) != 0);
    check_equal(getaddrinfo(NULL, NULL, &hints, &found), EAI_NONAME);
    hints.ai_family = 77;
    check_equal(getaddrinfo("::1", NULL, &hints, &found), EAI_FAMILY);
}

TEST(accepting_with_flags)
{
    struct sockaddr_storage address, from;
    int port, listening = listener(AF_INET, &port), client = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof from;

    check_equal(fcntl(listening, F_SETFL, O_NONBLOCK), 0);
    check_refused(accept(listening, NULL, NULL), EAGAIN);
    check_equal(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address)), 0);
    int server = accept4(listening, (struct sockaddr *)&from, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

    check(server >= 0);
    check_equal(length, sizeof(struct sockaddr_in));
    check_equal(((struct sockaddr_in *)&from)->sin_port, htons((uint16_t)port_of(client)));
    check(fcntl(server, F_GETFL) & O_NONBLOCK);
    close(client);
    close(server);
    close(listening);
}
