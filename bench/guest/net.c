/*
 * The network: one TCP connection from a domain to dom0. POSIX alone: the same source is the server in dom0 (Linux) and
 * runs in a Linux domain.
 *
 *   net serve [PORT]                        in dom0; runs until it is ended
 *   net ADDRESS [PORT [MEGABYTES]]          in the domain; one line a figure: "NAME VALUE UNIT"
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/guest/measure.h"

#define PORT 5001
#define MEGABYTES 64
#define BLOCK 65536
#define ROUNDS 2000

/* The first byte of a connection: what the server is to do. Then how many bytes, for SOURCE. */
enum wish { ECHO = 'e', SINK = 's', SOURCE = 'o' };

static char block[BLOCK];

static double now(void)
{
    return now_us() * 1e-6;
}

static void read_all(int from, void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t part = read(from, (char *)data + done, size - done);

        must(part > 0, "read");
        done += (size_t)part;
    }
}

static void write_all(int to, const void *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t part = write(to, (const char *)data + done, size - done);

        must(part > 0, "write");
        done += (size_t)part;
    }
}

static void no_delay(int socket_)
{
    int one = 1;

    must(setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) == 0, "TCP_NODELAY");
}

/* --- in dom0 --- */

static void answer(int caller)
{
    char wish = 0, byte;
    uint64_t amount = 0;
    ssize_t size;

    read_all(caller, &wish, 1);
    read_all(caller, &amount, sizeof amount);
    if (wish == ECHO)
        while (read(caller, &byte, 1) == 1)
            write_all(caller, &byte, 1);
    if (wish == SOURCE)
        for (; amount; amount -= BLOCK)
            write_all(caller, block, BLOCK);
    if (wish == SINK) {
        for (; amount; amount -= (uint64_t)size)
            must((size = read(caller, block, amount < BLOCK ? amount : BLOCK)) > 0, "read");
        write_all(caller, "d", 1);
    }
    close(caller);
}

static void serve(int port)
{
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    must(bind(listening, (struct sockaddr *)&any, sizeof any) == 0 && listen(listening, 4) == 0, "listen");
    for (;;) {
        int caller = accept(listening, NULL, NULL);

        must(caller >= 0, "accept");
        no_delay(caller);
        answer(caller);
    }
}

/* --- in the domain --- */

static int ask(const struct sockaddr_in *server, char wish, uint64_t amount)
{
    char request[1 + sizeof amount];
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);

    must(socket_ >= 0 && connect(socket_, (const struct sockaddr *)server, sizeof *server) == 0, "connect");
    no_delay(socket_);
    request[0] = wish;
    memcpy(request + 1, &amount, sizeof amount);
    write_all(socket_, request, sizeof request);
    return socket_;
}

static void round_trips(const struct sockaddr_in *server)
{
    int socket_ = ask(server, ECHO, 0);
    char byte = 'x';
    double start = 0;

    for (int i = -ROUNDS / 10; i < ROUNDS; i++) {
        if (i == 0)
            start = now();
        write_all(socket_, &byte, 1);
        read_all(socket_, &byte, 1);
    }
    printf("tcp_round_trip_1B %.3g us\n", (now() - start) * 1e6 / ROUNDS);
    close(socket_);
}

static void stream(const struct sockaddr_in *server, char wish, uint64_t amount, const char *name)
{
    int socket_ = ask(server, wish, amount);
    double start = now();

    for (uint64_t left = amount; left; left -= BLOCK)
        if (wish == SINK)
            write_all(socket_, block, BLOCK);
        else
            read_all(socket_, block, BLOCK);
    if (wish == SINK)
        read_all(socket_, block, 1);
    printf("%s %.3g MB/s\n", name, (double)amount * 1e-6 / (now() - start));
    close(socket_);
}

int main(int count, char **arguments)
{
    struct sockaddr_in server = { .sin_family = AF_INET };
    int port = count > 2 ? atoi(arguments[2]) : PORT;
    uint64_t amount = (uint64_t)(count > 3 ? atoi(arguments[3]) : MEGABYTES) << 20;

    if (count < 2)
        return 64;
    if (strcmp(arguments[1], "serve") == 0)
        serve(port);
    server.sin_port = htons((uint16_t)port);
    if (inet_pton(AF_INET, arguments[1], &server.sin_addr) != 1)
        return 64;
    round_trips(&server);
    stream(&server, SINK, amount, "tcp_send");
    stream(&server, SOURCE, amount, "tcp_receive");
    return 0;
}
