/*
 * drivers/p9_codec: fields there and back, and answers cut, overlong or malformed.
 */
#include "drivers/p9_codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

TEST(a_request_has_its_fields_and_its_size)
{
    static const uint8_t wanted[] = { 26, 0, 0, 0, 110, 7, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0, 'a', 4, 0, 'b', 'c', 'd',
                                      'e' };
    uint8_t *message = exact_copy(NULL, sizeof wanted);
    struct p9_writer writer;

    p9_begin(&writer, message, sizeof wanted, P9_WALK);
    p9_put32(&writer, 1);
    p9_put32(&writer, 2);
    p9_put16(&writer, 2);
    p9_put_text(&writer, "a", 1);
    p9_put_text(&writer, "bcde", 4);
    check_equal(p9_finish(&writer, 0), sizeof wanted);
    p9_set_tag(message, 7);
    check(memcmp(message, wanted, sizeof wanted) == 0);
}

TEST(data_that_follows_counts)
{
    uint8_t message[P9_WRITE_OVERHEAD];
    struct p9_writer writer;

    p9_begin(&writer, message, sizeof message, P9_WRITE);
    p9_put32(&writer, 1);
    p9_put64(&writer, UINT64_MAX);
    p9_put32(&writer, 100);
    check_equal(p9_finish(&writer, 100), sizeof message);
    check_equal(p9_get_header(message).size, sizeof message + 100);
    check_equal(p9_get_header(message).type, P9_WRITE);
    check_equal(p9_get_header(message).tag, P9_NO_TAG);
    check_equal(p9_finish(&writer, UINT32_MAX), -EMSGSIZE);
}

TEST(a_request_that_does_not_fit_is_none)
{
    for (size_t room = P9_HEADER; room < P9_HEADER + 4 + 2 + 5; room++) {
        uint8_t *message = exact_copy(NULL, room);
        struct p9_writer writer;

        p9_begin(&writer, message, room, P9_OPEN);
        p9_put32(&writer, 1);
        p9_put_text(&writer, "hello", 5);
        check_equal(p9_finish(&writer, 0), -EMSGSIZE);
        free(message);
    }
}

TEST(a_text_of_64k_does_not_wrap)
{
    static char text[65536], message[70000];
    struct p9_writer writer;

    p9_begin(&writer, message, sizeof message, P9_OPEN);
    p9_put_text(&writer, text, sizeof text);
    check_equal(p9_finish(&writer, 0), -EMSGSIZE);
}

/* What was put is what is got; cut anywhere it is bad, and nothing beyond the cut is read. */
#define CHECK_THERE_AND_BACK(type, put, get, value)                                         \
    do {                                                                                    \
        uint8_t bytes[600];                                                                 \
        struct p9_writer writer = { bytes, bytes, bytes + sizeof bytes, false };            \
        type found;                                                                         \
                                                                                            \
        put(&writer, value);                                                                \
        size_t size = (size_t)(writer.at - bytes);                                          \
        for (size_t cut = 0; cut <= size; cut++) {                                          \
            uint8_t *exact = exact_copy(bytes, cut);                                        \
            struct p9_reader reader = p9_read_from(exact, cut);                             \
                                                                                            \
            memset(&found, 0, sizeof found);                                                \
            get(&reader, &found);                                                           \
            check(reader.bad == (cut < size));                                              \
            check(cut < size || reader.at == reader.end);                                   \
        }                                                                                   \
        check(memcmp(&found, value, sizeof found) == 0);                                    \
    } while (0)

static const struct p9_qid a_qid = { P9_QT_DIRECTORY, 11, 0x123456789abcdef0 };

