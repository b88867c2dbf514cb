/*
 * Streams.
 */
#include <sys/ioctl.h>
#include <sys/uio.h>

#include "sockets.h"

static void echo_once(int family)
{
    int client, server;
    char buffer[16] = "";

    connection(family, &client, &server);
    check_equal(send(client, "question", 8, 0), 8);
    check_equal(recv(server, buffer, sizeof buffer, 0), 8);
    check_text(buffer, "question");
    check_equal(write(server, "answer", 6), 6);
    check_equal(read(client, buffer, 3), 3);
    check_equal(read(client, buffer + 3, 13), 3);
    check(memcmp(buffer, "answer", 6) == 0);
    check_equal(close(client), 0);
    check_equal(recv(server, buffer, 1, 0), 0);
    check_equal(close(server), 0);
}

TEST(a_word_each_way_ipv4)
{
    echo_once(AF_INET);
}

TEST(a_word_each_way_ipv6)
{
    echo_once(AF_INET6);
}

/* A listener for both families sees IPv4 callers as mapped addresses. */
TEST(one_listener_for_both_families)
{
    struct sockaddr_in6 any = { .sin6_family = AF_INET6 }, caller;
    struct sockaddr_storage address;
    socklen_t length = sizeof caller;
    int no = 0, listening = socket(AF_INET6, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);

    check_equal(setsockopt(listening, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no), 0);
    check_equal(bind(listening, (struct sockaddr *)&any, sizeof any), 0);
    check_equal(listen(listening, 1), 0);
    check_equal(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port_of(listening), &address)), 0);
    int server = accept(listening, (struct sockaddr *)&caller, &length);

    check(server >= 0);
    check_equal(caller.sin6_family, AF_INET6);
    check(IN6_IS_ADDR_V4MAPPED(&caller.sin6_addr));
    check_equal(ntohs(caller.sin6_port), port_of(client));
    close(client);
    close(server);
    close(listening);
}

/* More than all buffers between them hold, with both ends in one thread: only non-blocking calls can do it. */
TEST(a_megabyte_through_full_buffers)
{
    enum { SIZE = 1 << 20 };
    int client, server;
    unsigned char *sent = malloc(SIZE), *got = malloc(SIZE);
    size_t out = 0, in = 0;

    check(sent && got);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (unsigned char)(i * 7 + (i >> 11));
    connection(AF_INET, &client, &server);
    check_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    check_equal(fcntl(server, F_SETFL, O_NONBLOCK), 0);
    while (in < SIZE) {
        ssize_t done = out < SIZE ? write(client, sent + out, SIZE - out) : 0;

        check(done >= 0 || errno == EAGAIN);
        out += done > 0 ? (size_t)done : 0;
        done = read(server, got + in, SIZE - in);
        check(done >= 0 || errno == EAGAIN);
        in += done > 0 ? (size_t)done : 0;
    }
    check(memcmp(sent, got, SIZE) == 0);
    check_refused(read(server, got, 1), EAGAIN);
    close(client);
    close(server);
    free(sent);
    free(got);
}

TEST(a_full_buffer_refuses_and_poll_knows)
{
    static char block[65536];
    int client, server;

    connection(AF_INET, &client, &server);
    check_equal(fcntl(client, F_SETFL, O_NONBLOCK), 0);
    check_equal(ready(client, POLLOUT, 0), POLLOUT);
    while (write(client, block, sizeof block) > 0)
        continue;
    check_equal(errno, EAGAIN);
    check_equal(ready(client, POLLOUT, 0), 0);
    while (recv(server, block, sizeof block, MSG_DONTWAIT) > 0)
        continue;
    check_equal(ready(client, POLLOUT, 1000), POLLOUT);
    close(client);
    close(server);
}

TEST(nobody_listens)
{
    struct sockaddr_storage address;
    int port, gone = listener(AF_INET, &port), client = socket(AF_INET, SOCK_STREAM, 0);

    close(gone);
    check_refused(connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address)), ECONNREFUSED);
    close(client);
}

TEST(connecting_without_waiting)
{
    struct sockaddr_storage address;
    int port, listening = listener(AF_INET, &port), client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int error = -1, result;
    socklen_t length = sizeof error;

    result = connect(client, (struct sockaddr *)&address, loopback(AF_INET, port, &address));
    check(result == 0 || errno == EINPROGRESS);
    check_equal(ready(client, POLLOUT, 1000), POLLOUT);
    check_equal(getsockopt(client, SOL_SOCKET, SO_ERROR, &error, &length), 0);
    check_equal(error, 0);
    check_equal(ready(listening, POLLIN, 1000), POLLIN);
    close(client);
    close(listening);
}

