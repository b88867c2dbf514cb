/*
 * The process channel's shared memory from both sides, and what waits between a domain and lwd: rings that wrap, records of every
 * size, events that are asked for, and domains that lie.
 */
#include "drivers/process_ring.h"

#include <stdlib.h>
#include <string.h>

#include "stream.h"
#include "verdict.h"

#define RING 65536

/* A ring with one side at each end. */
struct table {
    struct process_side domain, dom0;
    struct process_ring writer, reader;
};

static struct table *new_table(uint32_t start)
{
    struct table *table = calloc(1, sizeof *table);
    char *bytes = exact_copy(NULL, RING);

    table->domain.index = table->dom0.index = start;
    table->writer = (struct process_ring){ bytes, RING, start, &table->domain, &table->dom0 };
    table->reader = (struct process_ring){ bytes, RING, start, &table->dom0, &table->domain };
    return table;
}

TEST(records_come_as_they_went_over_the_wrap_of_ring_and_index)
{
    struct table *table = new_table(UINT32_MAX - 1003);
    uint8_t *sent = exact_copy(NULL, PROCESS_RECORD_MAX), *got = exact_copy(NULL, FRAME_HEADER + PROCESS_RECORD_MAX);
    bool tell;

    for (unsigned round = 0; round < 2000; round++) {
        uint32_t count = 1 + (uint32_t)random_below(round % 3 ? 300 : PROCESS_RECORD_MAX), header;
        enum process_kind kind = round % 2 ? PROCESS_STDERR : PROCESS_STDOUT;

        random_bytes(sent, count);
        check(process_ring_room(&table->writer) == RING);
        process_ring_put_record(&table->writer, kind, sent, count);
        check_equal(process_ring_take_record(&table->reader, got, FRAME_HEADER + count - 1, &tell), 0);
        check_equal(process_ring_take_record(&table->reader, got, FRAME_HEADER + count, &tell), FRAME_HEADER + count);
        memcpy(&header, got, sizeof header);
        check_equal(header, (uint32_t)kind << 24 | count);
        check(memcmp(got + FRAME_HEADER, sent, count) == 0);
    }
}

TEST(who_asks_hears_once_and_who_does_not_ask_hears_nothing)
{
    struct table *table = new_table(8);
    uint8_t got[64];
    bool tell = false;

    process_ring_want(&table->reader, table->reader.index + 1);
    check(process_ring_put_record(&table->writer, PROCESS_STDOUT, "a", 1));
    check(!process_ring_put_record(&table->writer, PROCESS_STDOUT, "b", 1));
    process_ring_want(&table->writer, table->writer.index);
    process_ring_take_record(&table->reader, got, sizeof got, &tell);
    check(!tell);
    process_ring_take_record(&table->reader, got, sizeof got, &tell);
    check(tell);
}

TEST(lies_are_no_records)
{
    static const uint32_t headers[] = { 0, 1u << 24, 3u << 24 | 1, 1u << 24 | (PROCESS_RECORD_MAX + 1), 1u << 24 | 9, ~0u };
    uint8_t *got = exact_copy(NULL, FRAME_HEADER + PROCESS_RECORD_MAX);
    bool tell;

    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        struct table *table = new_table(0);

        *process_ring_header(&table->writer, 0) = headers[i];
        table->domain.index = 12;
        check_equal(process_ring_take_record(&table->reader, got, FRAME_HEADER + PROCESS_RECORD_MAX, &tell), -1);
    }
    for (uint32_t index = 1; index < 4; index++) {
        struct table *table = new_table(0);

        table->domain.index = index;
        check_equal(process_ring_take_record(&table->reader, got, FRAME_HEADER + PROCESS_RECORD_MAX, &tell), -1);
        table->domain.index = RING + index;
        check_equal(process_ring_take_record(&table->reader, got, FRAME_HEADER + PROCESS_RECORD_MAX, &tell), -1);
    }
}

