/*
 * The socket that PMI_FD names, and what is said over it:
 *
 *   bytes COUNT      by hand: so much of a pattern there, for somebody who does not read at first, and as much back, to the end
 *   broken           what is left of it when the other end is gone
 *   ranks            by lwd/pmi.h: every rank says where it is and finds all others, by TCP too if it has an address
 *   abort RANK       that one has all of them ended, which wait
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lwd/pmi.h>

#define PORT 7000
#define MOST 64

static void must(int condition, const char *what)
{
    if (condition)
        return;
    dprintf(STDERR_FILENO, "not true: %s (%s)\n", what, strerror(errno));
    _exit(99);
}

/* --- by hand --- */

static uint8_t next_byte(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return (uint8_t)(*state >> 24);
}

static void write_all(int descriptor, const uint8_t *data, size_t size)
{
    struct pollfd wanted = { .fd = descriptor, .events = POLLOUT };

    while (size > 0) {
        must(poll(&wanted, 1, -1) == 1 && (wanted.revents & POLLOUT), "poll() waits for room");
        ssize_t done = write(descriptor, data, size);

        must(done > 0, "there is room after poll()");
        data += done;
        size -= (size_t)done;
    }
}

static int bytes(int descriptor, size_t count)
{
    uint8_t *data = malloc(count), part[5000];
    uint32_t state = 12345;
    struct stat status;
    struct pollfd wanted = { .fd = descriptor, .events = POLLIN };
    size_t written = 0, got = 0;
    ssize_t size;

    must(fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode), "it is a socket");
    must(dup(descriptor) == (descriptor == 3 ? 4 : 3), "its number is its alone");
    for (size_t i = 0; i < count; i++)
        data[i] = next_byte(&state);
    must(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, "it can be non-blocking");
    while ((size = write(descriptor, data + written, count - written)) > 0)
        written += (size_t)size;
    must(size < 0 && errno == EAGAIN && written < count, "who does not read is not written to without end");
    printf("full\n");
    write_all(descriptor, data + written, count - written);
    must(fcntl(descriptor, F_SETFL, 0) == 0, "and blocking again");
    for (state = 12345; poll(&wanted, 1, -1) == 1 && (size = read(descriptor, part, sizeof part)) > 0; got += (size_t)size)
        for (ssize_t i = 0; i < size; i++)
            must(part[i] == next_byte(&state), "what comes is what was sent");
    must(size == 0 && got == count, "all of it comes, and then the end");
    must(write(descriptor, "after the end", 13) == 13, "the other way has not ended");
    must(close(descriptor) == 0, "it can be closed");
    must(write(descriptor, "", 1) < 0 && errno == EBADF, "and is closed then");
    must(write(descriptor == 3 ? 4 : 3, "!", 1) == 1, "but not what was duplicated");
    must(close(descriptor == 3 ? 4 : 3) == 0, "that too");
    printf("done\n");
    must(read(STDIN_FILENO, part, 1) == 0, "somebody has seen that");
    return 0;
}

static int broken(int descriptor)
{
    char byte;

    signal(SIGPIPE, SIG_IGN);
    must(read(descriptor, &byte, 1) == 0, "it is at its end");
    while (write(descriptor, "some words", 10) == 10)
        ;
    must(errno == EPIPE, "and nobody takes anything");
    struct pollfd wanted = { .fd = descriptor, .events = POLLIN };

    must(poll(&wanted, 1, 0) == 1 && (wanted.revents & POLLHUP), "poll() says so");
    return 4;
}

/* --- ranks --- */

static struct sockaddr_in address_of(const char *text)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };

    must(inet_pton(AF_INET, text, &address.sin_addr) == 1, "what a rank has put is an address");
    return address;
}

/* Rank 0 hears from all others, and answers each with the sum of what it was told. */
static void meet_all(unsigned size)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    int listener = socket(AF_INET, SOCK_STREAM, 0), peers[MOST];
    unsigned sum = 0, told;

    must(bind(listener, (struct sockaddr *)&here, sizeof here) == 0 && listen(listener, MOST) == 0, "rank 0 listens");
    must(lwd_pmi_fence() == 0, "the others know when");
    for (unsigned i = 1; i < size; i++) {
        must((peers[i] = accept(listener, NULL, NULL)) >= 0, "they come");
        must(read(peers[i], &told, sizeof told) == sizeof told, "and say who they are");
        sum += told;
    }
    for (unsigned i = 1; i < size; i++)
        must(write(peers[i], &sum, sizeof sum) == sizeof sum, "they are answered");
}