TEST(the_end_of_one_direction)
{
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(shutdown(client, SHUT_WR), 0);
    check_refused(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
    check_equal(recv(server, &byte, 1, 0), 0);
    /* The other direction goes on. */
    check_equal(send(server, "y", 1, 0), 1);
    check_equal(recv(client, &byte, 1, 0), 1);
    check_equal(byte, 'y');
    check_equal(close(server), 0);
    check_equal(recv(client, &byte, 1, 0), 0);
    check(ready(client, POLLIN, 0) & POLLHUP);
    close(client);
}

/* Closing with unread data resets the connection. */
TEST(a_reset)
{
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(send(client, "lost", 4, 0), 4);
    check_equal(recv(server, &byte, 1, MSG_PEEK), 1);
    check_equal(close(server), 0);
    check_refused(recv(client, &byte, 1, 0), ECONNRESET);
    check_refused(send(client, "x", 1, MSG_NOSIGNAL), EPIPE);
    close(client);
}

TEST(looking_without_taking)
{
    int client, server, waiting = 0;
    char buffer[8] = "";

    connection(AF_INET, &client, &server);
    check_equal(send(client, "abcdef", 6, 0), 6);
    check_equal(recv(server, buffer, 3, MSG_PEEK), 3);
    check_equal(ioctl(server, FIONREAD, &waiting), 0);
    check_equal(waiting, 6);
    check_equal(recv(server, buffer, 6, MSG_WAITALL), 6);
    check_text(buffer, "abcdef");
    close(client);
    close(server);
}

TEST(time_limits)
{
    struct timeval limit = { .tv_usec = 50000 }, before, after;
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    gettimeofday(&before, NULL);
    check_refused(recv(client, &byte, 1, 0), EAGAIN);
    gettimeofday(&after, NULL);
    check((after.tv_sec - before.tv_sec) * 1000000 + after.tv_usec - before.tv_usec >= 45000);
    close(client);
    close(server);
}

TEST(vectors)
{
    int client, server;
    char one[2], two[9] = "";
    struct iovec out[] = { { "ab", 2 }, { "", 0 }, { "cdefghij", 8 } }, in[] = { { one, 2 }, { two, 8 } };
    struct msghdr message = { .msg_iov = out, .msg_iovlen = 3 };

    connection(AF_INET, &client, &server);
    check_equal(sendmsg(client, &message, 0), 10);
    message = (struct msghdr){ .msg_iov = in, .msg_iovlen = 2 };
    check_equal(recvmsg(server, &message, MSG_WAITALL), 10);
    check(memcmp(one, "ab", 2) == 0);
    check_text(two, "cdefghij");
    close(client);
    close(server);
}

TEST(many_connections)
{
    enum { COUNT = 100 };
    struct sockaddr_storage address;
    int port, listening = listener(AF_INET, &port), clients[COUNT], servers[COUNT];
    socklen_t length = loopback(AF_INET, port, &address);

    for (int i = 0; i < COUNT; i++) {
        clients[i] = socket(AF_INET, SOCK_STREAM, 0);
        check_equal(connect(clients[i], (struct sockaddr *)&address, length), 0);
        servers[i] = accept(listening, NULL, NULL);
        check(servers[i] >= 0);
        check_equal(send(clients[i], &i, sizeof i, 0), sizeof i);
    }
    for (int i = COUNT - 1; i >= 0; i--) {
        int number;

        check_equal(recv(servers[i], &number, sizeof number, MSG_WAITALL), sizeof number);
        check_equal(number, i);
        close(clients[i]);
        close(servers[i]);
    }
    close(listening);
}

TEST(names_of_both_ends)
{
    struct sockaddr_in mine, theirs;
    socklen_t length = sizeof mine;
    int client, server;

    connection(AF_INET, &client, &server);
    check_equal(getsockname(client, (struct sockaddr *)&mine, &length), 0);
    check_equal(getpeername(server, (struct sockaddr *)&theirs, &length), 0);
    check(memcmp(&mine.sin_addr, &theirs.sin_addr, 4) == 0 && mine.sin_port == theirs.sin_port);
    check_equal(mine.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    close(client);
    close(server);
}

TEST(options)
{
    int one = 1, value, socket_ = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = sizeof value;

    check_equal(setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    check_equal(getsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &value, &length), 0);
    check(value);
    check_equal(setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), 0);
    check_equal(getsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &value, &length), 0);
    check(value);
    check_equal(getsockopt(socket_, SOL_SOCKET, SO_TYPE, &value, &length), 0);
    check_equal(value, SOCK_STREAM);
    check_refused(setsockopt(socket_, IPPROTO_TCP, 9999, &one, sizeof one), ENOPROTOOPT);
    close(socket_);
}

TEST(misuse)
{
    struct sockaddr_storage address;
    int port, listening = listener(AF_INET, &port), other = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = loopback(AF_INET, port, &address);
    char byte;

    check_refused(bind(other, (struct sockaddr *)&address, length), EADDRINUSE);
    check_refused(recv(other, &byte, 1, 0), ENOTCONN);
    check_refused(accept(other, NULL, NULL), EINVAL);
    check_refused(shutdown(other, SHUT_WR), ENOTCONN);
    check_refused(lseek(other, 0, SEEK_SET), ESPIPE);
    check_refused(send(1, "x", 1, 0), ENOTSOCK);
    check_refused(send(99, "x", 1, 0), EBADF);
    check_refused(socket(77, SOCK_STREAM, 0), EAFNOSUPPORT);
    ((struct sockaddr_in *)&address)->sin_addr.s_addr = htonl(0xc0000201);
    ((struct sockaddr_in *)&address)->sin_port = 0;
    check_refused(bind(other, (struct sockaddr *)&address, length), EADDRNOTAVAIL);
    close(other);
    close(listening);
}

TEST(a_local_pair)
{
    int ends[2];
    char buffer[8] = "";

    check_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    check_equal(write(ends[0], "there", 5), 5);
    check_equal(ready(ends[1], POLLIN, 0), POLLIN);
    check_equal(read(ends[1], buffer, sizeof buffer), 5);
    check_text(buffer, "there");
    check_equal(shutdown(ends[1], SHUT_WR), 0);
    check_equal(read(ends[0], buffer, 1), 0);
    check_equal(write(ends[0], "x", 1), 1);
    check_equal(close(ends[0]), 0);
    check_equal(read(ends[1], buffer, 1), 1);
    check_equal(read(ends[1], buffer, 1), 0);
    check_refused(send(ends[1], "x", 1, MSG_NOSIGNAL), EPIPE);
    close(ends[1]);
}
