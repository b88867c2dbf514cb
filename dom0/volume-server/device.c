/*
 * The handshake, the rings' memory and the loop.
 */
#include "device.h"

#include <errno.h>

#include "core/bits.h"
#include "core/format.h"
#include "linux.h"

/* xen/io/xenbus.h */
enum { UNKNOWN, INITIALISING, INIT_WAIT, INITIALISED, CONNECTED, CLOSING, CLOSED };

/* The page of a pair of rings (xen/io/9pfs.h): indexes, and the references of the rings' own pages. */
struct ring_page {
    struct p9_indexes indexes;
    uint8_t unused[64 - 8];
    uint32_t order;
    uint32_t references[];
};

#define PAGE 4096ul

/* --- nodes --- */

static int publish_text(struct device *device, const char *folder, const char *name, const char *text)
{
    char path[DEVICE_NODE_MAX + 32];

    format_text(path, sizeof path, "%s/%s", folder, name);
    return store_write(&device->store, path, text);
}

static int publish_number(struct device *device, const char *folder, const char *name, unsigned number)
{
    char text[16];

    format_text(text, sizeof text, "%u", number);
    return publish_text(device, folder, name, text);
}

static int set_state(struct device *device, int state)
{
    device->state = state;
    return publish_number(device, device->back, "state", (unsigned)state);
}

