/*
 * What the socket tests share. They also build and pass on Linux, so that a wrong expectation shows.
 */
#ifndef LWD_TEST_SOCKETS_H
#define LWD_TEST_SOCKETS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "verdict.h"

/* The loopback address of a family, with a port in host byte order. */
socklen_t loopback(int family, int port, struct sockaddr_storage *address);

/* A listener on the loopback address at a port that the kernel chooses; `port` gets it. */
int listener(int family, int *port);

/* Two connected ends of a TCP connection. */
void connection(int family, int *client, int *server);

int port_of(int socket);

/* What poll() says of `events` on a descriptor, waiting up to `milliseconds`. */
short ready(int descriptor, short events, int milliseconds);

#endif
