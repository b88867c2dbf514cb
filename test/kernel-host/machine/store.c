/*
 * The machine's xenstored: nodes in an array, requests and answers on the real ring, in whatever pieces it has room for.
 */
#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#define MAX_NODES 128
#define MAX_WATCHES 8
#define PATH_SIZE 160
#define VALUE_SIZE 256
#define OUT_SIZE (64 << 10)

struct node {
    char path[PATH_SIZE];
    char value[VALUE_SIZE];
};

struct watch {
    char path[PATH_SIZE];
    char said[PATH_SIZE];       /* as the client named it */
    char token[32];
};

bool store_is_mute;

static struct node nodes[MAX_NODES];
static unsigned node_count;
static struct watch watches[MAX_WATCHES];
static unsigned watch_count;

/* What the client is to get, and the request that is coming in. */
static char out[OUT_SIZE];
static size_t out_count;
static char in[sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX + 1];
static size_t in_count;

static struct xenstore_domain_interface *ring(void)
{
    return boot_info.xenstore_ring;
}

/* --- answers --- */

static void send(uint32_t type, uint32_t id, const void *payload, size_t size)
{
    struct xsd_sockmsg header = { .type = type, .req_id = id, .len = (uint32_t)size };

    if (out_count + sizeof header + size > sizeof out)
        machine_fail("xenstored has too much to say");
    memcpy(out + out_count, &header, sizeof header);
    memcpy(out + out_count + sizeof header, payload, size);
    out_count += sizeof header + size;
}

static bool is_below(const char *path, const char *top)
{
    size_t length = strlen(top);

    return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void fire_watch(const struct watch *watch)
{
    char payload[PATH_SIZE + sizeof watch->token];
    size_t path = strlen(watch->said) + 1, token = strlen(watch->token) + 1;

    memcpy(payload, watch->said, path);
    memcpy(payload + path, watch->token, token);
    send(XS_WATCH_EVENT, 0, payload, path + token);
}

/* A node that goes takes those below with it, so watches below fire too. */
static void changed(const char *path, bool removed)
{
    for (unsigned i = 0; i < watch_count; i++)
        if (is_below(path, watches[i].path) || (removed && is_below(watches[i].path, path)))
            fire_watch(&watches[i]);
}

/* --- nodes --- */

static struct node *find(const char *path)
{
    for (unsigned i = 0; i < node_count; i++)
        if (strcmp(nodes[i].path, path) == 0)
            return &nodes[i];
    return NULL;
}

static void set(const char *path, const char *value)
{
    struct node *node = find(path);

    if (!node && node_count == MAX_NODES)
        machine_fail("too many nodes");
    if (!node)
        node = &nodes[node_count++];
    snprintf(node->path, sizeof node->path, "%s", path);
    snprintf(node->value, sizeof node->value, "%s", value);
    changed(path, false);
}

void store_write(const char *path, const char *format, ...)
{
    char value[VALUE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    set(path, value);
}

void store_remove(const char *path)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < node_count; i++)
        if (!is_below(nodes[i].path, path))
            nodes[kept++] = nodes[i];
    if (kept == node_count)
        return;
    node_count = kept;
    changed(path, true);
}

const char *store_read(const char *path)
{
    const struct node *node = find(path);

    return node ? node->value : NULL;
}

unsigned long store_number(const char *path, unsigned long otherwise)
{
    const char *value = store_read(path);

    return value ? strtoul(value, NULL, 10) : otherwise;
}

/* The names directly below a path, each once, with its NUL. */
static size_t list(const char *path, char *names, size_t size)
{
    size_t length = strlen(path), count = 0;

    for (unsigned i = 0; i < node_count; i++) {
        const char *rest = nodes[i].path + length + 1;
        size_t name = strcspn(rest, "/");
        bool known = false;

        if (!is_below(nodes[i].path, path) || nodes[i].path[length] == '\0' || count + name + 1 > size)
            continue;
        for (size_t at = 0; at < count; at += strlen(names + at) + 1)
            known |= strlen(names + at) == name && strncmp(names + at, rest, name) == 0;
        if (known)
            continue;
        memcpy(names + count, rest, name);
        names[count + name] = '\0';
        count += name + 1;
    }
    return count;
}

