/*
 * A domain has one channel in its life. So that a test begins with an unused one, what is tested is part of this file, and is put
 * back to its beginning.
 */
#include "process_attendant.h"

#include <string.h>

#include <xen/io/console.h>

#include "drivers/process_channel.c"
#include "drivers/process_stream.c"
#include "machine.h"

struct attendant attendant;

/* The domain's, which it has no reason to remember. */
static grant_ref_t references[PAGES], stream_references[STREAM_FRAMES];

bool attendant_begin(struct wait_queue *signalled)
{
    page = NULL;
    attended = lost = broken = false;
    next_look = 0;
    process_channel_changed = (struct wait_queue)WAIT_QUEUE_INIT(process_channel_changed);
    machine_connected = false;
    memset(boot_info.console_ring, 0, PAGE_SIZE);
    if (!process_channel_open(signalled))
        return false;
    references[0] = (grant_ref_t)page_reference;
    for (unsigned i = 1; i < PAGES; i++)
        references[i] = page->references[i - 1];
    struct process_page *shared = machine_granted(references[0], true);
    char *bytes = machine_granted(references[1], true);

    for (unsigned i = 0; i < PAGES; i++)
        if (machine_granted(references[i], true) != (char *)shared + i * (size_t)PAGE_SIZE)
            machine_fail("page %u of the channel is not granted", i);
    attendant = (struct attendant){
        .page = shared,
        .bytes = bytes,
        .output = { bytes, PROCESS_OUTPUT_PAGES * PAGE_SIZE, 0, &shared->consumer, &shared->producer },
        .input = { bytes + PROCESS_OUTPUT_PAGES * PAGE_SIZE, PROCESS_INPUT_PAGES * PAGE_SIZE, 0, &shared->writer,
                   &shared->reader },
    };
    return true;
}

bool attendant_map_stream(void)
{
    struct process_page *shared = attendant.page;
    char *bytes;

    if (!(READ_ONCE(shared->domain_flags) & PROCESS_STREAM))
        return false;
    for (unsigned i = 0; i < STREAM_FRAMES; i++)
        stream_references[i] = shared->references[PAGES - 1 + i];
    bytes = machine_granted(stream_references[0], true);
    for (unsigned i = 0; i < STREAM_FRAMES; i++)
        if (machine_granted(stream_references[i], true) != bytes + i * (size_t)PAGE_SIZE)
            machine_fail("page %u of the stream is not granted", i);
    attendant.stream_bytes = bytes;
    attendant.stream_output = (struct process_ring){ bytes, PROCESS_STREAM_PAGES * PAGE_SIZE, 0, &shared->stream_consumer,
                                                     &shared->stream_producer };
    attendant.stream_input = (struct process_ring){ bytes + attendant.stream_output.size, attendant.stream_output.size, 0,
                                                    &shared->stream_writer, &shared->stream_reader };
    return true;
}

static void end_grant(grant_ref_t reference, void *granted)
{
    if (gnttab_end(reference))
        machine_fail("grant %u does not end", reference);
    frame_free(frame_of(granted));
}

void attendant_end(void)
{
    for (unsigned i = 0; attendant.stream_bytes && i < STREAM_FRAMES; i++)
        end_grant(stream_references[i], attendant.stream_bytes + i * (size_t)PAGE_SIZE);
    for (unsigned i = 0; i < PAGES; i++)
        end_grant(references[i], (char *)attendant.page + i * (size_t)PAGE_SIZE);
    evtchn_close(port);
    if (machine_grants_used() || machine_frames_used() || machine_ports_open())
        machine_fail("the channel has left something behind");
}

void attendant_connect(bool is_there)
{
    machine_connected = is_there;
}

long attendant_take(uint8_t *to, size_t room)
{
    bool tell = false;
    long size = process_ring_take_record(&attendant.output, to, room, &tell);

    if (tell)
        attendant_tell();
    return size;
}

static size_t give(struct process_ring *ring, const void *data, size_t count)
{
    size_t room = process_ring_room(ring), part = room == RING_BROKEN ? 0 : MIN(count, room);

    ring_put(ring->bytes, ring->size, ring->index, data, part);
    if (process_ring_advance(ring, (uint32_t)part))
        attendant_tell();
    return part;
}

size_t attendant_give(const void *data, size_t count)
{
    return give(&attendant.input, data, count);
}

size_t attendant_give_stream(const void *data, size_t count)
{
    return give(&attendant.stream_input, data, count);
}

size_t attendant_take_stream(void *to, size_t room)
{
    struct process_ring *ring = &attendant.stream_output;
    size_t filled = process_ring_filled(ring), part = filled == RING_BROKEN ? 0 : MIN(room, filled);

    ring_get(ring->bytes, ring->size, ring->index, to, part);
    if (process_ring_advance(ring, (uint32_t)part))
        attendant_tell();
    return part;
}

void attendant_say(uint32_t flag)
{
    attendant.page->attendant_flags |= flag;
    attendant_tell();
}

void attendant_signal(enum process_signal signal)
{
    __atomic_fetch_or(&attendant.page->signals, 1u << signal, __ATOMIC_SEQ_CST);
    attendant_tell();
}

void attendant_tell(void)
{
    machine_fire(port);
}

size_t attendant_console(char *to, size_t room)
{
    struct xencons_interface *console = boot_info.console_ring;
    size_t count = MIN(room, (size_t)(console->out_prod - console->out_cons));

    ring_get(console->out, sizeof console->out, console->out_cons, to, count);
    console->out_cons += (uint32_t)count;
    if (count)
        machine_fire(boot_info.console_port);
    return count;
}
