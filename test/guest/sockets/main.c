/*
 * Sockets over the loopback interface, which needs no card.
 */
#include "sockets.h"

socklen_t loopback(int family, int port, struct sockaddr_storage *address)
{
    memset(address, 0, sizeof *address);
    address->ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)address;

        v4->sin_port = htons((uint16_t)port);
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

    v6->sin6_port = htons((uint16_t)port);
    v6->sin6_addr = in6addr_loopback;
    return sizeof *v6;
}

int port_of(int socket)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;

    check_equal(getsockname(socket, (struct sockaddr *)&address, &length), 0);
    return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int listener(int family, int *port)
{
    struct sockaddr_storage address;
    socklen_t length = loopback(family, 0, &address);
    int socket_ = socket(family, SOCK_STREAM, 0);

    check(socket_ >= 0);
    check_equal(bind(socket_, (struct sockaddr *)&address, length), 0);
    check_equal(listen(socket_, 16), 0);
    *port = port_of(socket_);
    check(*port > 0);
    return socket_;
}

void connection(int family, int *client, int *server)
{
    struct sockaddr_storage address;
    int port, listening = listener(family, &port);
    socklen_t length = loopback(family, port, &address);

    *client = socket(family, SOCK_STREAM, 0);
    check(*client >= 0);
    check_equal(connect(*client, (struct sockaddr *)&address, length), 0);
    *server = accept(listening, NULL, NULL);
    check(*server >= 0);
    check_equal(close(listening), 0);
}

short ready(int descriptor, short events, int milliseconds)
{
    struct pollfd request = { .fd = descriptor, .events = events };

    return poll(&request, 1, milliseconds) <= 0 ? 0 : request.revents;
}

int main(void)
{
    return test_run_all();
}
