/*
 * drivers/netfront and all below it: packets out and in through a backend that keeps to the protocol, and what a single
 * lie leads to: the card's end, and nothing of it left granted.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/netif.h>

#include "core/bits.h"
#include "drivers/xenstore.h"
#include "net_backend.h"
#include "net_card.h"
#include "sched/thread.h"
#include "verdict.h"
#include "xen/clock.h"

static void run(void (*function)(void *argument))
{
    xenstore_init();
    net_backend_begin(NULL);
    machine_run(function, NULL);
}

static void sleep_for(uint64_t nanoseconds)
{
    uint64_t end = clock_monotonic() + nanoseconds;

    while (clock_monotonic() < end)
        thread_block(end);
}

static void expect_nothing_left(int opened)
{
    net_card_close(opened);
    machine_let_go();
    machine_recover_lost();
    check_equal(machine_grants_used(), 0);
    check_equal(machine_frames_used(), 0);
    check_equal(machine_ports_open(), 0);
}

static void out_and_in(void *unused)
{
    static unsigned char packet[60000];
    uint32_t sequence = 0;

    (void)unused;
    check_equal(net_card_open(), 0);
    for (unsigned i = 0; i < 200; i++)
        if (net_card_send_segment(sequence, 1460, false) == 0)
            sequence += 1460;
    netfront_flush(&net_card.net);
    sleep_for(NANOSECONDS_PER_SECOND);
    check(sequence >= 60 * 1460);
    /* Headers once a packet of up to 64 KiB. */
    check(net_backend.packets <= 10);
    check_equal(net_backend.bytes, sequence + net_backend.packets * 54);
    net_card.keeps = true;
    for (unsigned i = 0; i < 100; i++) {
        size_t size = 14 + random_below(sizeof packet - 14);

        check(net_backend_deliver(packet, size, (unsigned)random_below(3)));
        sleep_for(NANOSECONDS_PER_SECOND);
        check_equal(net_card.packets, i + 1);
        net_card_give_back();
    }
    net_backend_vanish();
    expect_nothing_left(0);
}

TEST(packets_out_and_in)
{
    run(out_and_in);
}

/* Segments that the backend is to cut up: one is a packet of its own, and others of its kind are joined to it. */
static void large(void *unused)
{
    (void)unused;
    check_equal(net_card_open(), 0);
    check_equal(net_card_send_large(0, 40000, true, 1460), 0);
    netfront_flush(&net_card.net);
    sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(net_backend.packets, 1);
    check_equal(net_backend.bytes, 40054);
    check_equal(net_backend.unit, 1460);
    check_equal(net_card_send_large(40000, 4 * 1460, false, 1460), 0);
    check_equal(net_card_send_large(40000 + 4 * 1460, 3 * 1460, false, 1460), 0);
    check_equal(net_card_send_large(40000 + 7 * 1460, 100, true, 1460), 0);
    netfront_flush(&net_card.net);
    sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(net_backend.packets, 2);
    check_equal(net_backend.last_size, 54 + 7 * 1460 + 100);
    check_equal(net_backend.unit, 1460);
    /* What is cut another way is another packet. */
    check_equal(net_card_send_large(60000, 3000, false, 1000), 0);
    check_equal(net_card_send_large(63000, 2920, true, 1460), 0);
    netfront_flush(&net_card.net);
    sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(net_backend.packets, 4);
    net_backend_vanish();
    expect_nothing_left(0);
}

TEST(large_segments_are_cut_by_the_backend)
{
    run(large);
}

static void slow(void *unused)
{
    bool (*honest)(void) = machine_turn;
    int error = 0;

    (void)unused;
    check_equal(net_card_open(), 0);
    machine_turn = NULL;
    for (unsigned i = 0; i < 10000 && !error; i++)
        error = net_card_send_segment(i * 3000, 1000, true);
    check_equal(error, -EAGAIN);
    check_equal(net_card.writable, 0);
    machine_turn = honest;
    sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(net_card.writable, 1);
    check_equal(net_card_send_segment(0, 1000, true), 0);
    net_backend_vanish();
    expect_nothing_left(0);
    check_equal(net_card_send_segment(0, 1000, true), -ENETDOWN);
}

