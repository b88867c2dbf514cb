/*
 * Addresses and names as text.
 */
#include <netdb.h>

#include "sockets.h"

TEST(addresses_as_text)
{
    unsigned char bytes[16];
    char text[INET6_ADDRSTRLEN];

    check_equal(inet_pton(AF_INET, "192.0.2.255", bytes), 1);
    check_text(inet_ntop(AF_INET, bytes, text, sizeof text), "192.0.2.255");
    check_equal(inet_pton(AF_INET, "192.0.2.256", bytes), 0);
    check_equal(inet_pton(AF_INET, "192.0.2", bytes), 0);
    check_equal(inet_pton(AF_INET, "192.0.2.1 ", bytes), 0);
    check_equal(inet_pton(AF_INET6, "2001:DB8::1", bytes), 1);
    check_text(inet_ntop(AF_INET6, bytes, text, sizeof text), "2001:db8::1");
    check_equal(inet_pton(AF_INET6, "2001::db8::1", bytes), 0);
    check_equal(inet_addr("10.0.3.1"), htonl(0x0a000301));
    check(!inet_ntop(AF_INET6, bytes, text, 4));
    check_equal(errno, ENOSPC);
}

TEST(looking_up_what_needs_no_server)
{
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
    char host[64], service[32];

    check_equal(getaddrinfo("localhost", "http", &hints, &found), 0);
    check_equal(found->ai_family, AF_INET);
    check_equal(((struct sockaddr_in *)found->ai_addr)->sin_addr.s_addr, htonl(INADDR_LOOPBACK));
    check_equal(((struct sockaddr_in *)found->ai_addr)->sin_port, htons(80));
    check_equal(getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof host, service, sizeof service,
                            NI_NUMERICHOST | NI_NUMERICSERV), 0);
    check_text(host, "127.0.0.1");
    check_text(service, "80");
    freeaddrinfo(found);
    hints.ai_family = AF_UNSPEC;
    check_equal(getaddrinfo("::1", "7", &hints, &found), 0);
    check_equal(found->ai_family, AF_INET6);
    freeaddrinfo(found);
    hints.ai_flags = AI_NUMERICHOST;
    check_equal(getaddrinfo("no.such.name", "7", &hints, &found), EAI_NONAME);
    check_equal(getaddrinfo("localhost", "no-such-service", &hints, &found) != 0, 1);
}
