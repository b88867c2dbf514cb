/*
 * The domain's end of the process channel.
 */
#include "drivers/process_channel.h"

#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/console.h"
#include "drivers/xenstore.h"
#include "mm/frame.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"

/* Who attends to it. */
#define DOM0 0
/* The page, the output's and the input's, out of a block of 2^ORDER. */
#define PAGES (1 + PROCESS_OUTPUT_PAGES + PROCESS_INPUT_PAGES)
#define ORDER 5

/* How long dom0 may take to come, and how often it is asked about. */
#define PATIENCE (60 * NANOSECONDS_PER_SECOND)
#define STEP NANOSECONDS_PER_SECOND
#define END_STEP (NANOSECONDS_PER_SECOND / 100)

struct wait_queue process_channel_changed = WAIT_QUEUE_INIT(process_channel_changed);

static struct process_page *page;
static int page_reference;
static struct process_ring output, input;
static evtchn_port_t port;
static struct wait_queue *on_signal;
static uint64_t patience_ends, next_look;
static bool attended, lost;

static void event(void *unused)
{
    (void)unused;
    /* Only the other end sends any. */
    attended = true;
    wait_wake_all(&process_channel_changed);
    if (process_channel_has_signal())
        wait_wake_all(on_signal);
}

/* --- the beginning --- */

bool process_channel_open(struct wait_queue *signalled)
{
    pfn_t first = gnttab_init() ? NO_FRAME : frame_alloc_block(ORDER);

    if (first == NO_FRAME)
        return false;
    for (pfn_t frame = first + PAGES; frame < first + (1 << ORDER); frame++)
        frame_free(frame);
    struct process_page *shared = frame_address(first);
    char *bytes = (char *)shared + PAGE_SIZE;

    memset(shared, 0, PAGES * (size_t)PAGE_SIZE);
    shared->magic = PROCESS_MAGIC;
    shared->output_pages = PROCESS_OUTPUT_PAGES;
    shared->input_pages = PROCESS_INPUT_PAGES;
    output = (struct process_ring){ bytes, PROCESS_OUTPUT_PAGES * PAGE_SIZE, 0, &shared->producer, &shared->consumer };
    input = (struct process_ring){ bytes + output.size, PROCESS_INPUT_PAGES * PAGE_SIZE, 0, &shared->reader,
                                   &shared->writer };
    /* It is the first to use the table, and ports: there is room. */
    page_reference = gnttab_grant(DOM0, first, false);
    for (unsigned i = 1; i < PAGES; i++)
        shared->references[i - 1] = (uint32_t)gnttab_grant(DOM0, first + i, false);
    int bound = evtchn_bind_remote(DOM0, event, NULL);

    if (bound < 0)
        return false;
    port = (evtchn_port_t)bound;
    page = shared;
    on_signal = signalled;
    patience_ends = clock_monotonic() + PATIENCE;
    return true;
}

void process_channel_publish(void)
{
    char text[32];

    if (!page)
        return;
    format_text(text, sizeof text, "%d %u", page_reference, port);
    xenstore_write(PROCESS_NODE, text);
}

/* --- losing it --- */

static void lose(void)
{
    lost = true;
    wait_wake_all(&process_channel_changed);
}

/* That the other end has closed is told by nothing: it has to be looked for. Who lies is as good as gone. */
static void look_for_dom0(void)
{
    if (process_ring_room(&output) == RING_BROKEN)
        lose();
    else if (evtchn_is_connected(port))
        attended = true;
    else if (attended || clock_monotonic() > patience_ends)
        lose();
}

bool process_channel_is_lost(void)
{
    uint64_t now = clock_monotonic();

    if (!lost && now >= next_look) {
        next_look = now + STEP;
        look_for_dom0();
    }
    return lost;
}

uint64_t process_channel_next_look(void)
{
    return lost ? NO_DEADLINE : next_look;
}

struct process_page *process_channel_page(void)
{
    return lost ? NULL : page;
}

void process_channel_notify(void)
{
    evtchn_notify(port);
}

/* Moves what dom0 has not taken to the console, once. Its index, and the headers, may be anything by now. */
static void rescue(void)
{
    uint32_t at = READ_ONCE(page->consumer.index), filled = output.index - at;

    page = NULL;
    if (filled > output.size || at % PROCESS_HEADER)
        return;
    while (at != output.index) {
        uint32_t count = READ_ONCE(*process_ring_header(&output, at)) & 0xffffff;

        count = MIN(count, output.index - at - PROCESS_HEADER);
        for (uint32_t done = 0; done < count;) {
            uint32_t offset = (at + PROCESS_HEADER + done) & (output.size - 1);
            uint32_t part = MIN(count - done, output.size - offset);

            console_write(output.bytes + offset, part);
            done += part;
        }
        at += process_record_size(count);
    }
}