/* --- requests --- */

static void refuse(const struct xsd_sockmsg *header, const char *why)
{
    send(XS_ERROR, header->req_id, why, strlen(why) + 1);
}

static void add_watch(const char *path, const char *said, const char *token)
{
    if (watch_count == MAX_WATCHES)
        machine_fail("too many watches");
    struct watch *watch = &watches[watch_count++];

    snprintf(watch->path, sizeof watch->path, "%s", path);
    snprintf(watch->said, sizeof watch->said, "%s", said);
    snprintf(watch->token, sizeof watch->token, "%s", token);
}

static void remove_watch(const char *token)
{
    for (unsigned i = 0; i < watch_count; i++)
        if (strcmp(watches[i].token, token) == 0)
            watches[i--] = watches[--watch_count];
}

/* The domain may write below nodes of its own that are there: not make those anew that the toolstack took away. */
static bool may_write(const char *path)
{
    const char *end = strrchr(path, '/');

    for (unsigned i = 0; i < node_count; i++)
        if (strncmp(nodes[i].path, path, (size_t)(end - path) + 1) == 0)
            return true;
    return false;
}

static void serve(const struct xsd_sockmsg *header, char *said)
{
    char path[2 * PATH_SIZE], names[1024];
    const char *second = said + strlen(said) + 1;
    const struct node *node;
    size_t size;

    snprintf(path, sizeof path, "%s%s", said[0] == '/' ? "" : MACHINE_HOME, said);
    node = find(path);
    switch (header->type) {
    case XS_READ:
        if (node)
            send(XS_READ, header->req_id, node->value, strlen(node->value));
        else
            refuse(header, "ENOENT");
        return;
    case XS_DIRECTORY:
        size = list(path, names, sizeof names);
        if (size)
            send(XS_DIRECTORY, header->req_id, names, size);
        else
            refuse(header, "ENOENT");
        return;
    case XS_WRITE:
        if (!may_write(path)) {
            refuse(header, "EACCES");
            return;
        }
        send(XS_WRITE, header->req_id, "OK", 3);
        set(path, second);
        return;
    case XS_WATCH:
        add_watch(path, said, second);
        send(XS_WATCH, header->req_id, "OK", 3);
        fire_watch(&watches[watch_count - 1]);
        return;
    case XS_UNWATCH:
        remove_watch(second);
        send(XS_UNWATCH, header->req_id, "OK", 3);
        return;
    default:
        machine_fail("xenstored is asked for %u", header->type);
    }
}

static bool take_in(void)
{
    struct xsd_sockmsg header;
    bool any = ring()->req_cons != ring()->req_prod;

    for (; ring()->req_cons != ring()->req_prod; ring()->req_cons++) {
        in[in_count++] = ring()->req[MASK_XENSTORE_IDX(ring()->req_cons)];
        if (in_count < sizeof header)
            continue;
        memcpy(&header, in, sizeof header);
        if (header.len > XENSTORE_PAYLOAD_MAX)
            machine_fail("xenstored is asked for %u bytes", header.len);
        if (in_count < sizeof header + header.len)
            continue;
        in[in_count] = '\0';
        serve(&header, in + sizeof header);
        in_count = 0;
        if (header.len == 0)
            machine_fail("an empty request");
    }
    return any;
}

static bool put_out(void)
{
    size_t done = 0;

    while (done < out_count && ring()->rsp_prod - ring()->rsp_cons < XENSTORE_RING_SIZE)
        ring()->rsp[MASK_XENSTORE_IDX(ring()->rsp_prod++)] = out[done++];
    memmove(out, out + done, out_count - done);
    out_count -= done;
    return done > 0;
}

bool store_serve(void)
{
    bool any = take_in();

    if (store_is_mute)
        out_count = 0;
    any |= put_out();
    if (any)
        machine_fire(boot_info.xenstore_port);
    return any;
}
