/*
 * drivers/process_channel, its stream and all below it under libFuzzer, which plays a program that writes, reads, takes signals
 * and ends, and a dom0 that takes, gives, signals, goes and comes, and writes whatever it likes to whatever it has mapped. Each
 * call ends with what it may; and as long as dom0 tells no lie, what was written is what was taken, and after it what is on the
 * console.
 */
#include <errno.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/console.h"
#include "machine.h"
#include "process_attendant.h"
#include "sched/thread.h"
#include "xen/clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct choices program, dom0;
static bool lied;

/* Bytes count up, so that each tells its place. */
static uint8_t next_written, next_arrived;
/* The same of the stream, each way. */
static uint8_t next_sent, next_taken, next_given, next_got;
static bool has_stream;

static void arrived(const uint8_t *data, size_t count)
{
    for (size_t i = 0; i < count && !lied; i++)
        if (data[i] != next_arrived++)
            machine_fail("what arrived is not what was written");
}

static void take(unsigned count)
{
    static uint8_t record[PROCESS_HEADER + PROCESS_RECORD_MAX];

    for (long size; count-- && (size = attendant_take(record, sizeof record)) != 0;) {
        if (size < 0 && !lied)
            machine_fail("a record that is none");
        if (size < 0)
            return;
        arrived(record + PROCESS_HEADER, (size_t)size - PROCESS_HEADER);
    }
}

static void serve_stream(uint64_t how)
{
    uint8_t part[700];

    if (!attendant.stream_bytes)
        return;
    if (how & 1) {
        size_t count = attendant_take_stream(part, sizeof part);

        for (size_t i = 0; i < count && !lied; i++)
            if (part[i] != next_taken++)
                machine_fail("what was taken from the stream is not what was written to it");
    } else {
        for (size_t i = 0; i < sizeof part; i++)
            part[i] = (uint8_t)(next_given + i);
        next_given = (uint8_t)(next_given + attendant_give_stream(part, 1 + (size_t)(how >> 1) * 40));
    }
}

static void lie_of_the_stream(uint64_t how)
{
    size_t pages = 2 * PROCESS_STREAM_PAGES, offset = (size_t)choose(&dom0, 2);
    uint32_t value = (uint32_t)choose(&dom0, 4);

    lied = true;
    if (how & 1)
        attendant.page->stream_consumer.index = attendant.stream_output.index + (value & 0xffff);
    else if (how & 2)
        attendant.page->stream_writer.index = attendant.page->stream_reader.index + (value & 0xffff);
    else if (attendant.stream_bytes)
        memcpy(attendant.stream_bytes + offset % (pages * PAGE_SIZE - sizeof value), &value, sizeof value);
}

static void write_anywhere(void)
{
    size_t pages = 1 + PROCESS_OUTPUT_PAGES + PROCESS_INPUT_PAGES, offset = (size_t)choose(&dom0, 3);
    uint32_t value = (uint32_t)choose(&dom0, 4);

    lied = true;
    memcpy((char *)attendant.page + offset % (pages * PAGE_SIZE - sizeof value), &value, sizeof value);
}

/* One of the indexes that it may set, to what might be believed. */
static void lie_of_an_index(uint64_t how)
{
    struct process_side *side = how & 1 ? &attendant.page->consumer : &attendant.page->writer;

    lied = true;
    side->index = (how & 2 ? attendant.output.index : attendant.page->reader.index) + (uint32_t)choose(&dom0, 2);
}

static void act(void)
{
    static const char input[100];
    uint64_t what = choose(&dom0, 1);

    switch (what % 12) {
    case 10:
        serve_stream(what >> 4);
        break;
    case 11:
        lie_of_the_stream(what >> 4);
        break;
    case 0:
    case 1:
        take((unsigned)what >> 4);
        break;
    case 2:
        attendant_give(input, (size_t)what >> 3);
        break;
    case 3:
        attendant_signal((enum process_signal)(what >> 4) % PROCESS_SIGNALS);
        break;
    case 4:
        attendant_connect(what & 16);
        break;
    case 5:
        attendant.page->attendant_flags = (uint32_t)what >> 4;
        break;
    case 6:
        write_anywhere();
        break;
    case 7:
        lie_of_an_index(what >> 4);
        break;
    default:
        attendant_tell();
    }
}

