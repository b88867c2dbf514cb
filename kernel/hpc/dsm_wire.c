/*
 * The connections between ranks: one thread that sends what was queued and takes what comes, without ever waiting for a
 * single one of them, since two ranks that wait for each other to receive would do so for ever.
 */
#include "hpc/dsm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/bits.h"
#include "xen/clock.h"

#define STACK (32 << 10)
/* An honest rank never has so much to get. */
#define QUEUE_LIMIT (32UL << 20)
/* A thread of the application waits when so much is queued. */
#define QUEUE_FULL (256UL << 10)

void dsm_fail(struct lwd_dsm *dsm, int error)
{
    if (!dsm->error)
        dsm->error = error;
    wait_wake_all(&dsm->changed);
}

/* --- out --- */

static void ring_bell(struct lwd_dsm *dsm)
{
    eventfd_write(dsm->bell, 1);
}

void dsm_send(struct lwd_dsm *dsm, unsigned rank, enum dsm_type type, uint64_t argument, const void *data, size_t size)
{
    struct dsm_peer *peer = &dsm->peer[rank];
    struct dsm_head head = { .size = (uint32_t)size, .type = type, .argument = argument };

    if (peer->socket < 0) {
        if (type != DSM_END)
            dsm_fail(dsm, -ECONNRESET);
        return;
    }
    struct dsm_chunk *chunk = peer->queued < QUEUE_LIMIT ? malloc(sizeof *chunk + sizeof head + size) : NULL;

    if (!chunk) {
        dsm_fail(dsm, -ENOMEM);
        return;
    }
    *chunk = (struct dsm_chunk){ .size = sizeof head + size };
    memcpy(chunk->bytes, &head, sizeof head);
    memcpy(chunk->bytes + sizeof head, data, size);
    *peer->last = chunk;
    peer->last = &chunk->next;
    peer->queued += chunk->size;
    ring_bell(dsm);
}

void dsm_wait_for_room(struct lwd_dsm *dsm, unsigned rank)
{
    (void)dsm_wait(dsm, dsm->peer[rank].queued < QUEUE_FULL);
}

static void drop_first(struct dsm_peer *peer)
{
    struct dsm_chunk *chunk = peer->first;

    peer->first = chunk->next;
    if (!peer->first)
        peer->last = &peer->first;
    peer->queued -= chunk->size;
    free(chunk);
}

/* Sends as much as the connection takes. Returns 0 or why it is gone. */
static int send_queued(struct lwd_dsm *dsm, struct dsm_peer *peer)
{
    bool was_full = peer->queued >= QUEUE_FULL;

    while (peer->first) {
        struct dsm_chunk *chunk = peer->first;
        ssize_t sent = send(peer->socket, chunk->bytes + chunk->sent, chunk->size - chunk->sent, MSG_DONTWAIT);

        if (sent < 0)
            return errno == EAGAIN ? 0 : -errno;
        chunk->sent += (size_t)sent;
        dsm->given_up = clock_monotonic() + dsm->patience;
        if (chunk->sent == chunk->size)
            drop_first(peer);
    }
    if (was_full)
        wait_wake_all(&dsm->changed);
    return 0;
}

/* --- in --- */

static int handle(struct lwd_dsm *dsm, unsigned from)
{
    const uint8_t *data = dsm->peer[from].frame + sizeof(struct dsm_head);
    struct dsm_head head;

    memcpy(&head, dsm->peer[from].frame, sizeof head);
    switch (head.type) {
    case DSM_ENTER:
    case DSM_READY:
    case DSM_LOCK:
    case DSM_UNLOCK:
        return dsm_coordinator_receive(dsm, from, &head, data);
    case DSM_END:
        dsm->peer[from].ended = true;
        return 0;
    case DSM_NOTICE:
        return dsm->rank == 0 ? dsm_coordinator_receive(dsm, from, &head, data)
                              : dsm_pages_receive(dsm, from, &head, data);
    default:
        return dsm_pages_receive(dsm, from, &head, data);
    }
}

