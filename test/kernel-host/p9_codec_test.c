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

/* A stat as xen-9pfsd writes it: the size is 10 more than what is there. */
static size_t put_stat(uint8_t *bytes, const char *name, uint16_t size)
{
    struct p9_writer writer = { bytes, bytes, bytes + 500, false };

    p9_put16(&writer, size);
    p9_put16(&writer, 0);
    p9_put32(&writer, 0);
    p9_put8(&writer, P9_QTDIR);
    p9_put32(&writer, 11);
    p9_put64(&writer, 0x123456789abcdef0);
    p9_put32(&writer, P9_DMDIR | 0755);
    p9_put32(&writer, 1000);
    p9_put32(&writer, 2000);
    p9_put64(&writer, 4096);
    p9_put_text(&writer, name, strlen(name));
    p9_put_text(&writer, "root", 4);
    for (int i = 0; i < 3; i++)
        p9_put_text(&writer, "", 0);
    for (int i = 0; i < 3; i++)
        p9_put32(&writer, 0);
    return (size_t)(writer.at - bytes);
}

static void check_stat(const struct p9_stat *stat, const char *name)
{
    check_equal(stat->qid.type, P9_QTDIR);
    check_equal(stat->qid.version, 11);
    check_equal(stat->qid.path, 0x123456789abcdef0);
    check_equal(stat->mode, P9_DMDIR | 0755);
    check_equal(stat->accessed, 1000);
    check_equal(stat->modified, 2000);
    check_equal(stat->length, 4096);
    check_text(stat->name, name);
}

TEST(a_stat_of_any_size_is_its_fields)
{
    uint8_t bytes[500];
    size_t size = put_stat(bytes, "name", 9999);
    uint8_t *exact = exact_copy(bytes, size);
    struct p9_reader reader = p9_read_from(exact, size);
    struct p9_stat stat;

    p9_get_stat(&reader, &stat);
    check(!reader.bad);
    check(reader.at == reader.end);
    check_stat(&stat, "name");
}

TEST(a_stat_cut_anywhere_is_bad)
{
    uint8_t bytes[500];
    size_t size = put_stat(bytes, "name", 9999);

    for (size_t cut = 0; cut < size; cut++) {
        uint8_t *exact = exact_copy(bytes, cut);
        struct p9_reader reader = p9_read_from(exact, cut);
        struct p9_stat stat;

        p9_get_stat(&reader, &stat);
        check(reader.bad);
        reader = p9_read_from(exact, cut);
        p9_get_entry(&reader, &stat);
        check(reader.bad);
    }
}

TEST(entries_of_both_kinds)
{
    uint8_t bytes[1000];
    struct p9_stat stat;
    size_t size = put_stat(bytes, "plain", 66);
    uint16_t outer = 66 + 12;

    memcpy(bytes + size, &outer, 2);
    put_stat(bytes + size + 2, "doubled", 66 + 10);
    struct p9_reader reader = p9_read_from(bytes, sizeof bytes);

    check_equal(p9_get_entry(&reader, &stat), 68);
    check_stat(&stat, "plain");
    check_equal(p9_get_entry(&reader, &stat), outer);
    check_stat(&stat, "doubled");
    check(!reader.bad);
}

TEST(names_that_no_host_has)
{
    char name[P9_NAME_MAX + 1];
    uint8_t bytes[500];
    struct p9_stat stat;

    memset(name, 'x', sizeof name);
    name[P9_NAME_MAX - 1] = '\0';
    struct p9_reader reader = p9_read_from(bytes, put_stat(bytes, name, 0));

    p9_get_stat(&reader, &stat);
    check(!reader.bad);
    check_text(stat.name, name);
    name[P9_NAME_MAX - 1] = 'x';
    name[P9_NAME_MAX] = '\0';
    reader = p9_read_from(bytes, put_stat(bytes, name, 0));
    p9_get_stat(&reader, &stat);
    check(reader.bad);
    check_text(stat.name, "");

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
    struct p9_reader reader = p9_read_from("\3\0abc\2\0\0\0", 9);

    check_equal(p9_get_error(&reader), -ENOENT);
    reader = p9_read_from("\4\0abc\2\0\0\0", 9);
    check_equal(p9_get_error(&reader), -EIO);
    check_equal(p9_errno(28), -ENOSPC);
    check_equal(p9_errno(36), -ENAMETOOLONG);
    check_equal(p9_errno(39), -ENOTEMPTY);
    check_equal(p9_errno(95), -EOPNOTSUPP);
    check_equal(p9_errno(0), -EIO);
    check_equal(p9_errno(133), -EIO);
    check_equal(p9_errno(UINT32_MAX), -EIO);
}
