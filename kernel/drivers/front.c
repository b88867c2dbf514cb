/*
 * The xenbus handshake. A watch says that a backend's state may have changed; whoever waits for a state then reads it,
 * since reading blocks and the watch's handler may not.
 */
#include "drivers/front.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/front_service.h"
#include "mm/frame.h"
#include "xen/clock.h"
#include "xen/gnttab.h"

/* Hotplug scripts run in dom0 before a backend is ready. */
#define OPEN_PATIENCE (10 * NANOSECONDS_PER_SECOND)
#define CONNECT_PATIENCE (10 * NANOSECONDS_PER_SECOND)
#define CLOSE_PATIENCE (5 * NANOSECONDS_PER_SECOND)

#define VALUE_MAX 128

#define STATE(name) (1u << XenbusState##name)
#define STATES_AT_END (STATE(Unknown) | STATE(Closing) | STATE(Closed))

static unsigned lost_frames;

/* --- nodes --- */

int front_for_each(const char *type, bool (*visit)(void *context, const char *name), void *context)
{
    char path[FRONT_NODE_MAX], names[XENSTORE_MAX];

    format_text(path, sizeof path, "device/%s", type);
    long size = xenstore_directory(path, names, sizeof names);

    if (size == -ENOENT)
        return 0;
    for (long at = 0; at < size; at += (long)strlen(names + at) + 1)
        if (!visit(context, names + at))
            break;
    return (int)MIN(size, 0);
}

int front_publish(struct front *front, const char *key, const char *format, ...)
{
    char path[FRONT_PATH_MAX], value[VALUE_MAX];
    va_list args;

    format_text(path, sizeof path, "%s/%s", front->node, key);
    va_start(args, format);
    format_text_va(value, sizeof value, format, args);
    va_end(args);
    return xenstore_write(path, value);
}

long front_read(struct front *front, const char *key, char *value, size_t size)
{
    char path[FRONT_PATH_MAX + FRONT_NODE_MAX];

    format_text(path, sizeof path, "%s/%s", front->backend, key);
    return xenstore_read(path, value, size);
}

/* A decimal number and nothing else, or `otherwise`. */
static uint64_t parse_number(const char *text, uint64_t otherwise)
{
    uint64_t number = 0;

    if (!*text)
        return otherwise;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, (uint64_t)(*text - '0'), &number))
            return otherwise;
    }
    return number;
}

uint64_t front_read_number(struct front *front, const char *key, uint64_t otherwise)
{
    char value[VALUE_MAX];

    return front_read(front, key, value, sizeof value) < 0 ? otherwise : parse_number(value, otherwise);
}

/* Where the device is, and who serves it: written by the toolstack in our own nodes. */
static int find_backend(struct front *front)
{
    char path[FRONT_NODE_MAX + 16], value[VALUE_MAX];

    format_text(path, sizeof path, "%s/backend", front->node);
    if (xenstore_read(path, front->backend, sizeof front->backend) <= 0)
        return -ENODEV;
    format_text(path, sizeof path, "%s/backend-id", front->node);
    if (xenstore_read(path, value, sizeof value) <= 0)
        return -ENODEV;
    uint64_t domain = parse_number(value, DOMID_FIRST_RESERVED);

    if (domain >= DOMID_FIRST_RESERVED)
        return -ENODEV;
    front->backend_domain = (domid_t)domain;
    format_text(front->backend_state_node, sizeof front->backend_state_node, "%s/state", front->backend);
    return 0;
}

static int set_state(struct front *front, enum xenbus_state state)
{
    return front_publish(front, "state", "%d", (int)state);
}

/* --- the backend's state --- */

static void state_changed(void *argument)
{
    struct front *front = argument;

    front->touched = true;
    wait_wake_all(&front->changed);
    front_service_wake();
}

static bool is_among(const struct front *front, unsigned states)
{
    return states >> front->backend_state & 1;
}

/* Waits until the backend is in one of the states `wanted`, or cannot come there since it is in one of `ends`. */
static int await(struct front *front, unsigned wanted, unsigned ends, int64_t patience)
{
    uint64_t deadline = clock_monotonic() + (uint64_t)patience;

    for (;;) {
        front_refresh(front);
        if (is_among(front, wanted))
            return 0;
        if (is_among(front, ends))
            return -ENODEV;
        /* Its state may change all the time, and be the wrong one. */
        if (clock_monotonic() >= deadline || !wait_until(&front->changed, front->touched, deadline))
            return -ETIMEDOUT;
    }
}

static int complain(const struct front *front, int error, const char *what)
{
    log_line("%s: the backend %s (%s; its state is %d)", front->node, what,
             error == -ETIMEDOUT ? "no answer in time" : "it is going away", (int)front->backend_state);
    return error;
}

