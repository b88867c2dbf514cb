/*
 * The xenstore client: one request at a time is on its way; answers and watch events come in by the event handler.
 */
#include "drivers/xenstore.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "core/panic.h"
#include "drivers/xenstore_wire.h"
#include "sched/mutex.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"

/* A token's text: 8 hexadecimal digits. */
#define TOKEN_SIZE 9

#define EMERGENCY_PATIENCE (10 * NANOSECONDS_PER_SECOND)
#define EMERGENCY_STEP (NANOSECONDS_PER_SECOND / 100)

static struct mutex request_lock = MUTEX_INIT(request_lock);
static struct wait_queue changed = WAIT_QUEUE_INIT(changed);
static struct xenstore_message incoming;
static bool broken, in_emergency;

/* The request on its way, and where its answer's payload goes, NUL-terminated. */
static struct {
    uint32_t id;
    bool waiting;
    bool sent;                  /* whole; only then can an answer come */
    char *value;
    size_t size;
    long result;                /* payload's length, or a negative errno */
} request;

static struct list watches = LIST_INIT(watches);

static struct xenstore_domain_interface *ring(void)
{
    return boot_info.xenstore_ring;
}

static void deliver_watch_event(void)
{
    const char *token = xenstore_event_token(&incoming);
    struct xenstore_watch *watch;
    char text[TOKEN_SIZE];

    list_for_each(watch, &watches, link) {
        format_text(text, sizeof text, "%08x", watch->token);
        if (token && strcmp(token, text) == 0) {
            watch->changed(watch->argument);
            return;
        }
    }
}

static void deliver_answer(void)
{
    if (!request.waiting || incoming.header.req_id != request.id)
        return;
    request.waiting = false;
    if (incoming.header.type == XS_ERROR) {
        request.result = xenstore_errno(incoming.payload);
    } else if (request.value && incoming.header.len >= request.size) {
        request.result = -E2BIG;
    } else {
        request.result = incoming.header.len;
        if (request.value)
            memcpy(request.value, incoming.payload, incoming.header.len + 1);
    }
}

static void receive(void)
{
    int result;

    while (!broken && (result = xenstore_receive(ring(), &incoming)) != 0) {
        if (result < 0) {
            broken = true;
            log_line("xenstored broke the protocol: its answers are ignored from now on");
        } else if (incoming.header.type == XS_WATCH_EVENT) {
            deliver_watch_event();
        } else {
            deliver_answer();
        }
    }
}

static void event(void *unused)
{
    (void)unused;
    receive();
    evtchn_notify(boot_info.xenstore_port);
    wait_wake_all(&changed);
}

/* Waits for the ring to change: the thread in general, the whole domain in an emergency. False if that took too long. */
static bool wait_while(bool (*condition)(void))
{
    if (!in_emergency) {
        wait_for(&changed, !condition());
        return true;
    }
    uint64_t patience_ends = clock_monotonic() + EMERGENCY_PATIENCE;

    while (condition()) {
        if (clock_monotonic() > patience_ends)
            return false;
        domain_poll(boot_info.xenstore_port, clock_monotonic() + EMERGENCY_STEP);
        receive();
    }
    return true;
}

static bool ring_is_full(void)
{
    return !broken && ring()->req_prod - READ_ONCE(ring()->req_cons) == sizeof ring()->req;
}

static bool answer_is_missing(void)
{
    return request.waiting && !broken;
}

/* Puts `count` bytes on the ring; xenstored is told when the ring is full, and by the caller at the end. */
static int send(const void *data, size_t count)
{
    while (count) {
        if (ring_is_full())
            evtchn_notify(boot_info.xenstore_port);
        if (!wait_while(ring_is_full))
            return -ETIMEDOUT;
        long sent = broken ? -EIO : xenstore_send(ring(), data, count);

        if (sent < 0) {
            broken = true;
            return -EIO;
        }
        data = (const char *)data + sent;
        count -= (size_t)sent;
    }
    return 0;
}

/* Sends a request of up to two strings, with their NULs if so wanted, and waits for the answer. The lock is held. */
static long transact(enum xsd_sockmsg_type type, const char *path, const char *second, size_t second_length)
{
    struct xsd_sockmsg header = {
        .type = type,
        .req_id = ++request.id,
        .len = (uint32_t)(strlen(path) + 1 + second_length),
    };

    request.waiting = true;
    request.sent = false;
    int error = send(&header, sizeof header);

    if (!error)
        error = send(path, strlen(path) + 1);
    if (!error)
        error = send(second, second_length);
    evtchn_notify(boot_info.xenstore_port);
    request.sent = !error;
    if (!error && !wait_while(answer_is_missing))
        error = -ETIMEDOUT;
    if (error || broken) {
        request.waiting = false;
        return error ? error : -EIO;
    }
    return request.result;
}

static long call(enum xsd_sockmsg_type type, const char *path, const char *second, size_t second_length, char *value,
                 size_t size)
{
    mutex_lock(&request_lock);
    request.value = value;
    request.size = size;
    long result = transact(type, path, second, second_length);

    mutex_unlock(&request_lock);
    return result;
}

void xenstore_init(void)
{
    panic_if(evtchn_bind(boot_info.xenstore_port, event, NULL), "no room for xenstore's event channel");
}

long xenstore_read(const char *path, char *value, size_t size)
{
    return call(XS_READ, path, NULL, 0, value, size);
}

long xenstore_directory(const char *path, char *names, size_t size)
{
    return call(XS_DIRECTORY, path, NULL, 0, names, size);
}

int xenstore_write(const char *path, const char *value)
{
    return (int)MIN(call(XS_WRITE, path, value, strlen(value), NULL, 0), 0);
}

int xenstore_remove(const char *path)
{
    return (int)MIN(call(XS_RM, path, NULL, 0, NULL, 0), 0);
}

int xenstore_watch(struct xenstore_watch *watch)
{
    static uint32_t last_token;
    char token[TOKEN_SIZE];

    watch->token = ++last_token;
    list_insert(&watches, &watch->link);
    format_text(token, sizeof token, "%08x", watch->token);
    long result = call(XS_WATCH, watch->path, token, sizeof token, NULL, 0);

    if (result < 0)
        list_remove(&watch->link);
    return (int)MIN(result, 0);
}

int xenstore_unwatch(struct xenstore_watch *watch)
{
    char token[TOKEN_SIZE];

    list_remove(&watch->link);
    format_text(token, sizeof token, "%08x", watch->token);
    return (int)MIN(call(XS_UNWATCH, watch->path, token, sizeof token, NULL, 0), 0);
}

int xenstore_write_in_emergency(const char *path, const char *value)
{
    in_emergency = true;
    /* The answer to a request of some thread's comes first; one that is half on the ring bars the way. */
    if (broken || (request.waiting && (!request.sent || !wait_while(answer_is_missing))))
        return -EBUSY;
    request.value = NULL;
    return (int)MIN(transact(XS_WRITE, path, value, strlen(value)), 0);
}
