/*
 * Sockets, by the loopback.
 */
#include "conform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* An address of the loopback, with a port or 0. */
static socklen_t loopback(int family, int port, struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        struct sockaddr_in *four = (struct sockaddr_in *)address;

        four->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        four->sin_port = htons((uint16_t)port);
        return sizeof *four;
    }
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)address;

    six->sin6_addr = in6addr_loopback;
    six->sin6_port = htons((uint16_t)port);
    return sizeof *six;
}

static int port_of(int socket)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;

    if (getsockname(socket, (struct sockaddr *)&address, &length))
        return -1;
    return ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                              : ((struct sockaddr_in6 *)&address)->sin6_port);
}

static int listener_of(int family)
{
    struct sockaddr_storage address;
    socklen_t length = loopback(family, 0, &address);
    int listener = socket(family, SOCK_STREAM, 0), yes = 1;

    CHECK(listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    CHECK(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 4) == 0);
    return listener;
}

static void check_tcp(int family, const char *name)
{
    struct sockaddr_storage address;
    char text[32];
    int ready, yes = 1;
    socklen_t size = sizeof yes;

    begin_group(name, "connect, accept, send, recv, shutdown, options");
    int listener = listener_of(family), one = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t length = loopback(family, port_of(listener), &address);

    CHECK(port_of(listener) > 0 && fcntl(one, F_GETFD) == FD_CLOEXEC);
    CHECK_REFUSED(recv(one, text, 1, 0), ENOTCONN);
    CHECK(connect(one, (struct sockaddr *)&address, length) == 0);
    CHECK_REFUSED(connect(one, (struct sockaddr *)&address, length), EISCONN);
    length = sizeof address;
    int two = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK);

    CHECK(two >= 0 && address.ss_family == family && (fcntl(two, F_GETFL) & O_NONBLOCK));
    CHECK(getpeername(two, (struct sockaddr *)&address, &length) == 0 && port_of(one) > 0);
    CHECK_REFUSED(recv(two, text, 1, 0), EAGAIN);
    CHECK(setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) == 0);
    CHECK(getsockopt(one, SOL_SOCKET, SO_TYPE, &ready, &size) == 0 && ready == SOCK_STREAM);
    CHECK(getsockopt(one, SOL_SOCKET, SO_ERROR, &ready, &size) == 0 && ready == 0);
    CHECK(send(one, "hello", 5, 0) == 5);
    struct pollfd watched = { .fd = two, .events = POLLIN };

    CHECK(poll(&watched, 1, 5000) == 1 && watched.revents == POLLIN && ioctl(two, FIONREAD, &ready) == 0 && ready == 5);
    CHECK(recv(two, text, 2, MSG_PEEK) == 2 && read(two, text, sizeof text) == 5 && memcmp(text, "hello", 5) == 0);
    struct iovec parts[2] = { { "ab", 2 }, { "cd", 2 } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

    CHECK(sendmsg(two, &message, 0) == 4 && recv(one, text, 4, MSG_WAITALL) == 4 && memcmp(text, "abcd", 4) == 0);
    CHECK_REFUSED(lseek(one, 0, SEEK_CUR), ESPIPE);
    CHECK(shutdown(one, SHUT_WR) == 0 && poll(&watched, 1, 5000) == 1 && read(two, text, 1) == 0);
    CHECK_REFUSED(send(one, "x", 1, MSG_NOSIGNAL), EPIPE);
    CHECK(write(two, "back", 4) == 4 && read(one, text, sizeof text) == 4);
    CHECK(close(two) == 0 && read(one, text, 1) == 0 && close(one) == 0 && close(listener) == 0);
}

