/*
 * The door of `lwd broker`: takes connections on a socket that everybody may use, asks Linux who connected, and passes each on to
 * the broker's own socket, which root alone can reach, with a line in front that says so:
 *
 *   broker-front SOCKET INNER
 *   lwd1 PROCESS UID GID GROUP,GROUP,…
 *
 * The broker is a program in Node, which cannot ask a socket for its peer; this cannot do anything else. One process for each
 * connection, without privileges once it is connected on both sides; bytes are carried and not looked at. Ends with the broker.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "core/format.h"
#include "linux.h"

#define CONNECTIONS 256
#define CONNECTIONS_OF_ONE 32
#define GROUPS 256
#define BACKLOG 64
#define BUFFER 32768
/* Milliseconds. */
#define ACCEPT_PAUSE 100
#define NOBODY 65534
#define SIGTERM 15

int server_main(int count, char **arguments);

static struct connection {
    int process;
    uint32_t uid;
} connections[CONNECTIONS];

static uint32_t groups[GROUPS];

static int complain(const char *what, long error)
{
    char text[256];
    size_t length = format_text(text, sizeof text, "broker-front: %s: error %d\n", what, (int)-error);

    sys(SYS_write, 2, text, length);
    return 1;
}

static bool set_path(struct linux_unix_address *address, const char *path)
{
    size_t length = strlen(path);

    if (length >= sizeof address->path)
        return false;
    memset(address, 0, sizeof *address);
    address->family = AF_UNIX;
    memcpy(address->path, path, length);
    return true;
}

/* --- one connection --- */

struct direction {
    int from, to;
    size_t start, length;
    bool ended;
    uint8_t bytes[BUFFER];
};

static struct direction directions[2];

/* Moves what can be moved without waiting. False if the connection is over. */
static bool carry(struct direction *way)
{
    if (way->length == 0 && !way->ended) {
        long got = sys(SYS_recvfrom, way->from, way->bytes, BUFFER, MSG_DONTWAIT);

        if (got == -EAGAIN || got == -EINTR)
            return true;
        if (got < 0)
            return false;
        way->start = 0;
        way->length = (size_t)got;
        way->ended = got == 0;
    }
    if (way->length > 0) {
        long sent = sys(SYS_sendto, way->to, way->bytes + way->start, way->length, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent == -EAGAIN || sent == -EINTR)
            return true;
        if (sent < 0)
            return false;
        way->start += (size_t)sent;
        way->length -= (size_t)sent;
    }
    return true;
}

/* Until either side has closed and the other has what it sent. A side that nothing is wanted of is not asked, nor heard. */
static void carry_both(int caller, int broker)
{
    directions[0] = (struct direction){ .from = caller, .to = broker };
    directions[1] = (struct direction){ .from = broker, .to = caller };
    for (;;) {
        struct linux_poll polls[2] = { { caller, 0, 0 }, { broker, 0, 0 } };

        for (int i = 0; i < 2; i++) {
            struct direction *way = &directions[i];

            if (way->length > 0)
                polls[1 - i].wanted |= POLLOUT;
            else if (way->ended)
                return;
            else
                polls[i].wanted |= POLLIN;
        }
        for (int i = 0; i < 2; i++)
            if (polls[i].wanted == 0)
                polls[i].fd = -1;
        sys(SYS_poll, polls, 2, -1);
        for (int i = 0; i < 2; i++)
            if (!carry(&directions[i]))
                return;
    }
}

/* The line that says who it is. All groups or none at all: a caller is never known by a part of them. */
static bool introduce(int broker, const struct linux_peer *peer, unsigned count)
{
    char text[GROUPS * 12 + 64];
    size_t length = format_text(text, sizeof text, "lwd1 %d %u %u ", peer->process, peer->uid, peer->gid);

    for (unsigned i = 0; i < count; i++)
        length += format_text(text + length, sizeof text - length, i ? ",%u" : "%u", groups[i]);
    text[length++] = '\n';
    return sys(SYS_sendto, broker, text, length, MSG_NOSIGNAL) == (long)length;
}

