/*
 * Looking up names at a server within this domain, 127.0.0.1 (the runner says so in LWD_NETWORK_0), which answers well,
 * wrongly or not at all, as the name says. All are asked for at a time, since not being answered takes seconds.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "network.h"

#define HEADER 12
#define ANSWER_SIZE 16

struct question {
    const char *name;
    pthread_t thread;
    int result;
    char address[INET_ADDRSTRLEN];
};

/* More than eight at a time are more than the resolver's table holds. */
static struct question questions[] = {
    { .name = "good.test" },  { .name = "none.test" },   { .name = "silent.test" }, { .name = "short.test" },
    { .name = "loop.test" },  { .name = "other.test" },  { .name = "long.test" },
};

#define QUESTIONS (sizeof questions / sizeof *questions)

/* An address record for the name that was asked for, by a pointer to it. */
static size_t append_answer(unsigned char *packet, size_t size, const unsigned char *name)
{
    const unsigned char answer[ANSWER_SIZE] = { name[0], name[1], 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7 };

    memcpy(packet + size, answer, sizeof answer);
    packet[7] = 1;
    return size + sizeof answer;
}

/* Turns a question into what its name asks for. Returns its size, 0 for nothing. */
static size_t make_answer(unsigned char *packet, size_t size)
{
    static const unsigned char to_question[] = { 0xc0, HEADER }, to_itself[] = { 0xc0, 0 };
    const char *name = (char *)packet + HEADER + 1;
    unsigned char loop[2] = { to_itself[0], (unsigned char)size };

    packet[2] = 0x81;
    packet[3] = 0x80;
    if (strncmp(name, "good", 4) == 0)
        return append_answer(packet, size, to_question);
    if (strncmp(name, "none", 4) == 0)
        packet[3] = 0x83;
    else if (strncmp(name, "short", 5) == 0)
        return append_answer(packet, size, to_question) - 7;
    else if (strncmp(name, "loop", 4) == 0)
        return append_answer(packet, size, loop);
    else if (strncmp(name, "other", 5) == 0)
        packet[0] ^= 0x55;
    else if (strncmp(name, "long", 4) == 0)
        packet[6] = packet[7] = 0xff;
    else
        return 0;
    return size;
}

static void *serve(void *argument)
{
    int socket_ = *(int *)argument;
    struct sockaddr_storage from;
    unsigned char packet[512];

    for (;;) {
        socklen_t length = sizeof from;
        ssize_t size = recvfrom(socket_, packet, sizeof packet - ANSWER_SIZE, 0, (struct sockaddr *)&from, &length);
        size_t answer = size > HEADER ? make_answer(packet, (size_t)size) : 0;

        if (answer)
            sendto(socket_, packet, answer, 0, (struct sockaddr *)&from, length);
    }
    return NULL;
}

static void *ask(void *argument)
{
    struct question *question = argument;
    struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;

    question->result = getaddrinfo(question->name, NULL, &hints, &found);
    if (question->result == 0) {
        inet_ntop(AF_INET, &((struct sockaddr_in *)found->ai_addr)->sin_addr, question->address,
                  sizeof question->address);
        freeaddrinfo(found);
    }
    return NULL;
}

int look_up_names(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int server = socket(AF_INET, SOCK_DGRAM, 0);
    pthread_t thread;

    if (bind(server, (struct sockaddr *)&at, sizeof at) || pthread_create(&thread, NULL, serve, &server))
        return 1;
    for (size_t i = 0; i < QUESTIONS; i++)
        if (pthread_create(&questions[i].thread, NULL, ask, &questions[i]))
            return 2;
    for (size_t i = 0; i < QUESTIONS; i++) {
        pthread_join(questions[i].thread, NULL);
        printf("%s: %s\n", questions[i].name,
               questions[i].result == 0 ? questions[i].address : gai_strerror(questions[i].result));
    }
    struct question again = { .name = "good.again.test" };

    ask(&again);
    printf("%s: %s\n", again.name, again.result == 0 ? again.address : gai_strerror(again.result));
    return 0;
}
