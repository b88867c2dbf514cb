/*
 * drivers/xenstore: calls against an xenstored that keeps to the protocol, and against one that does not. What it says is
 * data; a message that cannot be ends the connection, and every call, then and later, with -EIO.
 */
#include "drivers/xenstore.h"

#include <errno.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "core/bits.h"
#include "machine.h"
#include "sched/thread.h"
#include "verdict.h"
#include "xen/clock.h"

static char value[64];

static void run(void (*function)(void *argument))
{
    xenstore_init();
    machine_turn = NULL;
    store_is_mute = false;
    store_write(MACHINE_HOME "name", "seven");
    machine_run(function, NULL);
}

static void reads_and_writes(void *unused)
{
    char exact[6], short_by_one[5], names[64];

    (void)unused;
    check_equal(xenstore_read("name", value, sizeof value), 5);
    check_text(value, "seven");
    check_equal(xenstore_read("name", exact, sizeof exact), 5);
    check_equal(xenstore_read("name", short_by_one, sizeof short_by_one), -E2BIG);
    check_equal(xenstore_read("nothing", value, sizeof value), -ENOENT);
    check_equal(xenstore_write("/local/domain/0/name", "mine"), -EACCES);
    for (int i = 0; i < 300; i++) {
        check_equal(xenstore_write("name", i % 2 ? "odd" : "even"), 0);
        check_equal(xenstore_read("name", value, sizeof value), i % 2 ? 3 : 4);
    }
    check_equal(xenstore_directory("/local/domain/7", names, sizeof names), 5);
    check_text(names, "name");
}

TEST(an_honest_one_reads_and_writes)
{
    run(reads_and_writes);
}

/* --- watches --- */

static unsigned fired;

static void count(void *argument)
{
    *(unsigned *)argument += 1;
}

static void wait_a_second(void)
{
    thread_block(clock_monotonic() + NANOSECONDS_PER_SECOND);
}

static void watches(void *unused)
{
    struct xenstore_watch watch = { .path = "name", .changed = count, .argument = &fired };

    (void)unused;
    check_equal(xenstore_watch(&watch), 0);
    wait_a_second();
    check_equal(fired, 1);
    store_write(MACHINE_HOME "name", "eight");
    store_write(MACHINE_HOME "other", "nine");
    wait_a_second();
    check_equal(fired, 2);
    check_equal(xenstore_unwatch(&watch), 0);
    store_write(MACHINE_HOME "name", "ten");
    wait_a_second();
    check_equal(fired, 2);
}

TEST(watches_fire_until_they_end)
{
    run(watches);
}

/* --- what a mute one's ring holds instead --- */

static void (*say)(uint32_t request);
static bool said;

static struct xenstore_domain_interface *ring(void)
{
    return boot_info.xenstore_ring;
}

static void put(const void *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        ring()->rsp[MASK_XENSTORE_IDX(ring()->rsp_prod++)] = ((const char *)data)[i];
}

static void put_message(uint32_t type, uint32_t request, const char *payload, uint32_t size)
{
    struct xsd_sockmsg header = { .type = type, .req_id = request, .len = size };

    put(&header, sizeof header);
    put(payload, strlen(payload) < size ? strlen(payload) + 1 : size);
}

/* The first call of a client has the identifier 1. */
static bool talk(void)
{
    if (said)
        return false;
    said = true;
    say(1);
    machine_fire(boot_info.xenstore_port);
    return true;
}

static long expected;
static bool is_end;             /* of the connection */

static void asks(void *unused)
{
    (void)unused;
    store_is_mute = true;
    machine_turn = talk;
    check_equal(xenstore_read("name", value, sizeof value), expected);
    if (is_end)
        check_equal(xenstore_write("name", "x"), -EIO);
}

#define LIE_TEST(name, result, ends, ...)   \
    static void say_##name(uint32_t request)\
    {                                       \
        (void)request;                      \
        __VA_ARGS__;                        \
    }                                       \
    TEST(name)                              \
    {                                       \
        say = say_##name;                   \
        expected = result;                  \
        is_end = ends;                      \
        run(asks);                          \
    }

#define ANSWER_TEST(name, result, ...) LIE_TEST(name, result, false, __VA_ARGS__)
#define END_TEST(name, ...) LIE_TEST(name, -EIO, true, __VA_ARGS__)

ANSWER_TEST(an_answer_to_another_question_is_passed_over, 2, put_message(XS_READ, request + 1, "no", 2);
            put_message(XS_READ, request, "ok", 2))
ANSWER_TEST(an_answer_twice_is_taken_once, 2, put_message(XS_READ, request, "ok", 2);
            put_message(XS_READ, request, "no", 2))
ANSWER_TEST(an_event_for_nobody_is_passed_over, 2, put_message(XS_WATCH_EVENT, 0, "name", 5);
            put_message(XS_WATCH_EVENT, 0, "", 0); put_message(XS_WATCH_EVENT, 0, "x", 1);
            put_message(XS_READ, request, "ok", 2))
ANSWER_TEST(an_error_without_a_name_is_one, -EIO, put_message(XS_ERROR, request, "EWHATEVER", 10))
ANSWER_TEST(an_error_without_an_end_is_one, -EIO, put_message(XS_ERROR, request, "ENOENTRY", 8))
ANSWER_TEST(a_value_that_is_too_long_is_refused, -E2BIG,
            put_message(XS_READ, request, "0123456789012345678901234567890123456789012345678901234567890123", 64))
END_TEST(a_length_that_cannot_be_ends_the_connection, put_message(XS_READ, request, "", 4097))
END_TEST(a_length_of_4_GiB_ends_the_connection, put_message(XS_READ, request, "", UINT32_MAX))
END_TEST(an_index_far_ahead_ends_the_connection, ring()->rsp_prod += XENSTORE_RING_SIZE + 1)
END_TEST(an_index_far_behind_ends_the_connection, ring()->rsp_prod -= 1)
