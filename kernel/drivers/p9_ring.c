/*
 * 9P's rings on granted frames.
 */
#include "drivers/p9_ring.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <xen/io/9pfs.h>

#include "core/bits.h"
#include "core/log.h"
#include "mm/frame.h"
#include "xen/clock.h"

/*
 * A server that is killed tells nobody; its end of the event channel closes. So who waits looks at that, this often.
 */
#define LOOK_AFTER (NANOSECONDS_PER_SECOND)
/* A server puts an answer there at once, or in pieces as fast as it can. */
#define PART_PATIENCE (3 * NANOSECONDS_PER_SECOND)
/* A disk may take its time, so a server that only does not answer is waited for. After that long the user is told. */
#define SILENCE_SECONDS 30

_Static_assert(offsetof(struct p9_indexes, out_prod) == offsetof(struct xen_9pfs_data_intf, out_prod) &&
                   offsetof(struct p9_indexes, in_prod) == offsetof(struct xen_9pfs_data_intf, in_prod),
               "the indexes are where Xen's header has them");

static void give_up(struct p9_ring *ring, const char *why)
{
    if (!ring->given_up)
        log_line("%s: %s: its files are lost to this domain", ring->front.node, why);
    ring->given_up = true;
    p9_channel_break(&ring->channel);
    wait_wake_all(&ring->changed);
}

/* In the handlers' context. */
static void event(void *argument)
{
    struct p9_ring *ring = argument;

    /* The server has room for all answers (p9_channel_ready), so it need not be told that some were taken. */
    int taken = p9_channel_receive(&ring->channel);

    if (taken < 0)
        give_up(ring, "the server breaks the protocol");
    if (taken > 0 && ring->silent) {
        ring->silent = false;
        log_line("%s: the server answers again", ring->front.node);
    }
    wait_wake_all(&ring->changed);
}

/* In the thread of front_service.c. */
static void backend_gone(struct front *front)
{
    p9_ring_disconnect(container_of(front, struct p9_ring, front));
}

/* Part of an answer is there, and has been for a while: the rest is not coming. */
static bool answers_in_part(struct p9_ring *ring)
{
    uint32_t part = p9_channel_part(&ring->channel);
    uint64_t now = clock_monotonic();

    if (part == 0 || part != ring->part) {
        ring->part = part;
        ring->part_since = now;
    }
    return part && now - ring->part_since >= PART_PATIENCE;
}

/* Whatever the server should have missed; and the user is told of one that is long silent. */
static void remind(struct p9_ring *ring)
{
    uint64_t now = clock_monotonic();

    evtchn_notify(ring->port);
    /* If nobody has looked for a while, nobody has waited. */
    if (ring->channel.in_cons != ring->heard || now - ring->looked > 3 * LOOK_AFTER) {
        ring->heard = ring->channel.in_cons;
        ring->silent_since = now;
    }
    ring->looked = now;
    if (ring->silent || now - ring->silent_since < SILENCE_SECONDS * NANOSECONDS_PER_SECOND)
        return;
    ring->silent = true;
    log_line("%s: the server has not answered for %d s and is waited for", ring->front.node, SILENCE_SECONDS);
}

static void look_after(struct p9_ring *ring)
{
    event(ring);
    if (!evtchn_is_connected(ring->port))
        give_up(ring, "the server is gone");
    else if (answers_in_part(ring))
        give_up(ring, "the server does not finish an answer");
    else
        remind(ring);
}

void p9_ring_flush(struct p9_ring *ring)
{
    if (ring->unsaid)
        evtchn_notify(ring->port);
    ring->unsaid = false;
}

/* Waits for `condition`; looks now and then whether there is still somebody who could make it true. */
#define await(ring, condition)                                                                              \
    do {                                                                                                    \
        if (!(condition))                                                                                   \
            p9_ring_flush(ring);                                                                            \
        while (!wait_until(&(ring)->changed, condition, clock_monotonic() + LOOK_AFTER))                    \
            look_after(ring);                                                                               \
    } while (0)

int p9_ring_send(struct p9_ring *ring, struct p9_request *request, void *head, size_t head_size, const void *data,
                 size_t data_size)
{
    struct p9_channel *channel = &ring->channel;

    await(ring, p9_channel_ready(channel, request, head_size + data_size));
    int error = p9_channel_send(channel, request, head, head_size, data, data_size);

    if (!error)
        ring->unsaid = true;
    return error;
}

int p9_ring_await(struct p9_ring *ring, struct p9_request *request)
{
    await(ring, request->done);
    return request->result;
}

/* --- the connection --- */

/* "1" is among the versions that the server speaks: a list with commas. */
static bool speaks_version_1(struct front *front)
{
    char versions[64];

    if (front_read(front, "versions", versions, sizeof versions) <= 0)
        return false;
    for (const char *at = versions; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (at[0] == '1' && (at[1] == ',' || at[1] == '\0'))
            return true;
    }
    return false;
}

/* As much as the server takes, a sixteenth of the memory that is free, or what there is: many volumes have to do. */
static int share_rings(struct p9_ring *ring)
{
    uint64_t order = MIN(front_read_number(&ring->front, "max-ring-page-order", 0), (uint64_t)P9_RING_ORDER_MAX);
    int error = -EIO;

    while (order > 1 && (pfn_t)16 << order > frame_count_free())
        order--;
    ring->page.references = &ring->page_reference;
    ring->data.references = ring->data_references;
    for (; order >= 1; order--) {
        error = front_share(&ring->front, &ring->data, (unsigned)order);
        if (error != -ENOMEM)
            break;
    }
    return error ? error : front_share(&ring->front, &ring->page, 0);
}

static void lay_out(struct p9_ring *ring)
{
    struct xen_9pfs_data_intf *page = ring->page.address;
    size_t half = (size_t)PAGE_SIZE << ring->data.order >> 1;

    page->ring_order = ring->data.order;
    memcpy(page->ref, ring->data_references, sizeof(grant_ref_t) << ring->data.order);
    ring->channel = (struct p9_channel){
        .indexes = ring->page.address,
        .in = ring->data.address,
        .out = (char *)ring->data.address + half,
        .size = half,
        /* Two whole messages fit: one is on its way while the other is made or taken. */
        .message_max = half / 2,
    };
}

static int publish(struct p9_ring *ring)
{
    struct front *front = &ring->front;
    int error = front_publish(front, "version", "1");

    if (!error)
        error = front_publish(front, "num-rings", "1");
    if (!error)
        error = front_publish(front, "ring-ref0", "%u", ring->page_reference);
    if (!error)
        error = front_publish(front, "event-channel-0", "%u", ring->port);
    return error;
}

static int set_up(struct p9_ring *ring)
{
    if (!speaks_version_1(&ring->front))
        return -EPROTO;
    int error = share_rings(ring);

    if (error)
        return error;
    lay_out(ring);
    int port = front_channel(&ring->front, event, ring);

    if (port < 0)
        return port;
    ring->port = (evtchn_port_t)port;
    error = publish(ring);
    return error ? error : front_connect(&ring->front, XenbusStateInitialised);
}

int p9_ring_connect(struct p9_ring *ring, const char *name)
{
    wait_queue_init(&ring->changed);
    ring->front.backend_gone = backend_gone;
    int error = front_open(&ring->front, "9pfs", name);

    if (error)
        return error;
    error = set_up(ring);
    if (error)
        front_close(&ring->front);
    return error;
}

void p9_ring_disconnect(struct p9_ring *ring)
{
    give_up(ring, "the server closes the connection");
    front_disconnect(&ring->front);
}
