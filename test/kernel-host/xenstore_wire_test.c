/*
 * drivers/xenstore_wire: messages cut anywhere by a ring that wraps, and the lies that a xenstored could tell.
 */
#include "drivers/xenstore_wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "verdict.h"

#define RING XENSTORE_RING_SIZE

static struct xenstore_domain_interface *new_ring(uint32_t start)
{
    struct xenstore_domain_interface *ring = exact_copy(NULL, sizeof *ring);

    memset(ring, 0x5a, sizeof *ring);
    ring->req_prod = ring->req_cons = ring->rsp_prod = ring->rsp_cons = start;
    return ring;
}

/* Plays xenstored: puts up to `count` bytes on the ring, as many as there is room for. */
static size_t serve(struct xenstore_domain_interface *ring, const char *bytes, size_t count)
{
    size_t done = 0;

    while (done < count && ring->rsp_prod - ring->rsp_cons < RING) {
        ring->rsp[ring->rsp_prod % RING] = bytes[done++];
        ring->rsp_prod++;
    }
    return done;
}

static size_t random_message(char *bytes)
{
    struct xsd_sockmsg header = {
        .type = (uint32_t)random_bits(),
        .req_id = (uint32_t)random_bits(),
        .len = (uint32_t)(random_below(3) ? random_below(50) : random_below(XENSTORE_PAYLOAD_MAX + 1)),
    };

    memcpy(bytes, &header, sizeof header);
    random_bytes(bytes + sizeof header, header.len);
    return sizeof header + header.len;
}

TEST(messages_arrive_whole)
{
    struct xenstore_domain_interface *ring = new_ring(UINT32_MAX - (uint32_t)random_below(3000));
    struct xenstore_message *message = exact_copy(NULL, sizeof *message);
    static char bytes[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX];

    message->filled = 0;
    for (int i = 0; i < 2000; i++) {
        size_t size = random_message(bytes), sent = 0;
        int result = 0;

        while (result == 0) {
            size_t part = 1 + random_below(1500);

            sent += serve(ring, bytes + sent, MIN(size - sent, part));
            result = xenstore_receive(ring, message);
            check(result == 1 || sent < size);
        }
        check_equal(result, 1);
        check_equal(sent, size);
        check(memcmp(&message->header, bytes, sizeof message->header) == 0);
        check(memcmp(message->payload, bytes + sizeof message->header, message->header.len) == 0);
        check_equal(message->payload[message->header.len], 0);
    }
    check_equal(xenstore_receive(ring, message), 0);
}

TEST(several_messages_wait_in_the_ring)
{
    struct xenstore_domain_interface *ring = new_ring(7);
    struct xenstore_message message = { .filled = 0 };
    struct xsd_sockmsg empty = { .type = XS_WRITE, .len = 0 };

    for (uint32_t i = 0; i < 10; i++) {
        empty.req_id = i;
        check_equal(serve(ring, (const char *)&empty, sizeof empty), sizeof empty);
    }
    for (uint32_t i = 0; i < 10; i++) {
        check_equal(xenstore_receive(ring, &message), 1);
        check_equal(message.header.req_id, i);
        check_text(message.payload, "");
    }
    check_equal(xenstore_receive(ring, &message), 0);
}

TEST(a_producer_too_far_ahead_is_a_lie)
{
    for (int i = 0; i < 5000; i++) {
        struct xenstore_domain_interface *ring = new_ring((uint32_t)random_bits());
        struct xenstore_message message = { .filled = 0 };

        ring->rsp_prod += RING + 1 + (uint32_t)random_below(UINT32_MAX - RING - 1);
        check_equal(xenstore_receive(ring, &message), -EPROTO);
        check_equal(message.filled, 0);
        free(ring);
    }
}

TEST(a_message_longer_than_any_is_a_lie)
{
    static const uint32_t lengths[] = { XENSTORE_PAYLOAD_MAX + 1, 1u << 16, INT32_MAX, UINT32_MAX - 15, UINT32_MAX };

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct xenstore_domain_interface *ring = new_ring(0);
        struct xenstore_message *message = exact_copy(NULL, sizeof *message);
        struct xsd_sockmsg header = { .type = XS_READ, .len = lengths[i] };

        message->filled = 0;
        serve(ring, (const char *)&header, sizeof header);
        check_equal(xenstore_receive(ring, message), -EPROTO);
    }
}

TEST(sends_what_there_is_room_for)
{
    struct xenstore_domain_interface *ring = new_ring(UINT32_MAX - 100);
    unsigned char sent[300], next_out = 0, next_in = 0;

    for (int i = 0; i < 5000; i++) {
        size_t count = random_below(sizeof sent + 1), filled = ring->req_prod - ring->req_cons;

        for (size_t k = 0; k < count; k++)
            sent[k] = (unsigned char)(next_out + k);
        long done = xenstore_send(ring, sent, count);

        check_equal(done, MIN(count, RING - filled));
        next_out = (unsigned char)(next_out + done);
        for (size_t taken = random_below(ring->req_prod - ring->req_cons + 1); taken; taken--) {
            check_equal((unsigned char)ring->req[ring->req_cons % RING], next_in++);
            ring->req_cons++;
        }
    }
    ring->req_cons = ring->req_prod + 1;
    check_equal(xenstore_send(ring, sent, 1), -EPROTO);
    ring->req_cons = ring->req_prod - RING - 1;
    check_equal(xenstore_send(ring, sent, 1), -EPROTO);
}

TEST(errors_by_name)
{
    check_equal(xenstore_errno("ENOENT"), -ENOENT);
    check_equal(xenstore_errno("EACCES"), -EACCES);
    check_equal(xenstore_errno("EINVAL"), -EINVAL);
    check_equal(xenstore_errno(""), -EIO);
    check_equal(xenstore_errno("EWHATEVER"), -EIO);
}

static const char *token_of(const char *payload, size_t length)
{
    static struct xenstore_message message;

    message.header.len = (uint32_t)length;
    memcpy(message.payload, payload, length);
    message.payload[length] = '\0';
    return xenstore_event_token(&message);
}

TEST(watch_events)
{
    check_text(token_of("control/shutdown\0a", 19), "a");
    check_text(token_of("p\0token", 7), "token");
    check_text(token_of("p\0", 3), "");
    check(token_of("", 0) == NULL);
    check(token_of("no token", 8) == NULL);
    check(token_of("no token", 9) == NULL);
}
