/*
 * A block backend that follows the protocol, and one that follows a list of lies.
 */
#include "block_backend.h"

#include <stdio.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/blkif.h>
#include <xen/io/xenbus.h>

#include "drivers/blk_ring.h"

struct block_backend block_backend;

static struct block_backend *const me = &block_backend;

static void write_number(const char *key, unsigned long value)
{
    char path[128];

    snprintf(path, sizeof path, BLOCK_BACK "/%s", key);
    store_write(path, "%lu", value);
}

/* --- the ring --- */

static grant_ref_t ring_reference(unsigned page)
{
    char path[128];

    if (store_read(BLOCK_FRONT "/ring-page-order"))
        snprintf(path, sizeof path, BLOCK_FRONT "/ring-ref%u", page);
    else
        snprintf(path, sizeof path, BLOCK_FRONT "/ring-ref");
    return (grant_ref_t)store_number(path, 0);
}

/* The ring's pages lie in a row, if they are there. After a connection its references may stand for anything. */
static struct blkif_sring *ring(void)
{
    struct blkif_sring *first = machine_granted(ring_reference(0), true);

    for (unsigned i = 1; first && i < 1u << me->order; i++) {
        if (machine_granted(ring_reference(i), true) == (char *)first + i * PAGE_SIZE)
            continue;
        if (!me->lied)
            machine_fail("the ring is not in a row");
        return NULL;
    }
    return first;
}

static unsigned slots(void)
{
    return 32u << me->order;
}

static evtchn_port_t port(void)
{
    return (evtchn_port_t)store_number(BLOCK_FRONT "/event-channel", 0);
}

void block_backend_respond(uint64_t id, uint8_t operation, int16_t status)
{
    struct blkif_sring *shared = ring();

    if (shared)
        shared->ring[me->produced++ & (slots() - 1)].rsp =
            (struct blkif_response){ .id = id, .operation = operation, .status = status };
}

void block_backend_publish(void)
{
    struct blkif_sring *shared = ring();

    if (shared)
        shared->rsp_prod = me->produced;
    machine_fire(port());
}

/* --- honest work --- */

/* What a backend reads back is what the frontend wrote, unless the backend itself has written over it. */
#define must(condition, ...)                \
    do {                                    \
        if (!(condition) && !me->lied)      \
            machine_fail(__VA_ARGS__);      \
        if (!(condition))                   \
            return;                         \
    } while (0)

static void transfer(const struct blkif_request_segment *segments, unsigned count, uint64_t sector, bool to_disk)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned char *page = machine_granted(segments[i].gref, !to_disk);
        size_t first = segments[i].first_sect * 512u, end = (segments[i].last_sect + 1u) * 512u;
        uint64_t at = sector * 512;

        must(page, "segment %u of %u is not granted", i, count);
        must(end > first && end <= PAGE_SIZE && at < BLOCK_DISK_BYTES && at + (end - first) <= BLOCK_DISK_BYTES,
             "segment %u of %u is %zu to %zu, for sector %llu", i, count, first, end, (unsigned long long)sector);
        if (to_disk)
            memcpy(me->disk + at, page + first, end - first);
        else
            memcpy(page + first, me->disk + at, end - first);
        if (me->keeps)
            machine_hold(segments[i].gref, true);
        sector += (end - first) / 512;
    }
}

static void carry_out(const union blk_entry *entry)
{
    uint8_t operation = entry->direct.operation;
    uint64_t id = entry->direct.id, sector = entry->direct.sector_number;

    if (operation == BLKIF_OP_INDIRECT) {
        const struct blkif_request_segment *table = machine_granted(entry->indirect.indirect_grefs[0], false);

        operation = entry->indirect.indirect_op;
        id = entry->indirect.id;
        sector = entry->indirect.sector_number;
        must(table && entry->indirect.nr_segments <= 256, "an indirect request of %u segments",
             entry->indirect.nr_segments);
        transfer(table, entry->indirect.nr_segments, entry->indirect.sector_number, operation == BLKIF_OP_WRITE);
    } else if (operation == BLKIF_OP_READ || operation == BLKIF_OP_WRITE) {
        must(entry->direct.nr_segments <= BLKIF_MAX_SEGMENTS_PER_REQUEST, "a request of %u segments",
             entry->direct.nr_segments);
        transfer(entry->direct.seg, entry->direct.nr_segments, entry->direct.sector_number,
                 operation == BLKIF_OP_WRITE);
    }
    me->log[me->requests++ % ARRAY_SIZE(me->log)] = (struct block_done){ operation, sector };
    block_backend_respond(id, operation, me->status);
}

static bool serve(void)
{
    struct blkif_sring *shared = ring();
    union blk_entry entries[BLK_RING_MAX_SLOTS];
    unsigned count = 0;

    if (!shared || me->deaf || shared->req_prod - me->consumed > slots())
        return false;
    while (me->consumed != shared->req_prod)
        memcpy(&entries[count++], &shared->ring[me->consumed++ & (slots() - 1)], sizeof entries[0]);
    for (unsigned i = 0; i < count; i++)
        carry_out(&entries[me->reversed ? count - 1 - i : i]);
    shared->req_event = me->consumed + 1;
    if (count)
        block_backend_publish();
    return count > 0;
}

