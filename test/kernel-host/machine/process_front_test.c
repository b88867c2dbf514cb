/*
 * drivers/process_channel and all below it: streams and signals through a dom0 that keeps to the protocol, one that comes late,
 * never, or goes in the middle, and what single lies lead to: the channel's loss, and no byte that is not the domain's own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "drivers/console.h"
#include "drivers/xenstore.h"
#include "machine.h"
#include "process_attendant.h"
#include "sched/thread.h"
#include "verdict.h"
#include "xen/clock.h"

#define AMOUNT (3u << 20)
#define ROOM (1u << 22)

static struct wait_queue signalled = WAIT_QUEUE_INIT(signalled);

/* What the program writes, as it was put together, and what of it came where. */
static uint8_t *record;
static struct { char *bytes; size_t count; } sent, taken, on_console;
static uint64_t leaves_after = UINT64_MAX;

static void append(void *stream, const void *data, size_t count)
{
    __typeof__(sent) *to = stream;

    check(to->count + count <= ROOM);
    memcpy(to->bytes + to->count, data, count);
    to->count += count;
}

static void run(bool (*turn)(void), void (*function)(void *argument))
{
    sent.bytes = malloc(ROOM);
    taken.bytes = malloc(ROOM);
    on_console.bytes = malloc(ROOM);
    record = malloc(PROCESS_HEADER + PROCESS_RECORD_MAX);
    xenstore_init();
    console_init();
    store_write(MACHINE_HOME PROCESS_NODE, "");
    check(attendant_begin(&signalled));
    machine_turn = turn;
    machine_run(function, NULL);
    attendant_end();
}

/* Who takes the console's text, always. */
static bool console_daemon(void)
{
    char text[2048];
    size_t count = attendant_console(text, sizeof text);

    append(&on_console, text, count);
    return count > 0;
}

/* Takes a few records at a time, while it is there, and goes for good when it has taken enough. */
static bool honest(void)
{
    uint64_t count = 1 + random_below(20);
    bool did = console_daemon();

    if (taken.count >= leaves_after)
        attendant_connect(false);
    else
        for (long size; count-- && (size = attendant_take(record, PROCESS_HEADER + PROCESS_RECORD_MAX)) > 0; did = true)
            append(&taken, record + PROCESS_HEADER, (size_t)size - PROCESS_HEADER);
    return did;
}

static void write_much(void *unused)
{
    static char part[40000];

    (void)unused;
    process_channel_publish();
    while (sent.count < AMOUNT) {
        size_t count = 1 + random_below(random_below(4) ? 200 : sizeof part);
        bool less_may_be = random_below(8) == 0;

        for (size_t i = 0; i < count; i++)
            part[i] = (char)('a' + random_below(26));
        long done = process_channel_write(PROCESS_STDOUT + random_below(2), part, count, less_may_be);

        if (done == -EAGAIN && less_may_be)
            thread_block(clock_monotonic() + 1000);
        else
            check(less_may_be ? done > 0 && done <= (long)count : done == (long)count);
        append(&sent, part, done > 0 ? (size_t)done : 0);
    }
    process_channel_end(clock_monotonic() + 30 * NANOSECONDS_PER_SECOND, false);
    while (console_daemon())
        ;
}

static void check_arrived(size_t by_the_channel)
{
    check_equal(taken.count, by_the_channel);
    check_equal(taken.count + on_console.count, sent.count);
    check(memcmp(taken.bytes, sent.bytes, taken.count) == 0);
    check(memcmp(on_console.bytes, sent.bytes + taken.count, on_console.count) == 0);
}

static void attend_and_write(void *unused)
{
    attendant_connect(true);
    write_much(unused);
}

TEST(what_is_written_arrives_in_order_and_the_end_waits_for_it)
{
    unsigned reference, port;

    run(honest, attend_and_write);
    check_arrived(sent.count);
    const char *node = store_read(MACHINE_HOME PROCESS_NODE);

    check(node && sscanf(node, "%u %u", &reference, &port) == 2);
}

TEST(of_what_dom0_has_not_taken_when_it_goes_every_byte_is_on_the_console)
{
    leaves_after = random_below(AMOUNT);
    run(honest, attend_and_write);
    check(taken.count >= leaves_after);
    check_arrived(taken.count);
}

TEST(a_dom0_that_never_comes_is_waited_for_no_longer_than_a_minute)
{
    uint64_t began = clock_monotonic();

    leaves_after = 0;
    run(honest, write_much);
    check(clock_monotonic() - began < 63 * NANOSECONDS_PER_SECOND);
    check_arrived(0);
}