TEST(the_outbox_gives_every_byte_in_order_however_it_is_taken)
{
    struct outbox *box = calloc(1, sizeof *box);
    uint8_t *record = exact_copy(NULL, 20000);
    uint64_t put = 0, sum_put = 0, sum_taken = 0, taken = 0;
    const uint8_t *data;

    while (put < 20000000) {
        uint32_t count = (uint32_t)random_below(20000);

        random_bytes(record, count);
        while (!outbox_put(box, FRAME_STDOUT, record, count)) {
            size_t size = outbox_next(box, &data), part = 1 + random_below(size);

            for (size_t i = 0; i < part; i++)
                sum_taken = sum_taken * 31 + data[i];
            taken += part;
            outbox_gone(box, part);
        }
        uint32_t header = (uint32_t)FRAME_STDOUT << 24 | count;

        for (size_t i = 0; i < 4; i++)
            sum_put = sum_put * 31 + (header >> 8 * i & 0xff);
        for (size_t i = 0; i < count; i++)
            sum_put = sum_put * 31 + record[i];
        put += 4 + count;
    }
    for (size_t size; (size = outbox_next(box, &data)) > 0; outbox_gone(box, size)) {
        for (size_t i = 0; i < size; i++)
            sum_taken = sum_taken * 31 + data[i];
        taken += size;
    }
    check_equal(taken, put);
    check(sum_taken == sum_put);
}

TEST(input_beyond_the_credit_is_refused_and_the_rest_arrives)
{
    struct input *input = calloc(1, sizeof *input);
    struct table *table = new_table(0);
    uint8_t part[1000];
    uint64_t sent = 0, got = 0;

    check(!input_add(input, part, 1));
    input_open(input);
    for (unsigned round = 0; round < 5000; round++) {
        input_take_credit(input);
        uint32_t count = (uint32_t)MIN(random_below(sizeof part), input->credit);

        check(input_add(input, part, count));
        sent += count;
        check(input_move(input, &table->writer) >= 0);
        uint32_t there = (uint32_t)random_below(process_ring_filled(&table->reader) + 1);

        got += there;
        process_ring_advance(&table->reader, there);
    }
    check(!input_add(input, part, input->credit + 1));
    check_equal(sent - got, input->end - input->begin + process_ring_filled(&table->reader));
}

/* --- the stream --- */

static struct stream *new_stream(struct table **out, struct table **in)
{
    struct stream *stream = calloc(1, sizeof *stream);

    *out = new_table(100);
    *in = new_table(0);
    stream_open(stream, &(*out)->reader, &(*in)->writer);
    return stream;
}

static void add_credit(struct stream *stream, uint32_t more)
{
    check(stream_add_credit(stream, (const uint8_t *)&more, sizeof more));
}

TEST(a_stream_gives_no_more_than_was_asked_for_but_at_its_end)
{
    struct table *out, *in;
    struct stream *stream = new_stream(&out, &in);
    struct outbox *box = calloc(1, sizeof *box);
    static char text[40000];
    enum frame_kind kind;
    const uint8_t *data;
    uint32_t count;
    bool tell;

    memset(text, 'x', sizeof text);
    ring_put(out->writer.bytes, RING, out->writer.index, text, sizeof text);
    process_ring_advance(&out->writer, sizeof text);
    check(stream_take(stream, box, OUTBOX_USUAL, false, true, &tell) && outbox_filled(box) == 0);
    add_credit(stream, 1000);
    check(stream_take(stream, box, OUTBOX_USUAL, false, true, &tell));
    check(outbox_take(box, &kind, &data, &count) && kind == FRAME_STREAM && count == 1000 && data[999] == 'x');
    check(!outbox_take(box, &kind, &data, &count));
    check(stream_take(stream, box, OUTBOX_SIZE, true, true, &tell));
    for (uint32_t left = sizeof text - 1000; left; left -= count)
        check(outbox_take(box, &kind, &data, &count) && kind == FRAME_STREAM && count <= left);
    check(outbox_take(box, &kind, &data, &count) && kind == FRAME_STREAM_ENDS && count == 0);
    check(stream_take(stream, box, OUTBOX_SIZE, true, true, &tell) && outbox_filled(box) == 0);
}

TEST(a_stream_that_lies_is_told_and_credit_that_cannot_be_too)
{
    struct table *out, *in;
    struct stream *stream = new_stream(&out, &in);
    struct outbox *box = calloc(1, sizeof *box);
    uint32_t much = (1u << 30) + 1;
    bool tell;

    check(!stream_add_credit(stream, (const uint8_t *)&much, sizeof much));
    check(!stream_add_credit(stream, (const uint8_t *)&much, 3));
    out->domain.index = 100 + RING + 1;
    check(!stream_take(stream, box, OUTBOX_USUAL, false, false, &tell));
    check(outbox_filled(box) == 0);
}