static long write_to_console(const void *data, size_t count)
{
    if (page)
        rescue();
    return console_write(data, count);
}

/* --- output --- */

/* What there is to wait for is there, or something else. */
static bool wait_for_room_is_over(size_t wanted)
{
    return process_ring_room(&output) >= wanted || lost || wait_is_cancelled();
}

/* Waits for room for so many bytes unless less may be. Returns what there is; 0 if the channel is lost, or the thread
 * cancelled. */
static size_t find_room(size_t wanted, bool less_may_be)
{
    for (;;) {
        size_t room = process_ring_room(&output);

        if (room == RING_BROKEN)
            lose();
        if (lost)
            return 0;
        if (room >= wanted || less_may_be)
            return room;
        if (wait_is_cancelled())
            return 0;
        process_ring_want(&output, output.index + (uint32_t)wanted - output.size);
        if (!wait_until(&process_channel_changed, wait_for_room_is_over(wanted), clock_monotonic() + STEP))
            look_for_dom0();
    }
}

long process_channel_write(enum process_kind kind, const void *data, size_t count, bool less_may_be)
{
    size_t done = 0;

    while (done < count) {
        const char *at = (const char *)data + done;
        size_t part = MIN(count - done, output.size / 4);
        size_t room = find_room(process_record_size((uint32_t)part), less_may_be);

        if (lost) {
            write_to_console(at, count - done);
            return (long)count;
        }
        if (room <= PROCESS_HEADER)
            return done ? (long)done : less_may_be ? -EAGAIN : -EINTR;
        part = MIN(part, room - PROCESS_HEADER);
        if (process_ring_put_record(&output, kind, at, (uint32_t)part))
            evtchn_notify(port);
        done += part;
    }
    return (long)done;
}

bool process_channel_can_write(void)
{
    if (lost || process_ring_room(&output) > PROCESS_HEADER)
        return true;
    process_ring_want(&output, output.index + PROCESS_HEADER + 1 - output.size);
    return process_ring_room(&output) > PROCESS_HEADER;
}

/* --- input --- */

static bool input_ends(void)
{
    bool ends = lost || READ_ONCE(page->attendant_flags) & PROCESS_INPUT_ENDS;

    /* What came before the end is there when the end is. */
    acquire_fence();
    return ends;
}

size_t process_channel_input_size(void)
{
    size_t filled = lost ? 0 : process_ring_filled(&input);

    if (filled != RING_BROKEN)
        return filled;
    lose();
    return 0;
}

/* lwd reads its own standard input only for a program that reads. */
bool process_channel_can_read(void)
{
    if (lost)
        return true;
    bool ends = input_ends();

    if (!(page->domain_flags & PROCESS_READS)) {
        WRITE_ONCE(page->domain_flags, page->domain_flags | PROCESS_READS);
        evtchn_notify(port);
    }
    process_ring_want(&input, input.index + 1);
    return process_channel_input_size() || ends || lost;
}

long process_channel_read(void *data, size_t count)
{
    if (count == 0)
        return 0;
    while (!wait_until_or(&process_channel_changed, process_channel_can_read(), wait_is_cancelled(),
                          clock_monotonic() + STEP)) {
        if (wait_is_cancelled())
            return -EINTR;
        look_for_dom0();
    }
    size_t part = MIN(count, process_channel_input_size());

    if (part == 0)
        return 0;
    ring_get(input.bytes, input.size, input.index, data, part);
    if (process_ring_advance(&input, (uint32_t)part))
        evtchn_notify(port);
    return (long)part;
}

/* --- signals --- */

static uint32_t signals(void)
{
    return page ? READ_ONCE(page->signals) & ((1u << PROCESS_SIGNALS) - 1) : 0;
}

bool process_channel_has_signal(void)
{
    return signals() != 0;
}

enum process_signal process_channel_take_signal(void)
{
    uint32_t bits = signals();
    unsigned signal = 0;

    /* dom0 may take back what was seen: then it is the last. */
    while (signal < PROCESS_SIGNALS - 1 && !(bits & 1u << signal))
        signal++;
    __atomic_fetch_and(&page->signals, ~(1u << signal), __ATOMIC_SEQ_CST);
    return (enum process_signal)signal;
}

/* --- the end --- */

void process_channel_end(uint64_t deadline, bool crashed)
{
    if (!page)
        return;
    WRITE_ONCE(page->domain_flags, page->domain_flags | PROCESS_ENDS);
    process_ring_want(&output, output.index);
    evtchn_notify(port);
    while (!lost && process_ring_room(&output) != output.size && clock_monotonic() < deadline) {
        evtchn_clear(port);
        if (process_ring_room(&output) != output.size)
            domain_poll(port, clock_monotonic() + END_STEP);
        look_for_dom0();
    }
    if (lost && !crashed)
        rescue();
}