static void check_udp(void)
{
    struct sockaddr_storage address, from;
    struct timeval soon = { 0, 20000 };
    socklen_t length = loopback(AF_INET, 0, &address), size = sizeof from;
    int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char text[16];

    begin_group("UDP", "sendto, recvfrom, connect, time-outs, sizes");
    CHECK(bind(one, (struct sockaddr *)&address, length) == 0);
    CHECK_REFUSED(bind(two, (struct sockaddr *)&address, 2), EINVAL);
    CHECK_REFUSED(recv(two, text, 1, 0), EAGAIN);
    length = loopback(AF_INET, port_of(one), &address);
    CHECK_REFUSED(bind(two, (struct sockaddr *)&address, length), EADDRINUSE);
    CHECK(sendto(two, "datagram", 8, 0, (struct sockaddr *)&address, length) == 8);
    CHECK(sendto(two, "", 0, 0, (struct sockaddr *)&address, length) == 0);
    CHECK(recvfrom(one, text, 4, 0, (struct sockaddr *)&from, &size) == 4 && memcmp(text, "data", 4) == 0);
    CHECK(recv(one, text, sizeof text, 0) == 0);
    CHECK(setsockopt(one, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon) == 0);
    CHECK_REFUSED(recv(one, text, 1, 0), EAGAIN);
    CHECK_REFUSED(listen(one, 1), EOPNOTSUPP);
    CHECK(connect(two, (struct sockaddr *)&address, length) == 0 && send(two, "yes", 3, 0) == 3);
    CHECK(recv(one, text, sizeof text, 0) == 3 && close(one) == 0 && close(two) == 0);
}

static void check_refusals(void)
{
    struct sockaddr_storage address;
    int listener, left, ready;
    socklen_t size = sizeof left;

    begin_group("sockets: refusals", "families, types, closed ports, non-blocking connect");
    CHECK(socket(AF_INET, 99, 0) == -1);
    CHECK_REFUSED(socket(99, SOCK_STREAM, 0), EAFNOSUPPORT);
    listener = listener_of(AF_INET);
    int port = port_of(listener);

    close(listener);
    socklen_t length = loopback(AF_INET, port, &address);
    int one = socket(AF_INET, SOCK_STREAM, 0);

    CHECK_REFUSED(connect(one, (struct sockaddr *)&address, length), ECONNREFUSED);
    close(one);
    listener = listener_of(AF_INET);
    length = loopback(AF_INET, port_of(listener), &address);
    one = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int result = connect(one, (struct sockaddr *)&address, length);

    CHECK(result == 0 || errno == EINPROGRESS);
    struct pollfd watched = { .fd = one, .events = POLLOUT };

    CHECK(poll(&watched, 1, 5000) == 1 && watched.revents == POLLOUT);
    CHECK(getsockopt(one, SOL_SOCKET, SO_ERROR, &left, &size) == 0 && left == 0);
    CHECK_REFUSED(accept(one, NULL, NULL), EINVAL);
    fcntl(listener, F_SETFL, O_NONBLOCK);
    int two = accept(listener, NULL, NULL);

    CHECK(two >= 0);
    CHECK_REFUSED(accept(listener, NULL, NULL), EAGAIN);
    CHECK_REFUSED(getsockname(0, (struct sockaddr *)&address, &length), ENOTSOCK);
    CHECK_REFUSED(shutdown(-1, SHUT_RD), EBADF);
    CHECK(ioctl(two, FIONREAD, &ready) == 0 && ready == 0);
    close(one);
    close(two);
    close(listener);
}

