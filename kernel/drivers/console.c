/*
 * The console's frontend. There is no xenbus handshake: the domain builder shared the page and bound the port.
 */
#include "drivers/console.h"

#include <errno.h>

#include <xen/io/console.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/log.h"
#include "core/panic.h"
#include "core/ring.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"

/* How long a report waits for somebody to read the console before it goes on without. */
#define EMERGENCY_PATIENCE (30 * NANOSECONDS_PER_SECOND)
#define EMERGENCY_STEP (10 * NANOSECONDS_PER_SECOND / 1000)

struct wait_queue console_changed = WAIT_QUEUE_INIT(console_changed);

static struct xencons_interface *ring(void)
{
    return boot_info.console_ring;
}

static size_t output_room(void)
{
    size_t room = ring_room(ring()->out_prod, READ_ONCE(ring()->out_cons), sizeof ring()->out);

    acquire_fence();
    return room;
}

static size_t input_filled(void)
{
    size_t filled = ring_filled(READ_ONCE(ring()->in_prod), ring()->in_cons, sizeof ring()->in);

    acquire_fence();
    return filled;
}

/* So that a report can begin on a line of its own. */
static bool at_line_start = true;

static void put(const void *data, size_t count)
{
    at_line_start = ((const char *)data)[count - 1] == '\n';
    ring_put(ring()->out, sizeof ring()->out, ring()->out_prod, data, count);
    release_fence();
    WRITE_ONCE(ring()->out_prod, ring()->out_prod + (uint32_t)count);
    evtchn_notify(boot_info.console_port);
}

/* Sleeps in the hypervisor, since there may be no thread to run. Once nobody reads, nothing is waited for any more. */
static bool wait_in_emergency(void)
{
    static bool given_up;
    uint64_t patience_ends = clock_monotonic() + EMERGENCY_PATIENCE;

    while (output_room() == 0 && !given_up) {
        uint64_t now = clock_monotonic();

        given_up = now >= patience_ends;
        domain_poll(boot_info.console_port, now + EMERGENCY_STEP);
    }
    return !given_up;
}

static void put_all_in_emergency(const char *text, size_t length)
{
    while (length && wait_in_emergency()) {
        size_t room = output_room();

        if (room == RING_BROKEN)
            return;
        size_t part = MIN(length, room);

        put(text, part);
        text += part;
        length -= part;
    }
}

static void write_in_emergency(const char *text, size_t length)
{
    if (!at_line_start)
        put_all_in_emergency("\n", 1);
    put_all_in_emergency(text, length);
}

static void event(void *unused)
{
    (void)unused;
    wait_wake_all(&console_changed);
}

void console_init_emergency(void)
{
    log_set_sink(write_in_emergency);
}

void console_init(void)
{
    panic_if(evtchn_bind(boot_info.console_port, event, NULL), "no room for the console's event channel");
}

long console_write(const void *data, size_t count)
{
    const char *at = data;

    for (size_t left = count; left;) {
        wait_for(&console_changed, output_room() != 0);
        size_t room = output_room();

        if (room == RING_BROKEN)
            return -EIO;
        size_t part = MIN(left, room);

        put(at, part);
        at += part;
        left -= part;
    }
    return (long)count;
}

long console_read(void *data, size_t count)
{
    if (count == 0)
        return 0;
    if (!wait_for_or_cancel(&console_changed, input_filled() != 0))
        return -EINTR;
    size_t filled = input_filled();

    if (filled == RING_BROKEN)
        return -EIO;
    size_t part = MIN(count, filled);

    ring_get(ring()->in, sizeof ring()->in, ring()->in_cons, data, part);
    full_fence();
    WRITE_ONCE(ring()->in_cons, ring()->in_cons + (uint32_t)part);
    evtchn_notify(boot_info.console_port);
    return (long)part;
}

size_t console_input_size(void)
{
    return input_filled();
}

/* A broken ring blocks nobody: the write fails. */
size_t console_output_room(void)
{
    return output_room();
}

static bool drained(void)
{
    size_t room = output_room();

    return room == sizeof ring()->out || room == RING_BROKEN;
}

void console_drain(uint64_t deadline)
{
    while (!drained() && clock_monotonic() < deadline)
        domain_poll(boot_info.console_port, clock_monotonic() + EMERGENCY_STEP);
}