/* Follows the frontend, as far as it has not done so yet. */
static bool shake_hands(void)
{
    unsigned long theirs = store_number(BLOCK_FRONT "/state", 0), ours = store_number(BLOCK_BACK "/state", 0);
    unsigned long next = ours;

    if (theirs == XenbusStateInitialised && ours == XenbusStateInitWait) {
        me->order = (unsigned)store_number(BLOCK_FRONT "/ring-page-order", 0);
        me->consumed = me->produced = 0;
        next = XenbusStateConnected;
    } else if (theirs == XenbusStateClosing && ours == XenbusStateConnected) {
        next = XenbusStateClosing;
    } else if (theirs == XenbusStateClosed && ours != XenbusStateClosed) {
        machine_let_go();
        next = XenbusStateClosed;
    } else if (theirs == XenbusStateInitialising && ours == XenbusStateClosed) {
        next = XenbusStateInitWait;
    }
    if (next == ours)
        return false;
    write_number("state", next);
    return true;
}

/* --- lies --- */

enum lie { WORK, WORK_MORE, ANSWER, SCRIBBLE, MOVE_PRODUCER, PUBLISH, STATE, NODE, HOLD, LET_GO, FIRE, WAIT, LIES };

static void lie_in_node(void)
{
    static const char *const keys[] = {
        "sectors", "sector-size", "info", "feature-max-indirect-segments", "max-ring-page-order", "online", "mode",
        "feature-flush-cache", "feature-discard", "feature-persistent", "state",
    };
    static const char *const values[] = {
        "0", "1", "3", "30", "255", "1099511627776", "9223372036854775808", "18446744073709551616", "-1", "", "w",
        "0x10", "4294967296", "1000000000000000000000000000000", "512", "4096", "8192", " 4", "4 ", "%s%n",
    };
    char path[128];

    snprintf(path, sizeof path, BLOCK_BACK "/%s", keys[choose(me->choices, 1) % ARRAY_SIZE(keys)]);
    store_write(path, "%s", values[choose(me->choices, 1) % ARRAY_SIZE(values)]);
}

static void lie_on_ring(enum lie lie)
{
    struct blkif_sring *shared = ring();
    uint64_t what = choose(me->choices, 2);

    if (!shared)
        return;
    if (lie == SCRIBBLE)
        ((uint8_t *)shared)[what % ((size_t)PAGE_SIZE << me->order)] = (uint8_t)choose(me->choices, 1);
    else if (lie == MOVE_PRODUCER)
        shared->rsp_prod += (uint32_t)(int16_t)what;
    else
        block_backend_respond(what & 0x8000 ? choose(me->choices, 8) : what & 0x7f, (uint8_t)choose(me->choices, 1) % 8,
                              (int16_t)(choose(me->choices, 1) % 4) - 2);
}

static void lie(void)
{
    enum lie lie = choose(me->choices, 1) % LIES;

    me->lied |= lie > WORK_MORE;
    switch (lie) {
    case SCRIBBLE:
    case MOVE_PRODUCER:
    case ANSWER:
        lie_on_ring(lie);
        break;
    case PUBLISH:
        block_backend_publish();
        break;
    case STATE:
        write_number("state", choose(me->choices, 1) % 10);
        break;
    case NODE:
        lie_in_node();
        break;
    case HOLD:
        machine_hold((grant_ref_t)choose(me->choices, 2) % MACHINE_GRANTS, choose(me->choices, 1) & 1);
        break;
    case LET_GO:
        machine_let_go();
        break;
    case FIRE:
        machine_fire(port());
        break;
    case WAIT:
        machine_advance(choose(me->choices, 1) << 26);
        break;
    default:
        shake_hands();
        serve();
    }
}

static bool turn(void)
{
    if (me->choices && choices_left(me->choices)) {
        lie();
        return true;
    }
    if (me->choices && !me->gone) {
        block_backend_vanish();
        return true;
    }
    bool moved = !me->gone && shake_hands();

    return (!me->gone && serve()) || moved;
}

void block_backend_vanish(void)
{
    me->gone = true;
    store_remove(BLOCK_FRONT);
    store_remove(BLOCK_BACK);
}

void block_backend_begin(struct choices *choices)
{
    *me = (struct block_backend){ .choices = choices };
    store_write(BLOCK_FRONT "/backend", "%s", BLOCK_BACK);
    store_write(BLOCK_FRONT "/backend-id", "0");
    store_write(BLOCK_FRONT "/state", "1");
    write_number("sectors", BLOCK_DISK_BYTES / 512);
    write_number("sector-size", 512);
    write_number("info", 0);
    write_number("feature-flush-cache", 1);
    write_number("feature-discard", 1);
    write_number("feature-persistent", 0);
    write_number("feature-max-indirect-segments", 32);
    write_number("max-ring-page-order", 2);
    write_number("state", XenbusStateInitWait);
    machine_turn = turn;
}