/* A pipe, a socket and a timer in one call. */
static void check_waiting(void)
{
    struct sockaddr_storage address;
    struct epoll_event event = { .events = EPOLLIN, .data.u32 = 9 }, got;
    struct timeval none = { 0, 1000 };
    int ends[2], listener, epoll = epoll_create1(EPOLL_CLOEXEC);
    fd_set set;
    char byte;

    begin_group("waiting", "select, pselect, poll, epoll over pipes and sockets at once");
    listener = listener_of(AF_INET);
    socklen_t length = loopback(AF_INET, port_of(listener), &address);

    CHECK(pipe(ends) == 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == 0);
    FD_ZERO(&set);
    FD_SET(listener, &set);
    FD_SET(ends[0], &set);
    CHECK(select(FD_SETSIZE, &set, NULL, NULL, &none) == 0 && !FD_ISSET(listener, &set));
    int one = socket(AF_INET, SOCK_STREAM, 0);

    CHECK(connect(one, (struct sockaddr *)&address, length) == 0 && write(ends[1], "x", 1) == 1);
    FD_SET(listener, &set);
    FD_SET(ends[0], &set);
    CHECK(pselect(FD_SETSIZE, &set, NULL, NULL, NULL, NULL) == 2 && FD_ISSET(listener, &set) && FD_ISSET(ends[0], &set));
    CHECK(epoll_wait(epoll, &got, 1, 5000) == 1 && got.data.u32 == 9);
    struct pollfd watched[3] = {
        { .fd = listener, .events = POLLIN }, { .fd = ends[0], .events = POLLIN }, { .fd = -1, .events = POLLIN },
    };

    CHECK(poll(watched, 3, 5000) == 2 && watched[0].revents == POLLIN && watched[1].revents == POLLIN && !watched[2].revents);
    CHECK(read(ends[0], &byte, 1) == 1 && poll(watched, 3, 0) == 1);
    int copies[50], high = 0;

    FD_ZERO(&set);
    for (int i = 0; i < 50; i++) {
        copies[i] = fcntl(ends[0], F_DUPFD, 900);
        high += copies[i] == 900 + i;
        if (copies[i] >= 0 && copies[i] < FD_SETSIZE)
            FD_SET(copies[i], &set);
    }
    CHECK(FD_SETSIZE >= 950 && high == 50 && select(950, &set, NULL, NULL, &none) == 0 && !FD_ISSET(900, &set));
    for (int i = 0; i < 50; i++)
        FD_SET(copies[i], &set);
    CHECK(write(ends[1], "y", 1) == 1 && select(950, &set, NULL, NULL, NULL) == 50 && FD_ISSET(949, &set));
    CHECK(read(ends[0], &byte, 1) == 1);
    for (int i = 0; i < 50; i++)
        close(copies[i]);
    watched[2].fd = 999;
    CHECK(poll(watched, 3, 0) == 2 && watched[2].revents == POLLNVAL);
    close(one);
    close(listener);
    close(epoll);
    close(ends[0]);
    close(ends[1]);
}

static void check_addresses(void)
{
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST }, *found = NULL;
    struct in6_addr six;
    struct in_addr four;
    char text[64], port[8];

    begin_group("addresses", "inet_*, getaddrinfo, getnameinfo");
    CHECK(inet_pton(AF_INET, "192.0.2.33", &four) == 1 && four.s_addr == htonl(0xc0000221));
    CHECK(inet_pton(AF_INET, "192.0.2", &four) == 0 && inet_pton(AF_INET6, "2001:db8::1", &six) == 1);
    CHECK(inet_ntop(AF_INET6, &six, text, sizeof text) == text && strcmp(text, "2001:db8::1") == 0);
    errno = 0;
    CHECK(inet_ntop(AF_INET6, &six, text, 4) == NULL && errno == ENOSPC);
    CHECK(inet_addr("10.0.0.1") == htonl(0x0a000001) && inet_aton("1.2.3.4", &four) == 1);
    CHECK(strcmp(inet_ntoa(four), "1.2.3.4") == 0 && htons(0x1234) == 0x3412 && ntohl(htonl(7)) == 7);
    CHECK(getaddrinfo("127.0.0.1", "80", &hints, &found) == 0 && found && found->ai_family == AF_INET);
    CHECK(((struct sockaddr_in *)found->ai_addr)->sin_port == htons(80));
    CHECK(getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0);
    CHECK_TEXT(text, "127.0.0.1");
    CHECK_TEXT(port, "80");
    freeaddrinfo(found);
    CHECK(getaddrinfo("not-a-number", NULL, &hints, &found) == EAI_NONAME && strlen(gai_strerror(EAI_NONAME)) > 0);
    hints.ai_flags = 0;
    CHECK(getaddrinfo("localhost", NULL, &hints, &found) == 0);
    CHECK(((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    freeaddrinfo(found);
}

void check_sockets(void)
{
    signal(SIGPIPE, SIG_IGN);
    check_tcp(AF_INET, "TCP: IPv4");
    check_tcp(AF_INET6, "TCP: IPv6");
    check_udp();
    check_refusals();
    check_waiting();
    check_addresses();
}
