/*
 * core/ring.h: against a queue of bytes, with indexes that run over 2^32, and with indexes that cannot be true.
 */
#include "core/ring.h"

#include <string.h>

#include "verdict.h"

#define STEPS 20000
#define MAX_RING 2048

/* What should be in the ring: bytes numbered from the start of time. */
static unsigned char byte_number(uint64_t n)
{
    return (unsigned char)(n * 167 + (n >> 8));
}

static void put_some(char *ring, size_t size, uint32_t *producer, uint32_t consumer, uint64_t *written)
{
    char data[MAX_RING];
    size_t room = ring_room(*producer, consumer, size);
    size_t count = random_below(room + 1);

    for (size_t i = 0; i < count; i++)
        data[i] = (char)byte_number(*written + i);
    ring_put(ring, size, *producer, exact_copy(data, count), count);
    *producer += (uint32_t)count;
    *written += count;
}

static void get_some(const char *ring, size_t size, uint32_t producer, uint32_t *consumer, uint64_t *read)
{
    size_t filled = ring_filled(producer, *consumer, size);
    size_t count = random_below(filled + 1);
    char *data = exact_copy(NULL, count);

    ring_get(ring, size, *consumer, data, count);
    for (size_t i = 0; i < count; i++)
        check_equal((unsigned char)data[i], byte_number(*read + i));
    *consumer += (uint32_t)count;
    *read += count;
}

static void run_model(size_t size, uint32_t start)
{
    char *ring = exact_copy(NULL, size);
    uint32_t producer = start, consumer = start;
    uint64_t written = 0, read = 0;

    for (int step = 0; step < STEPS / 10; step++) {
        check_equal(ring_filled(producer, consumer, size), written - read);
        check_equal(ring_room(producer, consumer, size), size - (written - read));
        if (random_below(2))
            put_some(ring, size, &producer, consumer, &written);
        else
            get_some(ring, size, producer, &consumer, &read);
    }
}

TEST(carries_every_byte_in_order)
{
    for (size_t size = 1; size <= MAX_RING; size *= 2)
        run_model(size, (uint32_t)random_bits());
}

TEST(indexes_wrap_at_32_bits)
{
    for (size_t size = 16; size <= MAX_RING; size *= 2)
        run_model(size, UINT32_MAX - (uint32_t)random_below(2 * size));
}

TEST(a_full_and_an_empty_ring)
{
    check_equal(ring_filled(7, 7, 16), 0);
    check_equal(ring_room(7, 7, 16), 16);
    check_equal(ring_filled(23, 7, 16), 16);
    check_equal(ring_room(23, 7, 16), 0);
}

TEST(impossible_indexes_break_the_ring)
{
    for (int i = 0; i < STEPS; i++) {
        size_t size = (size_t)1 << random_below(12);
        uint32_t consumer = (uint32_t)random_bits();
        uint32_t distance = (uint32_t)(size + 1 + random_below(UINT32_MAX - size));

        check(ring_filled(consumer + distance, consumer, size) == RING_BROKEN);
        check(ring_room(consumer + distance, consumer, size) == RING_BROKEN);
    }
    /* One byte more than there can be; and a consumer that is ahead of its producer. */
    check(ring_filled(1035, 10, 1024) == RING_BROKEN);
    check(ring_filled(10, 11, 1024) == RING_BROKEN);
}