/* Whatever it did, at last it is gone, and time passes. */
static bool serve(void)
{
    uint8_t text[2048];
    size_t count = attendant_console((char *)text, sizeof text);

    arrived(text, count);
    if (count > 0)
        return true;
    if (!choices_left(&dom0)) {
        attendant_connect(false);
        return false;
    }
    act();
    return true;
}

static void write_some(uint64_t how)
{
    static uint8_t text[40000];
    size_t count = (size_t)choose(&program, 2) % sizeof text;

    for (size_t i = 0; i < count; i++)
        text[i] = (uint8_t)(next_written + i);
    long done = process_channel_write(how & 1 ? PROCESS_STDOUT : PROCESS_STDERR, text, count, how & 2);

    if (done != (long)count && !((how & 2) && (done == -EAGAIN || (done > 0 && done < (long)count))))
        machine_fail("process_channel_write(%zu): %ld", count, done);
    next_written = (uint8_t)(next_written + MAX(done, 0L));
}

static void use_stream(uint64_t how)
{
    static uint8_t part[20000];

    if (!has_stream)
        has_stream = process_stream_open() && attendant_map_stream();
    else if (how == 0)
        process_stream_close();
    if (how & 1) {
        size_t count = (size_t)choose(&program, 2) % sizeof part;

        for (size_t i = 0; i < count; i++)
            part[i] = (uint8_t)(next_sent + i);
        long done = process_stream_write(part, count, how & 2);

        if (done > (long)count || (done < 0 && done != -EPIPE && !((how & 2) && done == -EAGAIN)))
            machine_fail("process_stream_write(%zu): %ld", count, done);
        next_sent = (uint8_t)(next_sent + MAX(done, 0L));
        return;
    }
    size_t size = (size_t)how * 20;
    long done = process_stream_can_read() ? process_stream_read(part, size) : 0;

    if (done < 0 || done > (long)size || process_stream_size() > PROCESS_STREAM_PAGES * PAGE_SIZE)
        machine_fail("process_stream_read(%zu): %ld", size, done);
    for (long i = 0; i < done && !lied; i++)
        if (part[i] != next_got++)
            machine_fail("what comes by the stream is not what was sent");
}

static void play(void *unused)
{
    char input[300];

    (void)unused;
    while (choices_left(&program)) {
        uint64_t what = choose(&program, 1);
        size_t size = (size_t)(what >> 3) * 8;

        switch (what % 9) {
        case 8:
            use_stream(what >> 4);
            break;
        case 0:
        case 1:
        case 2:
        case 3:
            write_some(what >> 4);
            break;
        case 4: {
            long result = process_channel_read(input, size);

            if (result < 0 || result > (long)size)
                machine_fail("process_channel_read(%zu): %ld", size, result);
            break;
        }
        case 5:
            process_channel_can_read();
            process_channel_can_write();
            if (process_channel_input_size() > PROCESS_INPUT_PAGES * PAGE_SIZE)
                machine_fail("more input than there is room for");
            break;
        case 6:
            for (unsigned i = 0; i < 10 && process_channel_has_signal(); i++)
                if (process_channel_take_signal() >= PROCESS_SIGNALS)
                    machine_fail("a signal that is none");
            break;
        default:
            thread_block(clock_monotonic() + NANOSECONDS_PER_SECOND * (what >> 3));
        }
    }
    uint64_t deadline = clock_monotonic() + 30 * NANOSECONDS_PER_SECOND;

    process_channel_end(deadline, false);
    if (clock_monotonic() > deadline + NANOSECONDS_PER_SECOND)
        machine_fail("the end took too long");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct wait_queue signalled = WAIT_QUEUE_INIT(signalled);
    static bool begun;

    if (!begun)
        console_init();
    begun = true;
    program = (struct choices){ data, data + size / 2 };
    dom0 = (struct choices){ data + size / 2, data + size };
    next_written = next_arrived = next_sent = next_taken = next_given = next_got = 0;
    lied = has_stream = false;
    if (!attendant_begin(&signalled))
        machine_fail("no channel");
    machine_turn = serve;
    machine_run(play, NULL);
    attendant_end();
    return 0;
}
