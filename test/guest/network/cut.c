/*
 * The card is taken out while a thread each waits to connect, to accept, to receive, to send and in poll(). What went
 * through the card ends with an error; what did not, goes on.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network.h"

#define LISTENING_PORT 80
/* Nobody has this address. */
#define NOBODY "10.0.3.99"

static struct sockaddr_in peer;
static int ready_count;

static const char *name_of(int error)
{
    return error == ENETDOWN      ? "ENETDOWN"
         : error == ENETUNREACH   ? "ENETUNREACH"
         : error == EPIPE         ? "EPIPE"
         : error == EAGAIN        ? "EAGAIN"
                                  : strerror(error);
}

static struct sockaddr_in address_of(const char *address, int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

    inet_pton(AF_INET, address, &at.sin_addr);
    return at;
}

static int connected(void)
{
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);

    if (connect(socket_, (struct sockaddr *)&peer, sizeof peer))
        printf("no connection: %s\n", name_of(errno));
    return socket_;
}

static void tell(const char *call, ssize_t result)
{
    printf("%s: %s\n", call, result < 0 ? name_of(errno) : "no error");
}

static void *wait_to_connect(void *unused)
{
    struct sockaddr_in nobody = address_of(NOBODY, 9);
    int socket_ = socket(AF_INET, SOCK_STREAM, 0);

    (void)unused;
    ready_count++;
    tell("connect", connect(socket_, (struct sockaddr *)&nobody, sizeof nobody));
    return NULL;
}

static void *wait_to_accept(void *listener)
{
    ready_count++;
    tell("accept of a caller from within", accept(*(int *)listener, NULL, NULL));
    return NULL;
}

static void *wait_to_receive(void *unused)
{
    int socket_ = connected();
    char byte;

    (void)unused;
    ready_count++;
    tell("recv", recv(socket_, &byte, 1, 0));
    tell("recv again", recv(socket_, &byte, 1, 0));
    tell("send after it", send(socket_, "x", 1, 0));
    return NULL;
}

/* The other side reads nothing: sooner or later there is no room. */
static void *wait_to_send(void *unused)
{
    static const char much[65536];
    int socket_ = connected();
    ssize_t result;

    (void)unused;
    ready_count++;
    do
        result = send(socket_, much, sizeof much, 0);
    while (result > 0);
    tell("send", result);
    return NULL;
}

static void *wait_in_poll(void *unused)
{
    struct pollfd request = { .fd = connected(), .events = POLLIN };

    (void)unused;
    ready_count++;
    int result = poll(&request, 1, -1);

    printf("poll: %d%s%s\n", result, request.revents & POLLERR ? " POLLERR" : "",
           request.revents & POLLHUP ? " POLLHUP" : "");
    return NULL;
}

static int listen_on(int port)
{
    struct sockaddr_in any = address_of("0.0.0.0", port);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    return bind(listener, (struct sockaddr *)&any, sizeof any) || listen(listener, 8) ? -1 : listener;
}

int wait_to_be_cut_off(const char *address, int port)
{
    static void *(*const calls[])(void *) = {
        wait_to_receive, wait_to_send, wait_in_poll, wait_to_connect, wait_to_accept,
    };
    enum { CALLS = sizeof calls / sizeof *calls };
    struct sockaddr_in inside = address_of("127.0.0.1", LISTENING_PORT);
    int listener = listen_on(LISTENING_PORT);
    pthread_t threads[CALLS];

    peer = address_of(address, port);
    for (int i = 0; i < CALLS; i++)
        if (pthread_create(&threads[i], NULL, calls[i], &listener))
            return 1;
    while (ready_count < CALLS)
        usleep(10000);
    printf("all wait\n");
    for (int i = 0; i < CALLS - 1; i++)
        pthread_join(threads[i], NULL);
    int datagrams = socket(AF_INET, SOCK_DGRAM, 0);

    tell("sendto", sendto(datagrams, "x", 1, 0, (struct sockaddr *)&peer, sizeof peer));
    tell("connect again", connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&peer, sizeof peer));
    tell("connect within", connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&inside, sizeof inside));
    pthread_join(threads[CALLS - 1], NULL);
    printf("all else goes on\n");
    /* dom0 has work with a card for some time after the domain has parted with it. */
    for (;;)
        sleep(60);
}