TEST(a_status_there_and_back)
{
    struct p9_status status;

    memset(&status, 0, sizeof status);
    status.qid = a_qid;
    status.mode = P9_S_DIRECTORY | 0755;
    status.uid = 1000;
    status.gid = 100;
    status.links = 2;
    status.size = UINT64_MAX;
    status.block_size = 4096;
    status.blocks = 8;
    status.accessed = (struct p9_time){ 1, 999999999 };
    status.modified = (struct p9_time){ 2, 3 };
    status.changed = (struct p9_time){ 4, 5 };
    CHECK_THERE_AND_BACK(struct p9_status, p9_put_status, p9_get_status, &status);
}

TEST(a_status_is_as_long_as_the_protocol_has_it)
{
    uint8_t bytes[300];
    struct p9_writer writer = { bytes, bytes, bytes + sizeof bytes, false };
    const struct p9_status status = { .qid = a_qid };

    p9_put_status(&writer, &status);
    check_equal(writer.at - bytes, P9_STATUS_SIZE);
    check_equal(P9_STATUS_SIZE, 153);
}

TEST(changes_there_and_back)
{
    struct p9_change change;

    memset(&change, 0, sizeof change);
    change.valid = P9_SET_SIZE | P9_SET_MODIFIED_TO;
    change.mode = 0600;
    change.size = 1ull << 40;
    change.modified = (struct p9_time){ 1234567890, 1 };
    CHECK_THERE_AND_BACK(struct p9_change, p9_put_change, p9_get_change, &change);
}

TEST(space_and_ranges_there_and_back)
{
    struct p9_space space;
    struct p9_range range;

    memset(&space, 0, sizeof space);
    space.type = 0xef53;
    space.blocks = 1000;
    space.id = UINT64_MAX;
    space.name_max = 255;
    CHECK_THERE_AND_BACK(struct p9_space, p9_put_space, p9_get_space, &space);
    memset(&range, 0, sizeof range);
    range.type = P9_LOCK_WRITE;
    range.start = 10;
    range.length = UINT64_MAX;
    range.process = 1;
    CHECK_THERE_AND_BACK(struct p9_range, p9_put_range, p9_get_range, &range);
}

TEST(entries_there_and_back)
{
    struct p9_entry entry;

    memset(&entry, 0, sizeof entry);
    entry.qid = a_qid;
    entry.next = INT64_MAX;
    entry.type = 4;
    strcpy(entry.name, "name");
    CHECK_THERE_AND_BACK(struct p9_entry, p9_put_entry, p9_get_entry, &entry);
    memset(entry.name, 'x', P9_NAME_MAX - 1);
    CHECK_THERE_AND_BACK(struct p9_entry, p9_put_entry, p9_get_entry, &entry);
}

TEST(names_that_no_host_has)
{
    uint8_t bytes[P9_NAME_MAX + 2] = { P9_NAME_MAX & 0xff, P9_NAME_MAX >> 8 };
    char name[P9_NAME_MAX];

    memset(bytes + 2, 'x', P9_NAME_MAX);
    struct p9_reader reader = p9_read_from(bytes, sizeof bytes);

    p9_get_text(&reader, name, sizeof name);
    check(reader.bad);
    check_text(name, "");
    reader = p9_read_from("\3\0a\0b", 5);
    p9_get_text(&reader, name, sizeof name);
    check(reader.bad);
    check_text(name, "");
}

TEST(what_is_bad_stays_bad_and_reads_as_nothing)
{
    struct p9_reader reader = p9_read_from("\1\2\3", 3);

    check_equal(p9_get32(&reader), 0);
    check(reader.bad);
    check_equal(p9_get8(&reader), 0);
    check(reader.bad);
}

TEST(errors_are_by_linux_numbers)
{
    check_equal(p9_errno(2), -ENOENT);
    check_equal(p9_errno(28), -ENOSPC);
    check_equal(p9_errno(36), -ENAMETOOLONG);
    check_equal(p9_errno(39), -ENOTEMPTY);
    check_equal(p9_errno(95), -EOPNOTSUPP);
    check_equal(p9_errno(0), -EIO);
    check_equal(p9_errno(133), -EIO);
    check_equal(p9_errno(UINT32_MAX), -EIO);
}