/* --- input --- */

static uint64_t given;

static bool give(void)
{
    char part[700];
    size_t count = MIN((uint64_t)sizeof part, AMOUNT - given);

    if (!(READ_ONCE(attendant.page->domain_flags) & PROCESS_READS))
        return false;
    for (size_t i = 0; i < count; i++)
        part[i] = (char)((given + i) * 31 >> 3);
    count = attendant_give(part, count);
    given += count;
    if (given == AMOUNT && !attendant.page->attendant_flags) {
        attendant.page->attendant_flags = PROCESS_INPUT_ENDS;
        attendant_tell();
        return true;
    }
    return count > 0;
}

static void read_all(void *unused)
{
    static char part[5000];
    uint64_t got = 0;

    (void)unused;
    check_equal(process_channel_input_size(), 0);
    for (long size; (size = process_channel_read(part, 1 + random_below(sizeof part))) != 0; got += (uint64_t)size) {
        check(size > 0);
        for (long i = 0; i < size; i++)
            check(part[i] == (char)((got + (uint64_t)i) * 31 >> 3));
    }
    check_equal(got, AMOUNT);
    check(process_channel_can_read());
    check_equal(process_channel_read(part, 1), 0);
}

TEST(input_arrives_to_its_end_and_not_before_it_is_asked_for)
{
    run(give, read_all);
}

static bool go(void)
{
    attendant_connect(false);
    return false;
}

static void read_to_the_end(void *unused)
{
    char byte;
    uint64_t began = clock_monotonic();

    (void)unused;
    attendant_connect(true);
    check_equal(process_channel_read(&byte, 1), 0);
    check(clock_monotonic() - began < 65 * NANOSECONDS_PER_SECOND);
}

TEST(who_reads_when_dom0_goes_is_at_the_end)
{
    run(go, read_to_the_end);
}

/* --- signals --- */

static void take_signals(void *unused)
{
    unsigned seen = 0;

    (void)unused;
    check(!process_channel_has_signal());
    attendant_signal(PROCESS_USR2);
    attendant_signal(PROCESS_HUP);
    attendant_signal(PROCESS_HUP);
    for (; process_channel_has_signal(); seen++)
        check_equal(process_channel_take_signal(), seen ? PROCESS_USR2 : PROCESS_HUP);
    check_equal(seen, 2);
    attendant.page->signals = ~((1u << PROCESS_SIGNALS) - 1);
    check(!process_channel_has_signal());
    /* Taken back between the look and the taking. */
    check(process_channel_take_signal() < PROCESS_SIGNALS);
}

TEST(signals_come_once_and_numbers_that_are_none_do_not)
{
    run(console_daemon, take_signals);
}

/* --- lies --- */

static uint32_t lie;

/* Longer than the output's ring has room for. */
static void write_into_a_lie(void *unused)
{
    static char text[100000];
    uint64_t began = clock_monotonic();
    char byte;

    (void)unused;
    memset(text, 'x', sizeof text);
    attendant_connect(true);
    check_equal(process_channel_write(PROCESS_STDOUT, text, 1000, false), 1000);
    attendant.page->consumer.index = lie;
    attendant_tell();
    check_equal(process_channel_write(PROCESS_STDERR, text, sizeof text, false), sizeof text);
    check(process_channel_can_write());
    check_equal(process_channel_read(&byte, 1), 0);
    check_equal(process_channel_write(PROCESS_STDOUT, text, sizeof text, true), sizeof text);
    process_channel_end(clock_monotonic() + 30 * NANOSECONDS_PER_SECOND, false);
    check(clock_monotonic() - began < NANOSECONDS_PER_SECOND);
}

TEST(an_index_beyond_what_was_written_loses_the_channel)
{
    lie = 1004 + 1;
    run(console_daemon, write_into_a_lie);
    while (console_daemon())
        ;
    /* What was written since. */
    check_equal(on_console.count, 200000);
}

TEST(an_index_before_what_was_ever_taken_loses_the_channel)
{
    lie = (uint32_t)-65536;
    run(console_daemon, write_into_a_lie);
    while (console_daemon())
        ;
    check_equal(on_console.count, 200000);
}