/* Takes what has come, whole frames of it handled. Returns 0 or why the connection is gone. */
static int receive(struct lwd_dsm *dsm, unsigned from)
{
    struct dsm_peer *peer = &dsm->peer[from];
    struct dsm_head head;

    for (;;) {
        size_t wanted = sizeof head;

        if (peer->received >= sizeof head) {
            memcpy(&head, peer->frame, sizeof head);
            int error = dsm_head_check(&head);

            if (error)
                return error;
            wanted += head.size;
        }
        if (peer->received == wanted) {
            int error = handle(dsm, from);

            if (error)
                return error;
            peer->received = 0;
            continue;
        }
        ssize_t part = recv(peer->socket, peer->frame + peer->received, wanted - peer->received, MSG_DONTWAIT);

        if (part < 0)
            return errno == EAGAIN ? 0 : -errno;
        if (part == 0)
            return -ECONNRESET;
        peer->received += (size_t)part;
    }
}

/* --- the thread --- */

static void hang_up(struct dsm_peer *peer)
{
    if (peer->socket >= 0)
        close(peer->socket);
    peer->socket = -1;
    while (peer->first)
        drop_first(peer);
}

static void serve_peer(struct lwd_dsm *dsm, unsigned rank, short events)
{
    struct dsm_peer *peer = &dsm->peer[rank];
    int error = events & (POLLIN | POLLHUP | POLLERR) ? receive(dsm, rank) : 0;

    if (!error)
        error = send_queued(dsm, peer);
    if (!error)
        return;
    hang_up(peer);
    if (!peer->ended)
        dsm_fail(dsm, error);
}

static bool all_is_sent(const struct lwd_dsm *dsm)
{
    for (unsigned rank = 0; rank < dsm->ranks; rank++)
        if (dsm->peer[rank].first)
            return false;
    return true;
}

/* For poll(): while closing, what is queued is sent for as long as some of it goes out. */
static int time_to_wait(const struct lwd_dsm *dsm)
{
    return dsm->closing ? dsm_milliseconds_until(dsm->given_up) : -1;
}

static void serve(void *argument)
{
    struct lwd_dsm *dsm = argument;
    struct pollfd polled[LWD_DSM_RANKS + 1];
    unsigned ranks[LWD_DSM_RANKS];

    while (!dsm->closing || (!all_is_sent(dsm) && time_to_wait(dsm) > 0)) {
        nfds_t count = 0;
        eventfd_t rung;

        for (unsigned rank = 0; rank < dsm->ranks; rank++)
            if (dsm->peer[rank].socket >= 0) {
                ranks[count] = rank;
                polled[count++] = (struct pollfd){ .fd = dsm->peer[rank].socket,
                                                   .events = POLLIN | (dsm->peer[rank].first ? POLLOUT : 0) };
            }
        polled[count] = (struct pollfd){ .fd = dsm->bell, .events = POLLIN };
        poll(polled, count + 1, time_to_wait(dsm));
        if (polled[count].revents)
            eventfd_read(dsm->bell, &rung);
        for (nfds_t i = 0; i < count; i++)
            if (polled[i].revents || dsm->peer[ranks[i]].first)
                serve_peer(dsm, ranks[i], polled[i].revents);
    }
    dsm->serving = false;
    wait_wake_all(&dsm->changed);
}

int dsm_wire_start(struct lwd_dsm *dsm)
{
    dsm->bell = eventfd(0, EFD_NONBLOCK);
    if (dsm->bell < 0)
        return -errno;
    for (unsigned rank = 0; rank < dsm->ranks; rank++) {
        struct dsm_peer *peer = &dsm->peer[rank];

        peer->last = &peer->first;
        peer->frame = malloc(sizeof(struct dsm_head) + DSM_SIZE_MAX);
        if (!peer->frame)
            return -ENOMEM;
    }
    int error = thread_create("dsm", serve, dsm, STACK);

    dsm->serving = error == 0;
    return error;
}

int dsm_wire_stop(struct lwd_dsm *dsm)
{
    dsm->given_up = clock_monotonic() + dsm->patience;
    dsm->closing = true;
    if (dsm->serving) {
        ring_bell(dsm);
        wait_for(&dsm->changed, !dsm->serving);
    }
    int error = all_is_sent(dsm) ? 0 : -ETIMEDOUT;

    for (unsigned rank = 0; rank < dsm->ranks; rank++) {
        hang_up(&dsm->peer[rank]);
        free(dsm->peer[rank].frame);
    }
    if (dsm->bell >= 0)
        close(dsm->bell);
    return error;
}
