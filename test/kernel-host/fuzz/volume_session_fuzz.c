/*
 * dom0/volume-server under libFuzzer, which plays a hostile domain: messages of any type and fields, whole or not, indexes set
 * to anything. Behind it is an empty folder of its own; nothing outside may ever be touched, and the answers stay within the
 * ring.
 */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/ring.h"
#include "transport.h"

#define RING 16384

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const uint8_t types[] = { P9_STATFS, P9_OPEN, P9_CREATE, P9_SYMLINK, P9_READLINK, P9_GETATTR, P9_SETATTR, P9_READDIR,
                                 P9_FSYNC, P9_LOCK, P9_GETLOCK, P9_LINK, P9_MKDIR, P9_RENAME, P9_UNLINK, P9_VERSION,
                                 P9_ATTACH, P9_FLUSH, P9_WALK, P9_READ, P9_WRITE, P9_CLUNK };

struct input {
    const uint8_t *at, *end;
};

static uint32_t take(struct input *input, size_t count)
{
    uint32_t value = 0;

    for (; count && input->at < input->end; count--)
        value = value << 8 | *input->at++;
    return value;
}

static void put(struct transport *transport, uint32_t *producer, struct input *input)
{
    static uint8_t message[512];
    uint32_t kind = take(input, 1), body = take(input, 1), size = P9_HEADER + body;

    memcpy(message, &size, sizeof size);
    message[4] = types[kind % ARRAY_SIZE(types)];
    for (uint32_t i = 0; i < body; i++)
        message[P9_HEADER + i] = (uint8_t)take(input, 1);
    if (kind > 250)
        message[kind % 4] ^= 0xff;
    ring_put(transport->out, RING, *producer, message, size);
    *producer += size;
    transport->indexes->out_prod = *producer;
}

static void told(void *context)
{
    struct transport *transport = context;

    if (transport->in_prod - transport->indexes->in_cons > RING)
        abort();
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void serve_all(struct transport *transport, struct session *session, struct input *input)
{
    uint32_t producer = transport->out_cons;

    while (input->at < input->end) {
        if (take(input, 1) > 250)
            transport->indexes->out_prod = take(input, 4);
        else
            put(transport, &producer, input);
        /* The client takes its answers, mostly. */
        if (transport_serve(transport, session, told, transport) < 0)
            return;
        if (producer % 8)
            transport->indexes->in_cons = transport->in_prod;
        producer = transport->indexes->out_prod;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t attach[] = { 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0 };
    static struct session session;
    char folder[] = "/tmp/lwd-volume-XXXXXX";
    struct input input = { bytes, bytes + size };
    struct transport *transport = calloc(1, sizeof *transport);
    int here = (int)sys(SYS_openat, AT_FDCWD, ".", O_PATH | O_DIRECTORY);

    if (!mkdtemp(folder) || chdir("/proc/self/fd"))
        abort();
    memset(&session, 0, sizeof session);
    int root = (int)sys(SYS_openat, AT_FDCWD, folder, O_PATH | O_DIRECTORY);

    if (session_begin(&session, root, false, RING))
        abort();
    transport->indexes = calloc(1, sizeof *transport->indexes);
    transport->in = calloc(1, RING);
    transport->out = calloc(1, RING);
    transport->size = RING;
    ring_put(transport->out, RING, 0, "\27\0\0\0\150\0\0", P9_HEADER);
    ring_put(transport->out, RING, P9_HEADER, attach, sizeof attach);
    transport->indexes->out_prod = P9_HEADER + sizeof attach;
    if (transport_serve(transport, &session, told, transport) != 1)
        abort();
    serve_all(transport, &session, &input);
    fids_remove_all(&session.fids);
    close(root);
    if (fchdir(here) || nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        abort();
    close(here);
    free(transport->indexes);
    free(transport->in);
    free(transport->out);
    free(transport);
    return 0;
}
