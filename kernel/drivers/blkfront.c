/*
 * Block devices: which there are, and their handshake (xen/io/blkif.h says what is published).
 */
#include "drivers/blkfront.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/protocols.h>

#include "core/format.h"
#include "core/log.h"
#include "core/panic.h"
#include "sched/mutex.h"
#include "xen/clock.h"

/* How long requests that are on the ring may take when the backend wants to go. */
#define DRAIN_PATIENCE (5 * NANOSECONDS_PER_SECOND)

/* Where programs see disks. */
#define FOLDER "/dev/"

static struct list devices = LIST_INIT(devices);
/* Held while a device is looked for and connected. */
static struct mutex finding = MUTEX_INIT(finding);

static void read_facts(struct block_device *device)
{
    struct front *front = &device->front;
    char mode[8] = "";
    uint64_t segments = front_read_number(front, "feature-max-indirect-segments", 0);
    uint64_t sector = front_read_number(front, "sector-size", BLK_SECTOR);

    front_read(front, "mode", mode, sizeof mode);
    device->facts = (struct lwd_block_facts){
        .size = front_read_number(front, "sectors", 0),
        /* What is larger than a page will be refused, however large. */
        .sector_size = (unsigned)MIN(sector, (uint64_t)UINT32_MAX),
        .readonly = (front_read_number(front, "info", 0) & VDISK_READONLY) || mode[0] == 'r',
        .can_flush = front_read_number(front, "feature-flush-cache", 0) == 1,
        .can_discard = front_read_number(front, "feature-discard", 0) == 1,
    };
    device->is_persistent = front_read_number(front, "feature-persistent", 0) == 1;
    device->max_segments = (unsigned)MIN(MAX(segments, BLKIF_MAX_SEGMENTS_PER_REQUEST), BLK_MAX_SEGMENTS);
}

/* The size comes in units of 512. */
static int check_facts(struct block_device *device)
{
    struct lwd_block_facts *facts = &device->facts;
    unsigned sector = facts->sector_size;

    if (sector < BLK_SECTOR || sector > PAGE_SIZE || (sector & (sector - 1)) || facts->size > INT64_MAX / BLK_SECTOR) {
        log_line("%s: the backend speaks of %lu sectors of %u bytes, which cannot be", device->name, facts->size, sector);
        return -EIO;
    }
    facts->size = ALIGN_DOWN(facts->size * BLK_SECTOR, (uint64_t)sector);
    return 0;
}

static int set_up_ring(struct block_device *device)
{
    struct front *front = &device->front;
    unsigned order = (unsigned)MIN(front_read_number(front, "max-ring-page-order", 0), BLK_RING_MAX_ORDER);

    device->ring_memory.references = device->ring_references;
    int error = front_share(front, &device->ring_memory, order);

    if (error)
        return error;
    blk_ring_init(&device->ring, device->ring_memory.address, (size_t)PAGE_SIZE << order);
    blk_queue_init(device);
    int port = front_channel(front, blk_queue_event, device);

    if (port < 0)
        return port;
    device->port = (evtchn_port_t)port;
    return 0;
}

static int publish(struct block_device *device)
{
    struct front *front = &device->front;
    unsigned order = device->ring_memory.order;
    int error = 0;

    if (order == 0)
        error = front_publish(front, "ring-ref", "%u", device->ring_references[0]);
    else
        error = front_publish(front, "ring-page-order", "%u", order);
    for (unsigned i = 0; order && i < 1u << order && !error; i++) {
        char key[16];

        format_text(key, sizeof key, "ring-ref%u", i);
        error = front_publish(front, key, "%u", device->ring_references[i]);
    }
    if (!error)
        error = front_publish(front, "event-channel", "%u", device->port);
    /* If the backend can keep what it was granted mapped, it only ever sees pages of the pool. */
    if (!error)
        error = front_publish(front, "feature-persistent", "1");
    return error ? error : front_publish(front, "protocol", "%s", XEN_IO_PROTO_ABI_NATIVE);
}

/* What is on its way may still come; what is not answered then, never will be. */
static void backend_gone(struct front *front)
{
    struct block_device *device = container_of(front, struct block_device, front);

    if (!device->caught)
        log_line("%s: the backend is gone", device->name);
    blk_queue_stop(device);
    wait_until(&device->idle, device->requests == 0 || device->caught, clock_monotonic() + (uint64_t)DRAIN_PATIENCE);
    front_disconnect(front);
    blk_queue_abandon(device);
    device->gone = true;
}

static int connect(struct block_device *device, uint32_t number)
{
    struct front *front = &device->front;
    char text[12];

    format_text(text, sizeof text, "%u", number);
    front->backend_gone = backend_gone;
    int error = front_open(front, "vbd", text);

    if (error)
        return error;
    error = set_up_ring(device);
    if (!error)
        error = publish(device);
    if (!error)
        error = front_connect(front, XenbusStateInitialised);
    if (!error) {
        read_facts(device);
        error = check_facts(device);
    }
    if (error)
        front_close(front);
    return error;
}