TEST(a_backend_that_is_slow_is_waited_for)
{
    run(slow);
}

static void receiver_that_keeps(void *unused)
{
    static const char packet[4000];

    (void)unused;
    check_equal(net_card_open(), 0);
    net_card.keeps = true;
    net_card.net.lent_limit = 20;
    for (unsigned i = 0; i < 50; i++) {
        net_backend_deliver(packet, sizeof packet, 0);
        sleep_for(NANOSECONDS_PER_SECOND);
    }
    check_equal(net_card.packets, 20);
    net_card_give_back();
    net_backend_deliver(packet, sizeof packet, 0);
    sleep_for(NANOSECONDS_PER_SECOND);
    check_equal(net_card.packets, 21);
    net_backend_vanish();
    expect_nothing_left(0);
}

TEST(pages_that_receivers_keep_are_limited)
{
    run(receiver_that_keeps);
}

/* --- one lie each --- */

static void (*tell_lie)(void);

static void lied_to(void *unused)
{
    (void)unused;
    check_equal(net_card_open(), 0);
    check_equal(net_card_send_segment(0, 1000, true), 0);
    netfront_flush(&net_card.net);
    machine_turn = NULL;
    tell_lie();
    net_backend_publish();
    sleep_for(30 * NANOSECONDS_PER_SECOND);
    check_equal(net_card.gone, 1);
    check_equal(net_card.packets, 0);
    check_equal(net_card_send_segment(0, 1000, true), -ENETDOWN);
    expect_nothing_left(0);
}

#define LIE_TEST(name, ...)             \
    static void tell_##name(void)       \
    {                                   \
        __VA_ARGS__;                    \
    }                                   \
    TEST(name)                          \
    {                                   \
        tell_lie = tell_##name;         \
        run(lied_to);                   \
    }

LIE_TEST(a_wrong_slot_ends_the_card, net_backend_fill(5, 0, 0, 100))
LIE_TEST(a_slot_out_of_range_ends_the_card, net_backend_fill(0xffff, 0, 0, 100))
LIE_TEST(an_offset_behind_the_page_ends_the_card, net_backend_fill(0, 0xfff0, 0, 100))
LIE_TEST(a_size_behind_the_page_ends_the_card, net_backend_fill(0, 4000, 0, 100))
LIE_TEST(half_a_packet_ends_the_card, net_backend_fill(0, 0, NETRXF_more_data, 100))
LIE_TEST(a_packet_without_end_ends_the_card,
         for (uint16_t i = 0; i < 64; i++) net_backend_fill(i, 0, NETRXF_more_data, 100))
LIE_TEST(extra_information_that_is_not_there_ends_the_card, net_backend_fill(0, 0, NETRXF_extra_info, 100))
LIE_TEST(packets_far_ahead_end_the_card, net_backend.filled += 300)
LIE_TEST(packets_far_behind_end_the_card, net_backend.filled -= 1)
LIE_TEST(a_page_that_is_kept_ends_the_card,
         for (grant_ref_t i = 0; i < MACHINE_GRANTS; i++) machine_hold(i, true);
         net_backend_fill(0, 0, 0, 100))
LIE_TEST(a_card_that_is_taken_out_ends, net_backend_vanish())

/* Answers are looked at when room is wanted: it is the sender that finds out. */
static void lied_to_the_sender(void *unused)
{
    int error = 0;

    (void)unused;
    check_equal(net_card_open(), 0);
    machine_turn = NULL;
    check_equal(net_card_send_segment(0, 1000, true), 0);
    netfront_flush(&net_card.net);
    tell_lie();
    net_backend_publish();
    for (unsigned i = 0; i < 1000 && error != -ENETDOWN; i++)
        error = net_card_send_segment(i * 3000, 1000, true);
    check_equal(error, -ENETDOWN);
    expect_nothing_left(0);
}

#define SENDER_TEST(name, ...)          \
    static void tell_##name(void)       \
    {                                   \
        __VA_ARGS__;                    \
    }                                   \
    TEST(name)                          \
    {                                   \
        tell_lie = tell_##name;         \
        run(lied_to_the_sender);        \
    }

