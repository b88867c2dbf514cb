/*
 * A domain on the network, for the runner to talk to:
 *   network serve N             answers N connections on port 80 with what they send, to its end
 *   network fetch ADDRESS PORT  sends 10 MiB to an echo server and compares what comes back
 *   network leave ADDRESS PORT  sends 320 KiB and ends at once
 *   network names               looks names up at a server of its own that lies (names.c)
 *   network cut ADDRESS PORT    waits in every kind of call for its card to be taken out (cut.c)
 *   network ranks               one of several that find each other (ranks.c)
 * The status is 0 if all went as it should.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network.h"

#define AMOUNT (10u << 20)

static char buffer[65536];

static int failed(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    return 1;
}

static int listen_on(int port)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int listening = socket(AF_INET, SOCK_STREAM, 0);

    if (listening < 0 || bind(listening, (struct sockaddr *)&any, sizeof any) || listen(listening, 8))
        exit(failed("listening"));
    printf("listening\n");
    return listening;
}

static int send_all(int to, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(to, data, size);

        if (done < 0)
            return -1;
        data += done;
        size -= (size_t)done;
    }
    return 0;
}

static int serve(int count)
{
    int listening = listen_on(80);

    for (int i = 0; i < count; i++) {
        int caller = accept(listening, NULL, NULL);
        ssize_t size;

        if (caller < 0)
            return failed("accept");
        while ((size = read(caller, buffer, sizeof buffer)) > 0)
            if (send_all(caller, buffer, (size_t)size))
                return failed("write");
        if (size < 0)
            return failed("read");
        close(caller);
    }
    return 0;
}

/* The byte at a place of the stream. */
static char expected(size_t place)
{
    return (char)(place * 31 + (place >> 13));
}

/* Begins to connect to an address of either family; a negative result is none. */
static int reach(const char *address, const char *port)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *to;

    if (getaddrinfo(address, port, &hints, &to))
        return -1;
    int server = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bool begun = connect(server, to->ai_addr, to->ai_addrlen) == 0 || errno == EINPROGRESS;

    freeaddrinfo(to);
    return begun ? server : -1;
}

static int fetch(const char *address, const char *port)
{
    int server = reach(address, port);
    size_t sent = 0, got = 0;

    if (server < 0)
        return failed("connect");
    while (got < AMOUNT) {
        struct pollfd request = { .fd = server, .events = (short)(POLLIN | (sent < AMOUNT ? POLLOUT : 0)) };

        if (poll(&request, 1, 20000) != 1)
            return failed("poll");
        if (request.revents & POLLOUT) {
            size_t part = AMOUNT - sent < sizeof buffer ? AMOUNT - sent : sizeof buffer;

            for (size_t i = 0; i < part; i++)
                buffer[i] = expected(sent + i);
            ssize_t done = write(server, buffer, part);

            if (done < 0 && errno != EAGAIN)
                return failed("write");
            sent += done > 0 ? (size_t)done : 0;
        }
        ssize_t done = read(server, buffer, sizeof buffer);

        if (done == 0 || (done < 0 && errno != EAGAIN))
            return failed("read");
        for (ssize_t i = 0; i < done; i++)
            if (buffer[i] != expected(got + (size_t)i))
                return 3;
        got += done > 0 ? (size_t)done : 0;
    }
    printf("%zu bytes there and back\n", got);
    close(server);
    return 0;
}

static int leave(const char *address, const char *port)
{
    int server = reach(address, port);
    struct pollfd request = { .fd = server, .events = POLLOUT };

    if (server < 0 || poll(&request, 1, 20000) != 1 || fcntl(server, F_SETFL, 0))
        return failed("connect");
    for (int i = 0; i < 5; i++)
        if (send_all(server, buffer, sizeof buffer))
            return failed("write");
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 3 && strcmp(arguments[1], "serve") == 0)
        return serve(atoi(arguments[2]));
    if (count == 4 && strcmp(arguments[1], "fetch") == 0)
        return fetch(arguments[2], arguments[3]);
    if (count == 4 && strcmp(arguments[1], "leave") == 0)
        return leave(arguments[2], arguments[3]);
    if (count == 2 && strcmp(arguments[1], "names") == 0)
        return look_up_names();
    if (count == 2 && strcmp(arguments[1], "ranks") == 0)
        return find_each_other();
    if (count == 4 && strcmp(arguments[1], "cut") == 0)
        return wait_to_be_cut_off(arguments[2], atoi(arguments[3]));
    return 64;
}
