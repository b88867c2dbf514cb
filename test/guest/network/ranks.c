/*
 * Ranks of a parallel program that find each other by what lwd tells them (LWD_RANK, LWD_SIZE, LWD_PEERS) and by nothing else:
 * rank 0 waits for the others, hears from each who it is and where it thinks that it has reached, and tells all of them how many
 * they are.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "network.h"

#define PORT 7000

struct greeting {
    int rank, size;
};

static struct sockaddr_in address_of(const char *peers, int rank)
{
    char text[INET_ADDRSTRLEN] = "";
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };

    while (rank-- > 0 && peers)
        if ((peers = strchr(peers, ',')))
            peers++;
    if (!peers || sscanf(peers, "%15[0-9.]", text) != 1 || inet_pton(AF_INET, text, &address.sin_addr) != 1)
        exit(5);
    return address;
}

/* Each has to come from the address that is its own. */
static int hear_all(const char *peers, int size)
{
    struct sockaddr_in own = address_of(peers, 0), from;
    int listening = socket(AF_INET, SOCK_STREAM, 0), heard = 1;

    if (bind(listening, (struct sockaddr *)&own, sizeof own) || listen(listening, size))
        return 6;
    for (; heard < size; heard++) {
        socklen_t length = sizeof from;
        struct greeting greeting;
        int caller = accept(listening, (struct sockaddr *)&from, &length);

        if (read(caller, &greeting, sizeof greeting) != sizeof greeting || greeting.size != size)
            return 7;
        struct sockaddr_in theirs = address_of(peers, greeting.rank);

        if (theirs.sin_addr.s_addr != from.sin_addr.s_addr || write(caller, &heard, sizeof heard) < 0)
            return 8;
        close(caller);
    }
    printf("all %d are there\n", heard);
    return 0;
}

static int tell_first(const char *peers, struct greeting greeting)
{
    struct sockaddr_in first = address_of(peers, 0);
    struct timespec while_it_starts = { .tv_nsec = 50000000 };

    for (int tries = 0; tries < 2000; tries++) {
        int place, server = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(server, (struct sockaddr *)&first, sizeof first) == 0)
            return write(server, &greeting, sizeof greeting) == sizeof greeting &&
                           read(server, &place, sizeof place) == sizeof place
                       ? 0
                       : 9;
        close(server);
        nanosleep(&while_it_starts, NULL);
    }
    return 10;
}

int find_each_other(void)
{
    const char *rank = getenv("LWD_RANK"), *size = getenv("LWD_SIZE"), *peers = getenv("LWD_PEERS");

    if (!rank || !size || !peers)
        return 4;
    struct greeting own = { atoi(rank), atoi(size) };

    return own.rank == 0 ? hear_all(peers, own.size) : tell_first(peers, own);
}