static void meet_first(const char *where, unsigned rank, unsigned size)
{
    struct sockaddr_in there = address_of(where);
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    unsigned sum;

    must(lwd_pmi_fence() == 0, "rank 0 listens");
    must(connect(peer, (struct sockaddr *)&there, sizeof there) == 0, "it is where it has put that it is");
    must(write(peer, &rank, sizeof rank) == sizeof rank, "it can be told");
    must(read(peer, &sum, sizeof sum) == sizeof sum && sum == size * (size - 1) / 2, "all were there");
}

/* This rank's own address, out of those of all. */
static const char *own_address(unsigned rank)
{
    static char peers[1024];
    char *text = peers;

    strncpy(peers, getenv("LWD_PEERS") ? getenv("LWD_PEERS") : "", sizeof peers - 1);
    for (unsigned i = 0; i < rank && text; i++)
        text = strchr(text, ',') ? strchr(text, ',') + 1 : NULL;
    return text && *text ? strtok(text, ",") : NULL;
}

static int ranks(struct lwd_pmi_place place)
{
    char key[LWD_PMI_KEY], value[LWD_PMI_VALUE], first[LWD_PMI_VALUE], longest[LWD_PMI_VALUE];
    const char *own = own_address(place.rank);

    snprintf(key, sizeof key, "where-%u", place.rank);
    snprintf(value, sizeof value, "%s", own ? own : "nowhere");
    must(lwd_pmi_put(key, value) == 0, "a rank says where it is");
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    if (place.rank == 0)
        must(lwd_pmi_put("longest", longest) == 0, "a value can be so long");
    must(lwd_pmi_put("no;key", "value") == -EINVAL && lwd_pmi_put("key", "no value") == -EINVAL, "quotes there are none");
    must(lwd_pmi_fence() == 0, "all have said it");
    must(lwd_pmi_get("nothing", value, sizeof value) == -ENOENT, "what nobody put nobody has");
    must(lwd_pmi_get("longest", value, 10) == -EMSGSIZE, "too little room is told");
    must(lwd_pmi_get("longest", value, sizeof value) == 0 && strcmp(value, longest) == 0, "the long value comes whole");
    printf("rank %u of %u:", place.rank, place.size);
    for (unsigned i = 0; i < place.size; i++) {
        snprintf(key, sizeof key, "where-%u", i);
        must(lwd_pmi_get(key, i ? value : first, sizeof value) == 0, "a rank finds every other");
        printf(" %s", i ? value : first);
    }
    if (own && place.rank == 0)
        meet_all(place.size);
    else if (own)
        meet_first(first, place.rank, place.size);
    printf("%s\n", own ? ", and they have met" : "");
    must(lwd_pmi_finalize() == 0, "it ends well");
    must(lwd_pmi_fence() == -ENOTCONN, "and is over then");
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "ranks", *number = getenv("PMI_FD");
    struct lwd_pmi_place place;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!number) {
        must(lwd_pmi_init(&place) == -ENOENT, "without PMI_FD there is no PMI");
        puts("no PMI_FD");
        return 6;
    }
    if (strcmp(what, "bytes") == 0)
        return bytes(atoi(number), strtoul(argv[2], NULL, 0));
    if (strcmp(what, "broken") == 0)
        return broken(atoi(number));
    int error = lwd_pmi_init(&place);

    if (error) {
        printf("lwd_pmi_init: %d\n", error);
        return 5;
    }
    if (strcmp(what, "abort") == 0) {
        printf("rank %u waits\n", place.rank);
        if ((unsigned)atoi(argv[2]) == place.rank)
            lwd_pmi_abort(9, "for a test");
        must(lwd_pmi_fence() != 0, "this fence nobody leaves");
        sleep(1000);
    }
    return ranks(place);
}