/* A number that the frontend has published; -ENOENT, or -EINVAL for what is none. */
static long front_number(struct device *device, const char *name)
{
    char path[DEVICE_NODE_MAX + 32], text[16];
    long value = 0;

    format_text(path, sizeof path, "%s/%s", device->front, name);
    long length = store_read(&device->store, path, text, sizeof text);

    if (length <= 0 || length > 10)
        return length < 0 ? length : -EINVAL;
    for (long i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -EINVAL;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int make_node(struct device *device, const char *path, unsigned owner, unsigned reader)
{
    int error = store_write(&device->store, path, "");

    return error ? error : store_permit(&device->store, path, owner, reader);
}

static int publish_back(struct device *device)
{
    int error = publish_text(device, device->back, "frontend", device->front);

    if (!error)
        error = publish_number(device, device->back, "frontend-id", device->domain);
    if (!error)
        error = publish_text(device, device->back, "online", "1");
    if (!error)
        error = publish_text(device, device->back, "versions", "1");
    if (!error)
        error = publish_number(device, device->back, "max-rings", DEVICE_RINGS_MAX);
    if (!error)
        error = publish_number(device, device->back, "max-ring-page-order", DEVICE_RING_ORDER_MAX);
    return error ? error : set_state(device, INIT_WAIT);
}

static int publish_front(struct device *device, unsigned own, const char *tag)
{
    int error = publish_text(device, device->front, "backend", device->back);

    if (!error)
        error = publish_number(device, device->front, "backend-id", own);
    if (!error)
        error = publish_text(device, device->front, "tag", tag);
    return error ? error : publish_number(device, device->front, "state", INITIALISING);
}

/* Which domain this is: mostly 0. */
static unsigned own_domain(struct store *store)
{
    char text[8];
    unsigned number = 0;

    if (store_read(store, "domid", text, sizeof text) < 0)
        return 0;
    for (const char *at = text; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (unsigned)(*at - '0');
    return number;
}

int device_publish(struct device *device, unsigned domain, unsigned index, const char *tag, const char **what)
{
    char path[DEVICE_NODE_MAX + 32];

    *what = "xenstore";
    device->domain = domain;
    int error = store_open(&device->store);

    if (error)
        return error;
    *what = "/dev/xen/evtchn";
    device->events = (int)sys(SYS_openat, AT_FDCWD, *what, O_RDWR | O_CLOEXEC);
    if (device->events < 0)
        return device->events;
    *what = "/dev/xen/gntdev";
    device->grants = (int)sys(SYS_openat, AT_FDCWD, *what, O_RDWR | O_CLOEXEC);
    if (device->grants < 0)
        return device->grants;
    *what = "the device's nodes in xenstore";
    unsigned own = own_domain(&device->store);

    format_text(device->front, sizeof device->front, "/local/domain/%u/device/9pfs/%u", domain, index);
    format_text(device->back, sizeof device->back, "/local/domain/%u/lwd-9pfs/%u-%u", own, domain, index);
    /* What is made below a node has its permissions. */
    error = make_node(device, device->back, own, domain);
    if (!error)
        error = publish_back(device);
    if (!error)
        error = make_node(device, device->front, domain, own);
    if (!error)
        error = publish_front(device, own, tag);
    format_text(path, sizeof path, "%s/state", device->front);
    return error ? error : store_watch(&device->store, path);
}

/* --- the domain's memory --- */

static void *map(struct device *device, const uint32_t *references, unsigned count)
{
    union {
        struct linux_map_grants map;
        uint8_t room[sizeof(struct linux_map_grants) + (sizeof(struct linux_grant) << DEVICE_RING_ORDER_MAX)];
    } request;

    request.map = (struct linux_map_grants){ .count = count };
    for (unsigned i = 0; i < count; i++)
        request.map.grants[i] = (struct linux_grant){ device->domain, references[i] };
    long error = sys(SYS_ioctl, device->grants, GNTDEV_MAP_GRANTS, &request);

    if (error)
        return NULL;
    long address = sys(SYS_mmap, 0, count * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, device->grants, request.map.index);

    return address < 0 && address > -(long)PAGE ? NULL : (void *)address;
}

static void unmap(struct device_ring *ring)
{
    if (ring->mapped)
        sys(SYS_munmap, ring->transport.in, ring->mapped);
    if (ring->transport.indexes)
        sys(SYS_munmap, ring->transport.indexes, PAGE);
    ring->mapped = 0;
    ring->transport.indexes = NULL;
}

/* What is on the page counts once: the references are copied before they are used. */
static int map_ring(struct device *device, struct device_ring *ring, uint32_t reference)
{
    uint32_t references[1 << DEVICE_RING_ORDER_MAX];
    struct ring_page *page = map(device, &reference, 1);

    if (!page)
        return -EFAULT;
    ring->transport.indexes = &page->indexes;
    uint32_t order = READ_ONCE(page->order);

    if (order < 1 || order > DEVICE_RING_ORDER_MAX)
        return -EINVAL;
    for (unsigned i = 0; i < 1u << order; i++)
        references[i] = READ_ONCE(page->references[i]);
    char *data = map(device, references, 1u << order);

    if (!data)
        return -EFAULT;
    ring->mapped = PAGE << order;
    ring->transport.size = ring->mapped / 2;
    ring->transport.in = data;
    ring->transport.out = data + ring->transport.size;
    ring->transport.in_prod = READ_ONCE(page->indexes.in_prod);
    ring->transport.out_cons = READ_ONCE(page->indexes.out_cons);
    return 0;
}

/* --- the connection --- */

static int connect_ring(struct device *device, struct device_ring *ring, unsigned number)
{
    char name[32];

    format_text(name, sizeof name, "ring-ref%u", number);
    long reference = front_number(device, name);

    format_text(name, sizeof name, "event-channel-%u", number);
    long port = front_number(device, name);

    if (reference < 0 || port < 0)
        return -EINVAL;
    int error = map_ring(device, ring, (uint32_t)reference);

    if (error)
        return error;
    struct linux_bind_interdomain bind = { device->domain, (uint32_t)port };
    long local = sys(SYS_ioctl, device->events, EVTCHN_BIND_INTERDOMAIN, &bind);

    if (local < 0)
        return (int)local;
    ring->port = (uint32_t)local;
    return 0;
}

static void disconnect(struct device *device)
{
    for (unsigned i = 0; i < DEVICE_RINGS_MAX; i++)
        unmap(&device->rings[i]);
    device->ring_count = 0;
    fids_remove_all(&device->session.fids);
}

static int connect(struct device *device)
{
    long count = front_number(device, "num-rings");
    uint32_t message_max = DEVICE_MESSAGE_MAX;
    int error = count < 1 || count > DEVICE_RINGS_MAX ? -EINVAL : 0;

    for (unsigned i = 0; !error && i < (unsigned)count; i++) {
        error = connect_ring(device, &device->rings[i], i);
        message_max = MIN(message_max, (uint32_t)device->rings[i].transport.size);
    }
    if (error) {
        disconnect(device);
        return error;
    }
    device->session.message_max = message_max;
    device->ring_count = (unsigned)count;
    return 0;
}

/* Follows the frontend. Returns 0, or -ENOENT once it is gone for good. */
static int follow(struct device *device)
{
    long state = front_number(device, "state");

    if (state < 0)
        return (int)state;
    if ((state == INITIALISED || state == CONNECTED) && device->state == INIT_WAIT)
        return set_state(device, connect(device) ? CLOSING : CONNECTED);
    if ((state == CLOSING || state == CLOSED) && device->state != CLOSED) {
        disconnect(device);
        return set_state(device, CLOSED);
    }
    return state == INITIALISING && device->state == CLOSED ? set_state(device, INIT_WAIT) : 0;
}

/* --- the loop --- */

struct teller {
    int events;
    uint32_t port;
};

static void tell(void *context)
{
    const struct teller *teller = context;
    struct linux_notify notify = { teller->port };

    sys(SYS_ioctl, teller->events, EVTCHN_NOTIFY, &notify);
}

/* A client that breaks the protocol loses the device. */
static int serve(struct device *device)
{
    for (unsigned i = 0; i < device->ring_count; i++) {
        struct teller teller = { device->events, device->rings[i].port };

        if (transport_serve(&device->rings[i].transport, &device->session, tell, &teller) < 0) {
            disconnect(device);
            return set_state(device, CLOSING);
        }
    }
    return 0;
}

/* Ports that have had an event; written back they may have the next. */
static void take_events(struct device *device)
{
    uint32_t ports[DEVICE_RINGS_MAX];
    long size = sys(SYS_read, device->events, ports, sizeof ports);

    if (size > 0)
        sys(SYS_write, device->events, ports, size);
}

int device_run(struct device *device)
{
    struct linux_poll polls[2] = { { device->store.descriptor, POLLIN, 0 }, { device->events, POLLIN, 0 } };
    int error = follow(device);

    while (!error) {
        sys(SYS_poll, polls, 2, -1);
        if (polls[1].found) {
            take_events(device);
            error = serve(device);
        }
        if (!error && polls[0].found)
            error = store_take_event(&device->store);
        if (!error && store_has_fired(&device->store))
            error = follow(device);
        /* What was written before the connection stood made no event that we saw. */
        if (!error && polls[0].found && device->ring_count)
            error = serve(device);
    }
    disconnect(device);
    store_remove(&device->store, device->back);
    return error == -ENOENT ? 0 : error;
}