static void end_in_a_lie(void *unused)
{
    uint64_t began = clock_monotonic();

    (void)unused;
    attendant_connect(true);
    check_equal(process_channel_write(PROCESS_STDOUT, "some words", 10, false), 10);
    attendant.page->consumer.index = 1u << 31;
    process_channel_end(began + 30 * NANOSECONDS_PER_SECOND, false);
    check(clock_monotonic() - began < NANOSECONDS_PER_SECOND);
}

TEST(the_end_does_not_wait_for_who_lies)
{
    run(console_daemon, end_in_a_lie);
}

static void read_from_a_lie(void *unused)
{
    static char text[20000];

    (void)unused;
    attendant_connect(true);
    attendant.page->writer.index = PROCESS_INPUT_PAGES * PAGE_SIZE + 1;
    check(process_channel_can_read());
    check_equal(process_channel_read(text, sizeof text), 0);
    check_equal(process_channel_input_size(), 0);
    check_equal(process_channel_write(PROCESS_STDOUT, "words", 5, false), 5);
}

TEST(more_input_than_there_can_be_loses_the_channel)
{
    run(console_daemon, read_from_a_lie);
    while (console_daemon())
        ;
    check_equal(on_console.count, 5);
}

/* The domain's own part, and what it wrote, are within dom0's reach too. */
static void write_over_nonsense(void *unused)
{
    static char text[30000];

    (void)unused;
    memset(text, 'y', sizeof text);
    attendant_connect(true);
    check_equal(process_channel_write(PROCESS_STDOUT, text, sizeof text, false), sizeof text);
    random_bytes(attendant.bytes, (PROCESS_OUTPUT_PAGES + PROCESS_INPUT_PAGES) * PAGE_SIZE);
    uint32_t at = attendant.page->consumer.index;

    random_bytes((uint8_t *)attendant.page, PAGE_SIZE);
    attendant.page->consumer.index = at;
    attendant.page->writer.index = 0;
    attendant_connect(false);
    attendant_tell();
    check_equal(process_channel_write(PROCESS_STDERR, text, sizeof text, false), sizeof text);
    check_equal(process_channel_write(PROCESS_STDERR, text, sizeof text, false), sizeof text);
    process_channel_end(clock_monotonic() + NANOSECONDS_PER_SECOND, false);
}

TEST(what_it_finds_in_its_own_part_later_it_does_not_believe)
{
    run(console_daemon, write_over_nonsense);
    check(on_console.count <= 2 * PROCESS_OUTPUT_PAGES * PAGE_SIZE + 60000);
}

TEST(without_memory_there_is_none)
{
    for (machine_frames_left = 0; machine_frames_left < 32; machine_frames_left += 31)
        check(!attendant_begin(&signalled));
    machine_frames_left = -1;
    check_equal(machine_frames_used(), 0);
}

/* --- the stream --- */

/* Both ways at the same time, each with its own end; what the other end does not take holds up no output. */
static uint64_t stream_sent, stream_taken, stream_given, stream_got;
static bool takes;

static char stream_byte(uint64_t at)
{
    return (char)(at * 37 >> 4);
}

static bool other_end(void)
{
    char part[900];
    size_t count;
    bool did = honest();

    if (!attendant.stream_bytes && !attendant_map_stream())
        return did;
    count = takes ? attendant_take_stream(part, 1 + random_below(sizeof part)) : 0;
    for (size_t i = 0; i < count; i++)
        check(part[i] == stream_byte(stream_taken++));
    size_t left = (size_t)MIN((uint64_t)sizeof part, AMOUNT - stream_given);

    for (size_t i = 0; i < left; i++)
        part[i] = stream_byte(stream_given + i);
    left = attendant_give_stream(part, left);
    stream_given += left;
    if (stream_given == AMOUNT && !attendant.page->attendant_flags) {
        attendant_say(PROCESS_STREAM_INPUT_ENDS);
        return true;
    }
    if (!takes)
        attendant_take_stream(part, 0);
    return did || count || left;
}

static void write_to_stream(size_t most)
{
    static char part[20000];
    size_t count = 1 + random_below(MIN(most, sizeof part));

    for (size_t i = 0; i < count; i++)
        part[i] = stream_byte(stream_sent + i);
    long done = process_stream_write(part, count, !takes);

    check(done == (long)count || (!takes && done == -EAGAIN) || (!takes && done > 0 && done < (long)count));
    stream_sent += done > 0 ? (uint64_t)done : 0;
}

static void read_from_stream(void)
{
    static char part[3000];
    long size = process_stream_read(part, sizeof part);

    check(size >= 0);
    for (long i = 0; i < size; i++)
        check(part[i] == stream_byte(stream_got++));
}

