/*
 * dom0/volume-server without Xen: requests on plain rings, a real folder behind it. What a domain can do to it, and what a
 * hostile one cannot.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transport.h"
#include "verdict.h"

#define RING 65536

/* A client of ours. */
struct client {
    struct session session;
    struct transport transport;
    struct p9_indexes indexes;
    uint32_t out_prod, in_cons;
    uint8_t message[RING], answer[RING];
    struct p9_writer writer;
    struct p9_reader reader;    /* the answer's fields */
    unsigned told;
    char folder[64];
};

static void tell(void *context)
{
    ((struct client *)context)->told++;
}

static struct p9_writer *begin(struct client *client, unsigned type)
{
    p9_begin(&client->writer, client->message, sizeof client->message, (enum p9_type)type);
    return &client->writer;
}

static void put_bytes(struct client *client, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        client->transport.out[client->out_prod++ % RING] = ((const char *)bytes)[i];
    client->indexes.out_prod = client->out_prod;
}

static void post(struct client *client, const void *data, size_t data_size)
{
    long size = p9_finish(&client->writer, data_size);

    put_bytes(client, client->message, (size_t)size);
    put_bytes(client, data, data_size);
}

/* Takes the next answer. Returns 0, or the error in it. */
static int take(struct client *client, unsigned type)
{
    uint32_t size;

    check(client->indexes.in_prod - client->in_cons >= P9_HEADER);
    for (size_t i = 0; i < 4; i++)
        ((uint8_t *)&size)[i] = (uint8_t)client->transport.in[(client->in_cons + i) % RING];
    check(size >= P9_HEADER && size <= client->indexes.in_prod - client->in_cons);
    for (size_t i = 0; i < size; i++)
        client->answer[i] = (uint8_t)client->transport.in[client->in_cons++ % RING];
    client->indexes.in_cons = client->in_cons;
    client->reader = p9_read_from(client->answer + P9_HEADER, size - P9_HEADER);
    if (client->answer[4] == P9_ERROR)
        return -(int)p9_get32(&client->reader);
    check_equal(client->answer[4], type + 1);
    return 0;
}

static int call_with(struct client *client, unsigned type, const void *data, size_t size)
{
    post(client, data, size);
    check_equal(transport_serve(&client->transport, &client->session, tell, client), 1);
    return take(client, type);
}

static int call(struct client *client, unsigned type)
{
    return call_with(client, type, NULL, 0);
}

static struct client *new_client(bool readonly)
{
    struct client *client = calloc(1, sizeof *client);
    uint32_t start = UINT32_MAX - 3000;