SENDER_TEST(an_answer_out_of_range_ends_the_card, net_backend_answer(256, 0))
SENDER_TEST(an_answer_that_is_not_due_ends_the_card, net_backend_answer(77, 0))
SENDER_TEST(an_answer_twice_ends_the_card, net_backend_answer(0, 0); net_backend_answer(0, 0))
SENDER_TEST(an_answer_to_nothing_ends_the_card, net_backend_answer(0, NETIF_RSP_NULL);
            net_backend_answer(77, NETIF_RSP_NULL))
SENDER_TEST(answers_far_ahead_end_the_card, net_backend.answered += 300)

/* --- opening --- */

static const char *lying_node, *lying_value;
static int expected;

static void opens(void *unused)
{
    (void)unused;
    store_write(lying_node, "%s", lying_value);
    int error = net_card_open();

    check_equal(error, expected);
    net_backend_vanish();
    expect_nothing_left(error);
}

#define NODE_TEST(name, node, value, result)    \
    TEST(name)                                  \
    {                                           \
        lying_node = node;                      \
        lying_value = value;                    \
        expected = result;                      \
        run(opens);                             \
    }

NODE_TEST(an_address_that_is_none_is_refused, NET_FRONT "/mac", "00:16:3e:00:00:0g", -EIO)
NODE_TEST(an_address_that_is_short_is_refused, NET_FRONT "/mac", "00:16", -EIO)
NODE_TEST(a_backend_that_does_not_copy_is_refused, NET_BACK "/feature-rx-copy", "0", -ENODEV)
NODE_TEST(a_backend_in_no_domain_is_refused, NET_FRONT "/backend-id", "32752", -ENODEV)
NODE_TEST(a_backend_that_never_is_ready_is_not_waited_for, NET_BACK "/state", "1", -ETIMEDOUT)
NODE_TEST(features_of_garbage_are_none, NET_BACK "/feature-sg", "18446744073709551617", 0)

static unsigned changes;

/* Something is always new, and never what is waited for. */
static bool change_state(void)
{
    if (++changes > 100)
        machine_fail("a backend is waited for as long as it likes");
    machine_advance(NANOSECONDS_PER_SECOND);
    store_write(NET_BACK "/state", changes % 2 ? "1" : "3");
    return true;
}

static void opens_at_none(void *unused)
{
    (void)unused;
    machine_turn = change_state;
    int error = net_card_open();

    check_equal(error, -ETIMEDOUT);
    machine_turn = NULL;
    expect_nothing_left(error);
}

TEST(a_backend_that_never_makes_up_its_mind_is_not_waited_for)
{
    run(opens_at_none);
}

static void told_what_a_frame_carries(void *unused)
{
    (void)unused;
    store_write(NET_FRONT "/mtu", "%s", lying_value);
    check_equal(net_card_open(), 0);
    check_equal(net_card.net.mtu, expected);
    net_backend_vanish();
    expect_nothing_left(0);
}

#define MTU_TEST(name, value, result)           \
    TEST(name)                                  \
    {                                           \
        lying_value = value;                    \
        expected = result;                      \
        run(told_what_a_frame_carries);         \
    }

MTU_TEST(the_toolstack_says_what_a_frame_carries, "1400", 1400)
MTU_TEST(what_is_no_number_says_nothing, "14x0", 0)
MTU_TEST(what_is_too_long_says_nothing, "150000000000000000000", 0)

static void with_little_memory(void *unused)
{
    (void)unused;
    for (int left = 0; left < 8; left++) {
        machine_frames_left = left;
        int error = net_card_open();

        machine_frames_left = -1;
        if (error) {
            check_equal(error, -ENOMEM);
            check_equal(machine_frames_used(), 0);
            check_equal(machine_grants_used(), 0);
            check_equal(machine_ports_open(), 0);
            store_write(NET_BACK "/state", "2");
            continue;
        }
        machine_frames_left = 0;
        check_equal(net_card_send_segment(0, 1000, true), -EAGAIN);
        machine_frames_left = -1;
        break;
    }
    net_backend_vanish();
    expect_nothing_left(0);
}

TEST(no_memory_is_an_error)
{
    run(with_little_memory);
}
