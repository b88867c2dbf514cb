/*
 * A domain has one channel in its life. So that a test begins with an unused one, what is tested is part of this file, and is put
 * back to its beginning.
 */
#include "process_attendant.h"

#include <string.h>

#include <xen/io/console.h>

#include "drivers/process_channel.c"
#include "machine.h"

struct attendant attendant;

/* The domain's, which it has no reason to remember. */
static grant_ref_t references[PAGES];

bool attendant_begin(struct wait_queue *signalled)
{
    page = NULL;
    attended = lost = false;
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

void attendant_end(void)
{
    for (unsigned i = 0; i < PAGES; i++) {
        if (gnttab_end(references[i]))
            machine_fail("grant %u does not end", references[i]);
        frame_free(frame_of((char *)attendant.page + i * (size_t)PAGE_SIZE));
    }
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

size_t attendant_give(const void *data, size_t count)
{
    size_t room = process_ring_room(&attendant.input), part = room == RING_BROKEN ? 0 : MIN(count, room);

    ring_put(attendant.input.bytes, attendant.input.size, attendant.input.index, data, part);
    if (process_ring_advance(&attendant.input, (uint32_t)part))
        attendant_tell();
    return part;
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
