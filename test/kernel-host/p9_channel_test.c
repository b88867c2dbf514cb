/*
 * drivers/p9_channel: requests and answers over rings that wrap, in any order, and the lies that a server could tell.
 */
#include "drivers/p9_channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "verdict.h"

#define RING 4096
#define MESSAGE_MAX 2048

/* A server of ours, on the other side of the rings. */
struct table {
    struct p9_channel channel;
    struct p9_indexes indexes;
    uint32_t out_cons, in_prod;
};

static struct table *new_table(uint32_t start)
{
    struct table *table = calloc(1, sizeof *table);

    table->indexes.in_cons = table->indexes.in_prod = table->indexes.out_cons = table->indexes.out_prod = start;
    table->out_cons = table->in_prod = start;
    table->channel = (struct p9_channel){
        .indexes = &table->indexes,
        .in = exact_copy(NULL, RING),
        .out = exact_copy(NULL, RING),
        .size = RING,
        .message_max = MESSAGE_MAX,
        .in_cons = start,
        .out_prod = start,
    };
    return table;
}

static void answer(struct table *table, uint32_t size, uint8_t type, uint16_t tag, const void *body, size_t body_size)
{
    uint8_t header[P9_HEADER] = { 0 };

    memcpy(header, &size, 4);
    header[4] = type;
    memcpy(header + 5, &tag, 2);
    for (size_t i = 0; i < P9_HEADER; i++)
        table->channel.in[table->in_prod++ % RING] = (char)header[i];
    for (size_t i = 0; i < body_size; i++)
        table->channel.in[table->in_prod++ % RING] = ((const char *)body)[i];
    table->indexes.in_prod = table->in_prod;
}

static void request_bytes(struct table *table, void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ((char *)bytes)[i] = table->channel.out[table->out_cons++ % RING];
    table->indexes.out_cons = table->out_cons;
}

static struct p9_request *new_request(enum p9_type type, size_t fields, void *data, size_t room)
{
    struct p9_request *request = exact_copy(NULL, sizeof *request);

    *request = (struct p9_request){ .type = (uint8_t)type, .fields_wanted = fields, .data = data, .data_room = room };
    return request;
}

static int post(struct table *table, struct p9_request *request, const void *data, size_t size)
{
    uint8_t head[P9_HEADER + 4];
    struct p9_writer writer;

    p9_begin(&writer, head, sizeof head, request->type);
    p9_put32(&writer, 0x11223344);
    check_equal(p9_finish(&writer, size), sizeof head);
    return p9_channel_send(&table->channel, request, head, sizeof head, data, size);
}

TEST(requests_go_out_whole_and_answers_find_them)
{
    struct table *table = new_table(UINT32_MAX - 5000);
    char data[1000], back[1000];

    for (int i = 0; i < 500; i++) {
        size_t size = random_below(sizeof data + 1), room = random_below(sizeof back + 1);
        struct p9_request *request = new_request(P9_READ, 4, back, room);
        uint8_t head[P9_HEADER + 4];
        char sent[1000], body[1004];

        random_bytes(data, size);
        random_bytes(body, sizeof body);
        check(p9_channel_ready(&table->channel, request, sizeof head + size));
        check_equal(post(table, request, data, size), 0);
        check_equal(table->indexes.out_prod - table->out_cons, sizeof head + size);
        request_bytes(table, head, sizeof head);
        request_bytes(table, sent, size);
        check_equal(p9_get_header(head).size, sizeof head + size);
        check_equal(p9_get_header(head).tag, request->tag);
        check(memcmp(sent, data, size) == 0);
        check_equal(p9_channel_receive(&table->channel), 0);
        check(!request->done);

        answer(table, (uint32_t)(P9_HEADER + 4 + room), P9_READ + 1, request->tag, body, 4 + room);
        check_equal(p9_channel_receive(&table->channel), 1);
        check(request->done && request->result == 0);
        check_equal(request->fields_size, 4);
        check_equal(request->data_size, room);
        check(memcmp(request->fields, body, 4) == 0 && memcmp(back, body + 4, room) == 0);
        check_equal(table->indexes.in_cons, table->in_prod);
        free(request);
    }
}

TEST(answers_come_in_any_order_and_in_pieces)
{
    struct table *table = new_table(77);
    /* One answer more, if an error, would not fit into the ring. */
    enum { COUNT = 15 };
    struct p9_request *requests[COUNT];

    for (int i = 0; i < COUNT; i++) {
        requests[i] = new_request(P9_CLUNK, 0, NULL, 0);
        check(p9_channel_ready(&table->channel, requests[i], 11));
        check_equal(post(table, requests[i], NULL, 0), 0);
    }
    check(!p9_channel_ready(&table->channel, requests[0], 11));
    for (int i = COUNT - 1; i >= 0; i--) {
        answer(table, P9_HEADER, P9_CLUNK + 1, requests[i]->tag, NULL, 0);
        table->indexes.in_prod -= 1;
        check_equal(p9_channel_receive(&table->channel), 0);
        check_equal(p9_channel_part(&table->channel), P9_HEADER - 1);
        table->indexes.in_prod += 1;
        check_equal(p9_channel_receive(&table->channel), 1);
        check(requests[i]->done);
        check(i == 0 || !requests[i - 1]->done);
    }
    check(p9_channel_ready(&table->channel, requests[0], 11));
}