__attribute__((noreturn)) static void serve(int caller, const struct linux_peer *peer, unsigned count,
                                            const struct linux_unix_address *inner)
{
    int broker = (int)sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    long error = broker < 0 ? broker : sys(SYS_connect, broker, inner, sizeof *inner);

    if (error)
        linux_exit(complain("connecting to the broker", error));
    if (!introduce(broker, peer, count))
        linux_exit(1);
    if (sys(SYS_getuid) == 0) {
        error = sys(SYS_setgroups, 0, NULL);
        if (!error)
            error = sys(SYS_setresgid, NOBODY, NOBODY, NOBODY);
        if (!error)
            error = sys(SYS_setresuid, NOBODY, NOBODY, NOBODY);
        if (error)
            linux_exit(complain("giving up privileges", error));
    }
    sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1);
    carry_both(caller, broker);
    linux_exit(0);
}

/* --- all of them --- */

static void forget_ended(void)
{
    long process;

    while ((process = sys(SYS_wait4, -1, NULL, WNOHANG, NULL)) > 0)
        for (int i = 0; i < CONNECTIONS; i++)
            if (connections[i].process == process)
                connections[i].process = 0;
}

/* A free place, unless the user has too many already. */
static struct connection *find_place(uint32_t uid)
{
    struct connection *place = NULL;
    int own = 0;

    forget_ended();
    for (int i = 0; i < CONNECTIONS; i++) {
        if (connections[i].process == 0)
            place = &connections[i];
        else if (connections[i].uid == uid)
            own++;
    }
    return own < CONNECTIONS_OF_ONE ? place : NULL;
}

static void take(int caller, const struct linux_unix_address *inner, int listener)
{
    struct linux_peer peer;
    uint32_t size = sizeof peer, room = sizeof groups;

    if (sys(SYS_getsockopt, caller, SOL_SOCKET, SO_PEERCRED, &peer, &size) || size != sizeof peer ||
        sys(SYS_getsockopt, caller, SOL_SOCKET, SO_PEERGROUPS, groups, &room))
        return;
    struct connection *place = find_place(peer.uid);

    if (!place)
        return;
    long process = sys(SYS_fork);

    if (process == 0) {
        sys(SYS_close, listener);
        sys(SYS_prctl, PR_SET_PDEATHSIG, SIGTERM);
        serve(caller, &peer, room / sizeof groups[0], inner);
    }
    if (process > 0)
        *place = (struct connection){ (int)process, peer.uid };
}

int server_main(int count, char **arguments)
{
    struct linux_unix_address outer, inner;

    if (count != 3 || !set_path(&outer, arguments[1]) || !set_path(&inner, arguments[2]))
        return complain("arguments: SOCKET INNER", -EINVAL);
    long parent = sys(SYS_getppid);

    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGTERM);
    if (sys(SYS_getppid) != parent)
        return 1;
    sys(SYS_prctl, PR_SET_NAME, "lwd-broker");
    int listener = (int)sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (listener < 0)
        return complain("socket", listener);
    /* Everybody may connect: who may do what is the policy's to say. */
    sys(SYS_umask, 0111);
    long error = sys(SYS_bind, listener, &outer, sizeof outer);

    if (!error)
        error = sys(SYS_listen, listener, BACKLOG);
    if (error)
        return complain(arguments[1], error);
    sys(SYS_write, 1, "ready\n", 6);
    for (;;) {
        int caller = (int)sys(SYS_accept4, listener, NULL, NULL, SOCK_CLOEXEC);

        if (caller < 0) {
            /* Linux has no room for it, and may have some in a moment; who waits goes on waiting. */
            sys(SYS_poll, NULL, 0, ACCEPT_PAUSE);
            continue;
        }
        take(caller, &inner, listener);
        sys(SYS_close, caller);
    }
}