static void use_stream(void *unused)
{
    (void)unused;
    attendant_connect(true);
    check(process_stream_open());
    check(process_stream_size() == 0 && process_stream_can_write() && !process_stream_is_over());
    for (unsigned i = 0; i < 100; i++)
        write_to_stream(5000);
    check(!process_stream_can_write() && stream_sent == PROCESS_STREAM_PAGES * PAGE_SIZE);
    check_equal(process_channel_write(PROCESS_STDOUT, "not held up", 11, false), 11);
    takes = true;
    while (stream_got < AMOUNT) {
        if (stream_sent < AMOUNT)
            write_to_stream(20000);
        read_from_stream();
    }
    check_equal(process_stream_read((char[1]){ 0 }, 1), 0);
    write_to_stream(100);
    process_stream_close();
    check(attendant.page->domain_flags & PROCESS_STREAM_ENDS);
    check_equal(process_stream_read((char[1]){ 0 }, 1), 0);
    while (stream_taken < stream_sent)
        thread_block(clock_monotonic() + 1000);
    process_channel_end(clock_monotonic() + 30 * NANOSECONDS_PER_SECOND, false);
}

TEST(the_stream_goes_both_ways_to_its_ends_and_holds_up_nothing)
{
    run(other_end, use_stream);
    check(taken.count == 11);
}

static void outlive_its_other_end(void *unused)
{
    static char part[30000];
    char byte;

    (void)unused;
    attendant_connect(true);
    check(process_stream_open() && attendant_map_stream());
    attendant_give_stream("last", 4);
    attendant_say(PROCESS_STREAM_GONE);
    attendant_say(PROCESS_STREAM_INPUT_ENDS);
    check_equal(process_stream_write("x", 1, false), -EPIPE);
    check_equal(process_stream_write(part, sizeof part, true), -EPIPE);
    check(process_stream_can_write() && process_stream_can_read() && process_stream_is_over());
    for (unsigned i = 0; i < 4; i++)
        check_equal(process_stream_read(&byte, 1), 1);
    check_equal(process_stream_read(&byte, 1), 0);
}

TEST(a_stream_that_nobody_takes_is_a_broken_pipe_after_what_came_before)
{
    run(console_daemon, outlive_its_other_end);
}

static void wait_for_who_goes(void *unused)
{
    static char part[30000];
    uint64_t began = clock_monotonic();
    char byte;

    (void)unused;
    attendant_connect(true);
    check(process_stream_open() && attendant_map_stream());
    check_equal(process_stream_read(&byte, 1), 0);
    check(process_stream_write(part, sizeof part, false) <= 0 || process_stream_is_over());
    check_equal(process_stream_write(part, 1, false), -EPIPE);
    check(clock_monotonic() - began < 65 * NANOSECONDS_PER_SECOND);
}

TEST(a_stream_ends_with_the_dom0_that_serves_it)
{
    run(go, wait_for_who_goes);
}

static void believe_no_stream_index(void *unused)
{
    static char part[30000];
    char byte;

    (void)unused;
    attendant_connect(true);
    check(process_stream_open() && attendant_map_stream());
    if (lie & 1)
        attendant.page->stream_writer.index = lie;
    else
        attendant.page->stream_consumer.index = lie;
    if (lie & 1)
        check_equal(process_stream_read(&byte, 1), 0);
    check_equal(process_stream_write(part, sizeof part, false), -EPIPE);
    check_equal(process_stream_size(), 0);
    check_equal(process_stream_read(&byte, 1), 0);
    /* It costs the stream and no more. */
    check_equal(process_channel_write(PROCESS_STDOUT, "words", 5, false), 5);
}

TEST(more_than_the_stream_can_hold_ends_it)
{
    lie = PROCESS_STREAM_PAGES * PAGE_SIZE + 1;
    run(console_daemon, believe_no_stream_index);
}

TEST(taking_what_was_never_written_to_the_stream_ends_it)
{
    lie = 2;
    run(console_daemon, believe_no_stream_index);
}

static void find_no_memory(void *unused)
{
    (void)unused;
    machine_frames_left = 4;
    check(!process_stream_open());
    machine_frames_left = -1;
    check(!(attendant.page->domain_flags & PROCESS_STREAM));
}

TEST(without_memory_there_is_no_stream)
{
    run(console_daemon, find_no_memory);
}
