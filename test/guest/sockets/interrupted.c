/*
 * Signals, and the end of a thread, while it waits for a socket.
 */
#include <pthread.h>
#include <signal.h>

#include "sockets.h"

static volatile int count;
static int to;

static void note(int signal)
{
    (void)signal;
    count++;
}

/* What is waited for comes from the handler. */
static void send_byte(int signal)
{
    note(signal);
    check_equal(send(to, "x", 1, 0), 1);
}

/* A SIGALRM in 20 ms, and every 20 ms again, since nothing says when the wait begins. */
static void arm(void (*handler)(int), int flags)
{
    struct sigaction action = { .sa_flags = flags };
    struct itimerval soon = { { 0, 20000 }, { 0, 20000 } };

    action.sa_handler = handler;
    count = 0;
    check_equal(sigaction(SIGALRM, &action, NULL), 0);
    check_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
}

static void disarm(void)
{
    struct itimerval off = { { 0, 0 }, { 0, 0 } };

    check_equal(setitimer(ITIMER_REAL, &off, NULL), 0);
    signal(SIGALRM, SIG_DFL);
}

#define CHECK_INTERRUPTED(call)         \
    do {                                \
        arm(note, 0);                   \
        check_equal(call, -1);          \
        check_equal(errno, EINTR);      \
        check(count > 0);               \
        disarm();                       \
    } while (0)

TEST(a_signal_ends_waiting)
{
    static char block[1 << 16];
    struct sockaddr_storage address;
    int client, server, port, pair[2], listening = listener(AF_INET, &port), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    check_equal(bind(datagrams, (struct sockaddr *)&address, loopback(AF_INET, 0, &address)), 0);
    CHECK_INTERRUPTED(recv(client, &byte, 1, 0));
    CHECK_INTERRUPTED(read(client, &byte, 1));
    CHECK_INTERRUPTED(recv(pair[0], &byte, 1, 0));
    CHECK_INTERRUPTED(recv(datagrams, &byte, 1, 0));
    CHECK_INTERRUPTED(accept(listening, NULL, NULL));
    while (send(client, block, sizeof block, MSG_DONTWAIT) > 0)
        continue;
    while (send(pair[0], block, sizeof block, MSG_DONTWAIT) > 0)
        continue;
    CHECK_INTERRUPTED(send(client, block, sizeof block, 0));
    CHECK_INTERRUPTED(write(pair[0], block, sizeof block));
    close(client);
    close(server);
    close(pair[0]);
    close(pair[1]);
    close(datagrams);
    close(listening);
}

TEST(a_signal_ends_waiting_for_a_connection)
{
    enum { CALLERS = 16 };
    struct sockaddr_storage address;
    int port, callers[CALLERS], listening = listener(AF_INET, &port), last = socket(AF_INET, SOCK_STREAM, 0);
    socklen_t length = loopback(AF_INET, port, &address);

    /* Nobody accepts them, so there is no room for the last. */
    check_equal(listen(listening, 1), 0);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        check(connect(callers[i], (struct sockaddr *)&address, length) == 0 || errno == EINPROGRESS);
    }
    CHECK_INTERRUPTED(connect(last, (struct sockaddr *)&address, length));
    /* It goes on. */
    check_equal(fcntl(last, F_SETFL, O_NONBLOCK), 0);
    check_equal(connect(last, (struct sockaddr *)&address, length), -1);
    check_equal(errno, EALREADY);
    for (int i = 0; i < CALLERS; i++)
        close(callers[i]);
    close(last);
    close(listening);
}

TEST(what_was_done_before_the_signal_counts)
{
    int client, server;
    char bytes[4];

    connection(AF_INET, &client, &server);
    check_equal(send(server, "ab", 2, 0), 2);
    arm(note, 0);
    check_equal(recv(client, bytes, sizeof bytes, MSG_WAITALL), 2);
    disarm();
    close(client);
    close(server);
}

TEST(with_restart_it_goes_on)
{
    int client, server;
    char byte = 0;

    connection(AF_INET, &client, &server);
    to = server;
    arm(send_byte, SA_RESTART);
    check_equal(recv(client, &byte, 1, 0), 1);
    disarm();
    check_equal(byte, 'x');
    check(count > 0);
    close(client);
    close(server);
}

TEST(a_time_limit_does_not_begin_again)
{
    struct timeval limit = { 5, 0 };
    int client, server;
    char byte;

    connection(AF_INET, &client, &server);
    check_equal(setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    arm(note, SA_RESTART);
    check_equal(recv(client, &byte, 1, 0), -1);
    check_equal(errno, EINTR);
    disarm();
    close(client);
    close(server);
}

static void *receive(void *descriptor)
{
    char byte;

    recv(*(int *)descriptor, &byte, 1, 0);
    return NULL;
}

TEST(a_thread_that_waits_for_a_socket_can_be_ended)
{
    int client, server;
    pthread_t thread;
    void *result = NULL;

    connection(AF_INET, &client, &server);
    check_equal(pthread_create(&thread, NULL, receive, &client), 0);
    usleep(20000);
    check_equal(pthread_cancel(thread), 0);
    check_equal(pthread_join(thread, &result), 0);
    check(result == PTHREAD_CANCELED);
    close(client);
    close(server);
}