TEST(an_error_is_the_servers)
{
    struct table *table = new_table(0);
    struct p9_request *request = new_request(P9_OPEN, 17, NULL, 0);

    post(table, request, NULL, 0);
    answer(table, P9_HEADER + 4, P9_ERROR, request->tag, "\15\0\0\0", 4);
    check_equal(p9_channel_receive(&table->channel), 1);
    check_equal(request->result, -EACCES);
    check(!table->channel.broken);
}

TEST(no_room_is_no_message)
{
    struct table *table = new_table(3);
    struct p9_request *request = new_request(P9_CLUNK, 0, NULL, 0);
    char data[MESSAGE_MAX];

    check_equal(post(table, request, data, sizeof data), 0);
    check(!p9_channel_ready(&table->channel, request, MESSAGE_MAX));
    check(p9_channel_ready(&table->channel, request, RING - MESSAGE_MAX - 11));
    check(!p9_channel_ready(&table->channel, request, RING - MESSAGE_MAX - 10));
}

TEST(answers_have_room_together)
{
    struct table *table = new_table(3);
    struct p9_request *large = new_request(P9_READ, 4, NULL, RING / 2 - 11), *small = new_request(P9_CLUNK, 0, NULL, 0);

    check(p9_channel_ready(&table->channel, large, 11));
    check_equal(post(table, large, NULL, 0), 0);
    struct p9_request *second = new_request(P9_READ, 4, NULL, RING / 2 - 10);

    check(!p9_channel_ready(&table->channel, second, 11));
    second->data_room--;
    check(p9_channel_ready(&table->channel, second, 11));
    check_equal(post(table, second, NULL, 0), 0);
    check(!p9_channel_ready(&table->channel, small, 11));
    answer(table, P9_HEADER + 4, P9_ERROR, large->tag, "\15\0\0\0", 4);
    check_equal(p9_channel_receive(&table->channel), 1);
    check(p9_channel_ready(&table->channel, small, 11));
}

/* Sends one request that wants 4 bytes and 10 of data, lets `lie` answer, and wants the channel to end. */
static void expect_end(void (*lie)(struct table *table, struct p9_request *request))
{
    struct table *table = new_table(UINT32_MAX - 20);
    char *data = exact_copy(NULL, 10);
    struct p9_request *request = new_request(P9_READ, 4, data, 10), *other = new_request(P9_CLUNK, 0, NULL, 0);

    post(table, request, NULL, 0);
    post(table, other, NULL, 0);
    lie(table, request);
    check_equal(p9_channel_receive(&table->channel), -EPROTO);
    check(table->channel.broken);
    check(other->done && other->result == -EIO);
    check(request->done);
    check(p9_channel_ready(&table->channel, request, 1));
    check_equal(post(table, request, NULL, 0), -EIO);
    check_equal(p9_channel_receive(&table->channel), 0);
}

static void wrong_tag(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER, P9_READ + 1, (uint16_t)(request->tag + 5), NULL, 0);
}

static void tag_out_of_range(struct table *table, struct p9_request *request)
{
    (void)request;
    answer(table, P9_HEADER, P9_READ + 1, UINT16_MAX, NULL, 0);
}

static void wrong_type(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER, P9_WRITE + 1, request->tag, NULL, 0);
}

static void too_much_data(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER + 4 + 11, P9_READ + 1, request->tag, "0123456789abcde", 15);
}

static void twice(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER + 4, P9_READ + 1, request->tag, "0123", 4);
    answer(table, P9_HEADER + 4, P9_READ + 1, request->tag, "0123", 4);
}

static void too_long(struct table *table, struct p9_request *request)
{
    answer(table, MESSAGE_MAX + 1, P9_READ + 1, request->tag, NULL, 0);
}

static void too_short(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER - 1, P9_READ + 1, request->tag, NULL, 0);
}

/* The rest of it would never come. */
static void more_than_was_asked_for(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER + 4 + 11, P9_READ + 1, request->tag, NULL, 0);
}

static void an_error_of_many_words(struct table *table, struct p9_request *request)
{
    answer(table, P9_HEADER + P9_FIELDS_MAX + 1, P9_ERROR, request->tag, NULL, 0);
}

static void producer_too_far(struct table *table, struct p9_request *request)
{
    (void)request;
    table->indexes.in_prod = table->channel.in_cons + RING + 1;
}

TEST(lies_end_the_channel)
{
    expect_end(wrong_tag);
    expect_end(tag_out_of_range);
    expect_end(wrong_type);
    expect_end(too_much_data);
    expect_end(twice);
    expect_end(too_long);
    expect_end(too_short);
    expect_end(more_than_was_asked_for);
    expect_end(an_error_of_many_words);
    expect_end(producer_too_far);
}

TEST(a_consumer_that_runs_ahead_ends_the_channel)
{
    struct table *table = new_table(9);
    struct p9_request *request = new_request(P9_CLUNK, 0, NULL, 0);

    table->indexes.out_cons = 10;
    check(p9_channel_ready(&table->channel, request, MESSAGE_MAX));
    check_equal(post(table, request, NULL, 0), -EIO);
    check(table->channel.broken);
}

TEST(the_shared_consumer_is_not_believed)
{
    struct table *table = new_table(9);
    struct p9_request *request = new_request(P9_CLUNK, 0, NULL, 0);

    post(table, request, NULL, 0);
    table->indexes.in_cons = 0x5a5a5a5a;
    table->indexes.out_prod = 0x5a5a5a5a;
    answer(table, P9_HEADER, P9_CLUNK + 1, request->tag, NULL, 0);
    check_equal(p9_channel_receive(&table->channel), 1);
    check_equal(table->indexes.in_cons, table->in_prod);
}