/* --- devices by name --- */

static struct block_device *connected_device(const char *name)
{
    struct block_device *device;

    list_for_each(device, &devices, link)
        if (strcmp(device->name, name) == 0)
            return device;
    return NULL;
}

static void forget(struct block_device *device)
{
    front_close(&device->front);
    free(device);
}

static int make_device(const char *name, uint32_t number, struct block_device **made)
{
    struct block_device *device = calloc(1, sizeof *device);

    if (!device)
        return -ENOMEM;
    memcpy(device->name, name, strlen(name) + 1);
    int error = connect(device, number);

    if (error) {
        free(device);
        return error == -ENODEV ? -ENXIO : error;
    }
    list_insert(&devices, &device->link);
    *made = device;
    return 0;
}

static bool is_this(void *wanted, const char *name)
{
    uint32_t number = 0;

    for (; *name >= '0' && *name <= '9'; name++)
        number = number * 10 + (uint32_t)(*name - '0');
    if (number != *(uint32_t *)wanted)
        return true;
    *(uint32_t *)wanted = 0;
    return false;
}

/* Is there such a device in xenstore? */
static int look_up(uint32_t number)
{
    int error = front_for_each("vbd", is_this, &number);

    return error ? error : number ? -ENOENT : 0;
}

static int find_locked(const char *name, struct block_device **found)
{
    uint32_t number = blk_name_number(name);
    struct block_device *device = connected_device(name);

    if (!number)
        return -ENOENT;
    if (device && device->gone) {
        list_remove(&device->link);
        if (!device->references)
            forget(device);
        device = NULL;
    }
    int error = !device ? look_up(number) : device->broken ? -EIO : 0;

    if (!device && !error)
        error = make_device(name, number, &device);
    if (!error)
        device->references++;
    *found = device;
    return error;
}

int lwd_block_open(const char *name, struct block_device **device)
{
    if (strncmp(name, FOLDER, strlen(FOLDER)) == 0)
        name += strlen(FOLDER);
    if (strlen(name) >= BLK_NAME_MAX)
        return -ENOENT;
    mutex_lock(&finding);
    int error = find_locked(name, device);

    mutex_unlock(&finding);
    return error;
}

void blk_hold(struct block_device *device)
{
    device->references++;
}

/* A device that is there stays connected; one that is gone and replaced has nobody else who knows it. */
void lwd_block_close(struct block_device *device)
{
    if (--device->references == 0 && device->gone && list_empty(&device->link))
        forget(device);
}

struct visitor {
    bool (*visit)(void *context, const char *name);
    void *context;
};

static bool visit_number(void *context, const char *number)
{
    const struct visitor *visitor = context;
    char name[BLK_NAME_MAX];

    blk_number_name((uint32_t)strtoul(number, NULL, 10), name);
    return !name[0] || visitor->visit(visitor->context, name);
}

int lwd_block_for_each(bool (*visit)(void *context, const char *name), void *context)
{
    struct visitor visitor = { visit, context };

    return front_for_each("vbd", visit_number, &visitor);
}

const struct lwd_block_facts *lwd_block_facts(const struct block_device *device)
{
    return &device->facts;
}

/* --- memory that stays granted --- */

/* Kept since it was given back with the backend having it mapped. */
static struct blk_area *spare_area(const struct block_device *device, unsigned pages)
{
    for (struct blk_area *area = device->areas; area; area = area->next)
        if (!area->in_use && area->pages == pages)
            return area;
    return NULL;
}

void *lwd_block_allocate(struct block_device *device, size_t size)
{
    if (size == 0 || size > BLK_AREA_PAGES * PAGE_SIZE || device->broken)
        return NULL;
    unsigned pages = (unsigned)DIV_ROUND_UP(size, (size_t)PAGE_SIZE);
    struct blk_area *area = spare_area(device, pages);

    if (area) {
        memset(area->address, 0, (size_t)pages * PAGE_SIZE);
        area->in_use = true;
        return area->address;
    }
    if (device->area_pages + pages > BLK_AREA_PAGES)
        return NULL;
    area = blk_area_make(&device->areas, device->front.backend_domain, pages);
    if (!area)
        return NULL;
    device->area_pages += pages;
    return area->address;
}

void lwd_block_free(struct block_device *device, void *memory)
{
    if (!memory)
        return;
    struct blk_area *area = blk_area_find(device->areas, memory);

    panic_if(!area || area->address != memory, "%s: %p is no memory of the disk's", device->name, memory);
    area->in_use = false;
    if (!blk_area_end_grants(area) && !device->gone)
        return;
    device->area_pages -= area->pages;
    blk_area_destroy(&device->areas, area);
}
