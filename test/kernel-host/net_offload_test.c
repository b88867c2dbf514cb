/*
 * drivers/net_offload: segments of a stream joined to one packet, against headers and checksums computed the long way.
 */
#include "drivers/net_offload.h"

#include <string.h>

#include "core/checksum.h"
#include "verdict.h"

#define V4_FRAME (14 + 20 + 20)

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

/* A segment at `sequence` with `size` bytes, in IPv4. Returns the frame's length. */
static size_t make_segment(uint8_t *frame, uint32_t sequence, uint8_t flags, size_t size)
{
    static const uint8_t addresses[8] = { 10, 0, 3, 5, 10, 0, 3, 1 };

    memset(frame, 0, V4_FRAME);
    memset(frame, 0xee, 12);
    put16(frame + 12, 0x0800);
    frame[14] = 0x45;
    put16(frame + 16, (unsigned)(40 + size));
    put16(frame + 18, (unsigned)random_below(65536));
    frame[22] = 64;
    frame[23] = 6;
    memcpy(frame + 26, addresses, sizeof addresses);
    put16(frame + 34, 1000);
    put16(frame + 36, 80);
    put32(frame + 38, sequence);
    put32(frame + 42, 77);
    frame[46] = 0x50;
    frame[47] = flags;
    put16(frame + 48, 500);
    random_bytes(frame + V4_FRAME, size);
    return V4_FRAME + size;
}

TEST(a_segment_is_taken_apart)
{
    uint8_t frame[2000];
    struct net_segment segment;
    size_t size = make_segment(frame, 1, 0x10, 1000);

    check(net_parse_segment(frame, size, size, &segment));
    check_equal(segment.tcp, 34);
    check_equal(segment.payload, V4_FRAME);
    check_equal(segment.size, 1000);
    check(net_parse_segment(frame, V4_FRAME, size, &segment));
    check(!net_parse_segment(frame, V4_FRAME - 1, size, &segment));
    check(!net_parse_segment(frame, size, size + 1, &segment));
    put16(frame + 20, 0x2000);
    check(!net_parse_segment(frame, size, size, &segment));
    put16(frame + 20, 0x4000);
    check(net_parse_segment(frame, size, size, &segment));
    frame[23] = 17;
    check(!net_parse_segment(frame, size, size, &segment));
}

TEST(any_bytes_can_be_parsed)
{
    for (int round = 0; round < 100000; round++) {
        size_t size = (size_t)random_below(80);
        uint8_t *bytes = exact_copy(NULL, size);
        struct net_segment segment;

        random_bytes(bytes, size);
        if (size >= 24 && random_below(4)) {
            put16(bytes + 12, random_below(2) ? 0x0800 : 0x86dd);
            bytes[14] = random_below(2) ? 0x45 : 0x60;
            bytes[random_below(2) ? 23 : 20] = 6;
            put16(bytes + 16, (unsigned)size - 14);
        }
        if (net_parse_segment(bytes, size, size, &segment))
            check(segment.payload + segment.size == size);
    }
}

TEST(what_continues_and_what_does_not)
{
    uint8_t one[1500], two[1500];
    struct net_segment first, next;
    size_t size = make_segment(one, 1000, 0x10, 500);

    net_parse_segment(one, size, size, &first);
    check(net_segment_is_open(one, &first));
    size = make_segment(two, 1500, 0x18, 300);
    check(net_parse_segment(two, size, size, &next));
    check(net_continues(one, &first, 500, two, &next));
    check(!net_segment_is_open(two, &next));
    /* Another place, another acknowledgement, another window, another port, an urgent end, too much. */
    for (int field = 34; field < 50; field++) {
        bool may_differ = field == 47;

        if (may_differ)
            continue;
        two[field] ^= 1;
        check(!net_continues(one, &first, 500, two, &next));
        two[field] ^= 1;
    }
    two[47] = 0x11;
    check(!net_continues(one, &first, 500, two, &next));
    two[47] = 0x18;
    put32(two + 38, 66500);
    check(!net_continues(one, &first, 65500, two, &next));
    /* Cut up, a segment may be any number of the others, and any amount at the end. */
    put32(two + 38, 1500);
    first.unit = 250;
    check(!net_continues(one, &first, 500, two, &next));
    next.unit = 250;
    check(net_continues(one, &first, 500, two, &next));
    first.unit = next.unit = 240;
    check(!net_continues(one, &first, 500, two, &next));
    first.unit = 500;
    check(net_continues(one, &first, 500, two, &next));
    net_append_flags(one, &first, two, &next);
    check_equal(one[47], 0x18);
}

/* The checksum over a whole IPv4 packet with its pseudo header, which is ffff if the field is right. */
static unsigned whole_sum(const uint8_t *frame, size_t length)
{
    uint8_t pseudo[12] = { 0 };

    memcpy(pseudo, frame + 26, 8);
    pseudo[9] = 6;
    put16(pseudo + 10, (unsigned)(length - 34));
    return checksum_fold(checksum_add(checksum_add(0, pseudo, sizeof pseudo), frame + 34, length - 34));
}

TEST(checksums_are_right)
{
    static uint8_t frame[70000];

    for (int round = 0; round < 200; round++) {
        struct net_segment segment;
        size_t payload = (size_t)random_below(60000), size = make_segment(frame, 9, 0x10, 100);

        check(net_parse_segment(frame, size, size, &segment));
        random_bytes(frame + V4_FRAME, payload);
        net_finish_headers(frame, &segment, (uint32_t)payload);
        check_equal(frame[16] << 8 | frame[17], 40 + payload);
        check_equal(checksum_fold(checksum_add(0, frame + 14, 20)), 0xffff);
        net_complete_checksum(frame, &segment, checksum_add(0, frame + 34, 20 + payload));
        check_equal(whole_sum(frame, V4_FRAME + payload), 0xffff);
    }
}