    strcpy(client->folder, "/tmp/lwd-volume-XXXXXX");
    check(mkdtemp(client->folder) != NULL);
    check_equal(chdir("/proc/self/fd"), 0);
    int root = (int)sys(SYS_openat, AT_FDCWD, client->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

    check_equal(session_begin(&client->session, root, readonly, RING), 0);
    client->out_prod = client->in_cons = start;
    client->indexes = (struct p9_indexes){ .in_cons = start, .in_prod = start, .out_cons = start, .out_prod = start };
    client->transport.indexes = &client->indexes;
    client->transport.in = exact_copy(NULL, RING);
    client->transport.out = exact_copy(NULL, RING);
    client->transport.size = RING;
    client->transport.in_prod = client->transport.out_cons = start;
    p9_put32(begin(client, P9_VERSION), RING / 2);
    p9_put_text(&client->writer, P9_DIALECT, strlen(P9_DIALECT));
    check_equal(call(client, P9_VERSION), 0);
    check_equal(p9_get32(&client->reader), RING / 2);
    p9_put32(begin(client, P9_ATTACH), 0);
    p9_put32(&client->writer, P9_NO_FID);
    p9_put_text(&client->writer, "", 0);
    p9_put_text(&client->writer, "", 0);
    p9_put32(&client->writer, 0);
    check_equal(call(client, P9_ATTACH), 0);
    return client;
}

static void end(struct client *client)
{
    char command[100] = "rm -rf ";

    fids_remove_all(&client->session.fids);
    strcat(command, client->folder);
    check_equal(chdir("/") | system(command), 0);
}

static int walk(struct client *client, uint32_t from, uint32_t to, const char *name)
{
    p9_put32(begin(client, P9_WALK), from);
    p9_put32(&client->writer, to);
    p9_put16(&client->writer, name != NULL);
    if (name)
        p9_put_text(&client->writer, name, strlen(name));
    return call(client, P9_WALK);
}

static int create(struct client *client, uint32_t fid, const char *name, uint32_t flags)
{
    p9_put32(begin(client, P9_CREATE), fid);
    p9_put_text(&client->writer, name, strlen(name));
    p9_put32(&client->writer, flags);
    p9_put32(&client->writer, 06777);
    p9_put32(&client->writer, 0);
    return call(client, P9_CREATE);
}

static int open_fid(struct client *client, uint32_t fid, uint32_t flags)
{
    p9_put32(begin(client, P9_OPEN), fid);
    p9_put32(&client->writer, flags);
    return call(client, P9_OPEN);
}

static int symlink_at(struct client *client, const char *name, const char *target)
{
    p9_put32(begin(client, P9_SYMLINK), 0);
    p9_put_text(&client->writer, name, strlen(name));
    p9_put_text(&client->writer, target, strlen(target));
    p9_put32(&client->writer, 0);
    return call(client, P9_SYMLINK);
}

static int write_at(struct client *client, uint32_t fid, uint64_t offset, const void *data, uint32_t size)
{
    p9_put32(begin(client, P9_WRITE), fid);
    p9_put64(&client->writer, offset);
    p9_put32(&client->writer, size);
    return call_with(client, P9_WRITE, data, size);
}

TEST(data_there_and_back_over_rings_that_wrap)
{
    struct client *client = new_client(false);
    uint8_t data[20000];

    check_equal(walk(client, 0, 1, NULL), 0);
    check_equal(create(client, 1, "file", P9_O_CREATE | P9_O_RDWR), 0);
    for (int i = 0; i < 40; i++) {
        uint32_t size = random_below(sizeof data) + 1;
        uint64_t offset = random_below(100000);

        random_bytes(data, size);
        check_equal(write_at(client, 1, offset, data, size), 0);
        check_equal(p9_get32(&client->reader), size);
        p9_put32(begin(client, P9_READ), 1);
        p9_put64(&client->writer, offset);
        p9_put32(&client->writer, size);
        check_equal(call(client, P9_READ), 0);
        check_equal(p9_get32(&client->reader), size);
        check(memcmp(client->reader.at, data, size) == 0);
    }
    end(client);
}

TEST(nothing_gets_more_rights_than_a_file_has)
{
    struct client *client = new_client(false);
    char path[100];
    struct stat status;

    check_equal(walk(client, 0, 1, NULL), 0);
    check_equal(create(client, 1, "file", P9_O_CREATE | P9_O_RDWR), 0);
    const struct p9_change change = { .valid = P9_SET_MODE, .mode = 06755 };

    p9_put32(begin(client, P9_SETATTR), 1);
    p9_put_change(&client->writer, &change);
    check_equal(call(client, P9_SETATTR), 0);
    strcat(strcpy(path, client->folder), "/file");
    check_equal(stat(path, &status), 0);
    check_equal(status.st_mode, S_IFREG | 0755);
    /* Devices and the like cannot be made at all: Tmknod is 18. */
    p9_put32(begin(client, 18), 0);
    check_equal(call(client, 18), -EOPNOTSUPP);
    end(client);
}

TEST(there_is_no_way_out)
{
    struct client *client = new_client(false);

    check_equal(walk(client, 0, 1, ".."), -EINVAL);
    check_equal(walk(client, 0, 1, "."), -EINVAL);
    check_equal(walk(client, 0, 1, "a/../../etc"), -EINVAL);
    check_equal(walk(client, 0, 1, "/etc"), -EINVAL);
    check_equal(walk(client, 0, 1, ""), -ENOENT);
    check_equal(symlink_at(client, "out", "/etc"), 0);
    /* The link itself is there, and leads nowhere. */
    check_equal(walk(client, 0, 2, "out"), 0);
    check_equal(open_fid(client, 2, 0), -ELOOP);
    check_equal(walk(client, 2, 3, "passwd"), -ENOTDIR);
    check_equal(symlink_at(client, "file", "/tmp/lwd-volume-escaped"), 0);
    check_equal(walk(client, 0, 4, NULL), 0);
    check_equal(create(client, 4, "file", P9_O_CREATE | P9_O_RDWR), -ELOOP);
    check(access("/tmp/lwd-volume-escaped", F_OK) != 0);
    check_equal(create(client, 4, "../file", P9_O_CREATE | P9_O_RDWR), -EINVAL);
    check_equal(create(client, 2, "file", P9_O_CREATE | P9_O_RDWR), -ENOTDIR);
    const struct p9_change change = { .valid = P9_SET_MODE, .mode = 0 };

    p9_put32(begin(client, P9_SETATTR), 2);
    p9_put_change(&client->writer, &change);
    check_equal(call(client, P9_SETATTR), -EOPNOTSUPP);
    p9_put32(begin(client, P9_RENAME), 0);
    p9_put_text(&client->writer, "out", 3);
    p9_put32(&client->writer, 0);
    p9_put_text(&client->writer, "../out", 6);
    check_equal(call(client, P9_RENAME), -EINVAL);
    end(client);
}

/* A hard link to a link is one more name for the link, not for what it leads to. */
TEST(a_link_to_a_link_is_a_link)
{
    struct client *client = new_client(false);
    char path[100];
    struct stat status;

    check_equal(symlink_at(client, "out", "/etc/hostname"), 0);
    check_equal(walk(client, 0, 1, "out"), 0);
    p9_put32(begin(client, P9_LINK), 0);
    p9_put32(&client->writer, 1);
    p9_put_text(&client->writer, "again", 5);
    check_equal(call(client, P9_LINK), 0);
    strcat(strcpy(path, client->folder), "/again");
    check_equal(lstat(path, &status), 0);
    check(S_ISLNK(status.st_mode));
    end(client);
}

TEST(what_is_no_file_is_not_opened)
{
    struct client *client = new_client(false);
    char path[100];

    strcat(strcpy(path, client->folder), "/pipe");
    check_equal(mkfifo(path, 0600), 0);
    check_equal(walk(client, 0, 1, "pipe"), 0);
    check_equal(open_fid(client, 1, 0), -EACCES);
    check_equal(walk(client, 0, 2, NULL), 0);
    check_equal(create(client, 2, "pipe", P9_O_CREATE | P9_O_RDWR), -EACCES);
    end(client);
}

TEST(only_to_be_read)
{
    struct client *client = new_client(true);
    char path[100];

    strcat(strcpy(path, client->folder), "/there");
    check_equal(mkdir(path, 0700), 0);
    strcat(path, "/file");
    check(close((int)sys(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600)) == 0);
    check_equal(walk(client, 0, 1, "there"), 0);
    check_equal(walk(client, 1, 2, "file"), 0);
    check_equal(open_fid(client, 2, P9_O_WRITE), -EROFS);
    check_equal(open_fid(client, 2, P9_O_TRUNCATE), -EROFS);
    check_equal(open_fid(client, 2, 0), 0);
    check_equal(write_at(client, 2, 0, "x", 1), -EROFS);
    check_equal(create(client, 1, "new", P9_O_CREATE), -EROFS);
    check_equal(symlink_at(client, "link", "x"), -EROFS);
    static const uint8_t others[] = { P9_SETATTR, P9_LINK, P9_MKDIR, P9_RENAME, P9_UNLINK };

    for (size_t i = 0; i < sizeof others; i++) {
        p9_put32(begin(client, others[i]), 0);
        check_equal(call(client, others[i]), -EROFS);
    }
    end(client);
}

TEST(fids_are_the_clients_and_come_to_an_end)
{
    struct client *client = new_client(false);
    uint32_t number = 1;
    int error;

    check_equal(walk(client, 77, 1, NULL), -EBADF);
    check_equal(walk(client, 0, 0xfffffff0, NULL), 0);
    check_equal(walk(client, 0, 0xfffffff0, NULL), -EBADF);
    while (!(error = walk(client, 0, number * 7919, NULL)))
        number++;
    check(error == -EMFILE);
    p9_put32(begin(client, P9_CLUNK), 7919);
    check_equal(call(client, P9_CLUNK), 0);
    check_equal(walk(client, 0, 7919, NULL), 0);
    end(client);
}

TEST(an_answer_waits_for_room)
{
    struct client *client = new_client(false);
    static char data[RING / 2 - 100];

    check_equal(walk(client, 0, 1, NULL), 0);
    check_equal(create(client, 1, "file", P9_O_CREATE | P9_O_RDWR), 0);
    check_equal(write_at(client, 1, 0, data, sizeof data), 0);
    for (int i = 0; i < 3; i++) {
        p9_put32(begin(client, P9_READ), 1);
        p9_put64(&client->writer, 0);
        p9_put32(&client->writer, sizeof data);
        post(client, NULL, 0);
    }
    check_equal(transport_serve(&client->transport, &client->session, tell, client), 2);
    check_equal(take(client, P9_READ), 0);
    check_equal(transport_serve(&client->transport, &client->session, tell, client), 1);
    check_equal(take(client, P9_READ), 0);
    check_equal(take(client, P9_READ), 0);
    check(client->told >= 3);
    end(client);
}

TEST(a_client_that_breaks_the_protocol_is_told_of)
{
    struct client *client = new_client(false);
    uint32_t sizes[] = { 0, P9_HEADER - 1, RING + 1, UINT32_MAX };

    for (int i = 0; i < 4; i++) {
        uint8_t header[P9_HEADER] = { 0 };

        memcpy(header, &sizes[i], 4);
        put_bytes(client, header, sizeof header);
        check_equal(transport_serve(&client->transport, &client->session, tell, client), -EPROTO);
        client->out_prod = client->indexes.out_prod = client->transport.out_cons;
    }
    client->indexes.out_prod = client->transport.out_cons + RING + 1;
    check_equal(transport_serve(&client->transport, &client->session, tell, client), -EPROTO);
    end(client);
}

/* One that is long, but whole, is answered. */
TEST(a_request_that_is_too_long)
{
    struct client *client = new_client(false);
    static char bytes[REQUEST_MAX + 1];

    begin(client, P9_WALK);
    check_equal(call_with(client, P9_WALK, bytes, REQUEST_MAX), 0);
    begin(client, P9_WALK);
    check_equal(call_with(client, P9_WALK, bytes, sizeof bytes), -EMSGSIZE);
    end(client);
}

static int64_t read_directory(struct client *client, uint64_t from, uint32_t room)
{
    p9_put32(begin(client, P9_READDIR), 1);
    p9_put64(&client->writer, from);
    p9_put32(&client->writer, room);
    int error = call(client, P9_READDIR);

    return error ? error : (int64_t)p9_get32(&client->reader);
}

/* As Linux's getdents: what does not fit is no end. */
TEST(a_buffer_too_small_for_an_entry)
{
    struct client *client = new_client(false);
    struct p9_entry entry;
    char path[100];
    uint64_t next = 0;
    int entries = 0;

    snprintf(path, sizeof path, "%s/a-name-of-some-length", client->folder);
    check(close((int)sys(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600)) == 0);
    check_equal(walk(client, 0, 1, NULL), 0);
    check_equal(open_fid(client, 1, P9_O_DIRECTORY), 0);
    check_equal(read_directory(client, 0, 0), -EINVAL);
    check_equal(read_directory(client, 0, 24), -EINVAL);
    /* Room for one at a time, as long as the longest of them and no longer. */
    for (int64_t size; (size = read_directory(client, next, 24 + 21)) != 0; entries++) {
        check(size > 0 && size <= 24 + 21);
        while (client->reader.at < client->reader.end) {
            p9_get_entry(&client->reader, &entry);
            check(!client->reader.bad);
            next = entry.next;
        }
    }
    check(entries >= 2);
    check_equal(read_directory(client, next, 0), 0);
    end(client);
}

TEST(a_directory_in_pieces_while_it_changes)
{
    struct client *client = new_client(false);
    char path[100], seen[300] = { 0 };
    uint64_t next = 0;
    int rounds = 0;

    for (int i = 0; i < 300; i++) {
        snprintf(path, sizeof path, "%s/entry-%d", client->folder, i);
        check(close((int)sys(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600)) == 0);
    }
    check_equal(walk(client, 0, 1, NULL), 0);
    check_equal(open_fid(client, 1, P9_O_DIRECTORY), 0);
    for (;; rounds++) {
        p9_put32(begin(client, P9_READDIR), 1);
        p9_put64(&client->writer, next);
        p9_put32(&client->writer, 1000);
        check_equal(call(client, P9_READDIR), 0);
        uint32_t size = p9_get32(&client->reader);

        if (size == 0)
            break;
        check(size <= 1000);
        while (client->reader.at < client->reader.end) {
            struct p9_entry entry;
            int number;

            p9_get_entry(&client->reader, &entry);
            check(!client->reader.bad);
            next = entry.next;
            if (sscanf(entry.name, "entry-%d", &number) != 1)
                continue;
            check(number < 300 && !seen[number]);
            seen[number] = 1;
            /* What has been seen goes away meanwhile. */
            snprintf(path, sizeof path, "%s/%s", client->folder, entry.name);
            check_equal(unlink(path), 0);
        }
    }
    check(rounds > 5);
    for (int i = 0; i < 300; i++)
        check(seen[i]);
    end(client);
}