static int watch_backend(struct front *front)
{
    front->watch = (struct xenstore_watch){
        .path = front->backend_state_node,
        .changed = state_changed,
        .argument = front,
    };
    front->backend_state = XenbusStateUnknown;
    front->touched = true;
    return xenstore_watch(&front->watch);
}

int front_open(struct front *front, const char *type, const char *name)
{
    if (strlen(type) + strlen(name) + sizeof "device//" > FRONT_NODE_MAX)
        return -ENODEV;
    format_text(front->node, sizeof front->node, "device/%s/%s", type, name);
    wait_queue_init(&front->changed);
    list_init(&front->memory);
    list_init(&front->link);
    front->gone = front->connected = front->served = front->given_up = false;
    front->channel_count = 0;
    int error = gnttab_init();

    if (!error)
        error = find_backend(front);
    /* The toolstack is taking it away, and waits for us if nobody has used it. */
    if (!error && front_read_number(front, "online", 1) == 0) {
        set_state(front, XenbusStateClosed);
        error = -ENODEV;
    }
    if (!error)
        error = watch_backend(front);
    if (error)
        return error;
    /* A device that was closed before is Closed on both sides: this starts it anew. */
    error = set_state(front, XenbusStateInitialising);
    if (!error)
        error = await(front, STATE(InitWait), STATE(Unknown) | STATE(Closing), OPEN_PATIENCE);
    if (error) {
        complain(front, error, "is not ready");
        front_close(front);
    }
    return error;
}

/* --- what is shared --- */

bool front_end_grant(grant_ref_t reference)
{
    if (gnttab_end(reference) == 0)
        return true;
    lost_frames++;
    return false;
}

unsigned front_lost_frames(void)
{
    return lost_frames;
}

static void unshare(struct front_memory *memory)
{
    pfn_t first = frame_of(memory->address);

    list_remove(&memory->link);
    for (unsigned i = 0; i < 1u << memory->order; i++)
        if (i >= memory->granted || front_end_grant(memory->references[i]))
            frame_free(first + i);
    memory->granted = 0;
}

int front_share(struct front *front, struct front_memory *memory, unsigned order)
{
    pfn_t first = frame_alloc_block(order);

    if (first == NO_FRAME)
        return -ENOMEM;
    memory->address = frame_address(first);
    memory->order = order;
    memory->granted = 0;
    memset(memory->address, 0, (size_t)PAGE_SIZE << order);
    list_insert(&front->memory, &memory->link);
    for (unsigned i = 0; i < 1u << order; i++) {
        int reference = gnttab_grant(front->backend_domain, first + i, false);

        if (reference < 0) {
            unshare(memory);
            return reference;
        }
        memory->references[memory->granted++] = (grant_ref_t)reference;
    }
    return 0;
}

int front_channel(struct front *front, evtchn_handler *handler, void *argument)
{
    if (front->channel_count == FRONT_CHANNELS)
        return -ENOSPC;
    int port = evtchn_bind_remote(front->backend_domain, handler, argument);

    if (port >= 0)
        front->channels[front->channel_count++] = (evtchn_port_t)port;
    return port;
}

/* --- the connection --- */

int front_connect(struct front *front, enum xenbus_state ours)
{
    int error = set_state(front, ours);

    if (!error)
        error = await(front, STATE(Connected), STATES_AT_END, CONNECT_PATIENCE);
    if (error)
        return complain(front, error, "does not connect");
    if (ours != XenbusStateConnected)
        error = set_state(front, XenbusStateConnected);
    return error ? error : front_service_add(front);
}

/* Closing has the backend let go, Closed tells it that we have. It may be ahead of us, or gone. */
static void part(struct front *front)
{
    if (set_state(front, XenbusStateClosing) == 0)
        await(front, STATES_AT_END, 0, CLOSE_PATIENCE);
    while (front->channel_count)
        evtchn_close(front->channels[--front->channel_count]);
    if (set_state(front, XenbusStateClosed) == 0 &&
        await(front, STATE(Unknown) | STATE(Closed) | STATE(InitWait), 0, CLOSE_PATIENCE))
        complain(front, -ETIMEDOUT, "does not let go of the device");
}

void front_disconnect(struct front *front)
{
    unsigned lost = lost_frames;

    if (list_empty(&front->memory) && front->channel_count == 0 && !front->connected)
        return;
    front->connected = false;
    part(front);
    while (!list_empty(&front->memory))
        unshare(list_first(&front->memory, struct front_memory, link));
    if (lost_frames != lost)
        log_line("%s: the backend keeps %u frames, which are lost", front->node, lost_frames - lost);
}

void front_give_up(struct front *front)
{
    front->given_up = true;
    front_service_wake();
}

void front_close(struct front *front)
{
    front_disconnect(front);
    front_service_remove(front);
    xenstore_unwatch(&front->watch);
}
