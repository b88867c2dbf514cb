/*
 * drivers/p9_ring: a server that takes its time is waited for and told of, one that is gone is not.
 */
#include "drivers/p9_ring.h"

#include <errno.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/9pfs.h>
#include <xen/io/xenbus.h>

#include "drivers/xenstore.h"
#include "machine.h"
#include "verdict.h"
#include "xen/clock.h"

#define FRONT MACHINE_HOME "device/9pfs/tree"
#define BACK "/local/domain/0/backend/9pfs/7/0"
#define MINUTE (60 * NANOSECONDS_PER_SECOND)

static struct p9_ring ring;
static uint64_t answers_at, told_at;

static evtchn_port_t port(void)
{
    return (evtchn_port_t)store_number(FRONT "/event-channel-0", 0);
}

/* An answer to tag 0: nothing but its header. */
static void answer(void)
{
    struct xen_9pfs_data_intf *page = machine_granted((grant_ref_t)store_number(FRONT "/ring-ref0", 0), true);
    char *in = machine_granted(page->ref[0], true);
    const unsigned char header[P9_HEADER] = { P9_HEADER, 0, 0, 0, P9_CLUNK + 1, 0, 0 };

    memcpy(in + page->in_prod % PAGE_SIZE, header, sizeof header);
    page->out_cons = page->out_prod;
    page->in_prod += sizeof header;
    machine_fire(port());
}

static bool turn(void)
{
    if (store_number(FRONT "/state", 0) == XenbusStateInitialised && store_number(BACK "/state", 0) == XenbusStateInitWait) {
        store_write(BACK "/state", "%d", XenbusStateConnected);
        return true;
    }
    if (ring.silent && told_at == 0)
        told_at = clock_monotonic();
    if (clock_monotonic() < answers_at)
        return false;
    answers_at = NO_DEADLINE;
    answer();
    return true;
}

/* Returns the answer's result. */
static int ask(uint64_t answered_after)
{
    uint8_t head[P9_HEADER];
    struct p9_request request = { .type = P9_CLUNK };
    struct p9_writer writer;

    p9_begin(&writer, head, sizeof head, request.type);
    p9_finish(&writer, 0);
    answers_at = clock_monotonic() + answered_after;
    int error = p9_ring_send(&ring, &request, head, sizeof head, NULL, 0);

    return error ? error : p9_ring_await(&ring, &request);
}

static void finish(void)
{
    store_remove(BACK);
    p9_ring_disconnect(&ring);
    check_equal(machine_grants_used(), 0);
}

static void is_silent(void *unused)
{
    (void)unused;
    check_equal(p9_ring_connect(&ring, "tree"), 0);
    check_equal(ask(20 * NANOSECONDS_PER_SECOND), 0);
    /* Nobody waits for a while, and then not for long: that is no silence. */
    machine_advance(MINUTE);
    check_equal(ask(20 * NANOSECONDS_PER_SECOND), 0);
    check_equal(told_at, 0);
    uint64_t began = clock_monotonic();

    check_equal(ask(10 * MINUTE), 0);
    check(clock_monotonic() - began >= 10 * MINUTE);
    check(told_at > began + MINUTE / 2 && told_at < began + MINUTE && !ring.silent);
    finish();
}

static void is_gone(void *unused)
{
    (void)unused;
    check_equal(p9_ring_connect(&ring, "tree"), 0);
    machine_connected = false;
    uint64_t began = clock_monotonic();

    check_equal(ask(MINUTE), -EIO);
    check(clock_monotonic() - began <= 2 * NANOSECONDS_PER_SECOND);
    check_equal(ask(MINUTE), -EIO);
    finish();
}

static void run(void (*function)(void *argument))
{
    xenstore_init();
    store_write(FRONT "/backend", "%s", BACK);
    store_write(FRONT "/backend-id", "0");
    store_write(FRONT "/state", "%d", XenbusStateInitialising);
    store_write(BACK "/versions", "1");
    store_write(BACK "/max-ring-page-order", "1");
    store_write(BACK "/state", "%d", XenbusStateInitWait);
    machine_turn = turn;
    answers_at = NO_DEADLINE;
    machine_connected = true;
    machine_run(function, NULL);
}

TEST(a_server_that_takes_its_time_is_waited_for)
{
    run(is_silent);
}

TEST(a_server_that_is_gone_is_not)
{
    run(is_gone);
}
