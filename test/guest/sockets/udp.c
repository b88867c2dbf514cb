/*
 * Datagrams.
 */
#include "sockets.h"

static int bound(int family, struct sockaddr_storage *address, socklen_t *length)
{
    int socket_ = socket(family, SOCK_DGRAM, 0);

    check(socket_ >= 0);
    *length = loopback(family, 0, address);
    check_equal(bind(socket_, (struct sockaddr *)address, *length), 0);
    *length = loopback(family, port_of(socket_), address);
    return socket_;
}

static void exchange(int family)
{
    struct sockaddr_storage one_at, two_at, from;
    socklen_t one_length, two_length, length = sizeof from;
    int one = bound(family, &one_at, &one_length), two = bound(family, &two_at, &two_length);
    char buffer[16] = "";

    check_equal(sendto(one, "first", 5, 0, (struct sockaddr *)&two_at, two_length), 5);
    check_equal(sendto(one, "second", 6, 0, (struct sockaddr *)&two_at, two_length), 6);
    check_equal(sendto(one, "", 0, 0, (struct sockaddr *)&two_at, two_length), 0);
    check_equal(ready(two, POLLIN, 1000), POLLIN);
    check_equal(recvfrom(two, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &length), 5);
    check_equal(((struct sockaddr_in *)&from)->sin_port, ((struct sockaddr_in *)&one_at)->sin_port);
    check_equal(length, one_length);
    /* What does not fit is lost, and said so. */
    struct iovec vector = { buffer, 3 };
    struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };

    check_equal(recvmsg(two, &message, 0), 3);
    check(message.msg_flags & MSG_TRUNC);
    check_equal(recv(two, buffer, sizeof buffer, 0), 0);
    check_refused(recv(two, buffer, 1, MSG_DONTWAIT), EAGAIN);
    close(one);
    close(two);
}

TEST(datagrams_ipv4)
{
    exchange(AF_INET);
}

TEST(datagrams_ipv6)
{
    exchange(AF_INET6);
}

TEST(a_connected_socket_hears_its_peer_alone)
{
    struct sockaddr_storage one_at, two_at, three_at;
    socklen_t one_length, two_length, three_length;
    int one = bound(AF_INET, &one_at, &one_length), two = bound(AF_INET, &two_at, &two_length);
    int three = bound(AF_INET, &three_at, &three_length);
    char buffer[8];

    check_refused(send(one, "x", 1, 0), EDESTADDRREQ);
    check_equal(connect(one, (struct sockaddr *)&two_at, two_length), 0);
    check_equal(sendto(three, "stranger", 8, 0, (struct sockaddr *)&one_at, one_length), 8);
    check_equal(sendto(two, "friend", 6, 0, (struct sockaddr *)&one_at, one_length), 6);
    check_equal(recv(one, buffer, sizeof buffer, 0), 6);
    check_equal(send(one, "x", 1, 0), 1);
    check_equal(recv(two, buffer, sizeof buffer, 0), 1);
    close(one);
    close(two);
    close(three);
}

/* There is no way but to this machine itself. */
TEST(a_connection_that_is_refused_changes_nothing)
{
    struct sockaddr_in nowhere = { .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(0xc0000201) };
    struct sockaddr_storage at;
    socklen_t length = sizeof at;
    int one = bound(AF_INET, &at, &length);

    check_refused(connect(one, (struct sockaddr *)&nowhere, sizeof nowhere), ENETUNREACH);
    check_refused(send(one, "x", 1, 0), EDESTADDRREQ);
    check_refused(getpeername(one, (struct sockaddr *)&at, &length), ENOTCONN);
    close(one);
}

TEST(a_large_datagram)
{
    enum { SIZE = 40000 };
    struct sockaddr_storage one_at, two_at;
    socklen_t one_length, two_length;
    int one = bound(AF_INET, &one_at, &one_length), two = bound(AF_INET, &two_at, &two_length);
    unsigned char *sent = malloc(SIZE), *got = calloc(1, SIZE);

    check(sent && got);
    for (size_t i = 0; i < SIZE; i++)
        sent[i] = (unsigned char)(i * 13);
    check_equal(sendto(one, sent, SIZE, 0, (struct sockaddr *)&two_at, two_length), SIZE);
    check_equal(recv(two, got, SIZE, 0), SIZE);
    check(memcmp(sent, got, SIZE) == 0);
    static char huge[66000];

    check_refused(sendto(one, huge, sizeof huge, 0, (struct sockaddr *)&two_at, two_length), EMSGSIZE);
    close(one);
    close(two);
    free(sent);
    free(got);
}
