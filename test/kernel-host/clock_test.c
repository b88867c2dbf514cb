/*
 * xen/clock.c: a vCPU whose processor's clock and time stamp counter stand where the test puts them, and which moves between
 * processors.
 */
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/hypercall.h"
#include "arch/x86_64/platform.h"

static struct shared_info page;
static uint64_t counter;

#undef SHARED_INFO
#define SHARED_INFO (&page)
#define cpu_read_tsc() (counter)
#define cpu_read_tsc_shifted(shift) (counter << (shift))
#define hypercall2(number, when, unused) ((void)(when))
#define hypercall3(number, operation, vcpu, unused) ((void)(vcpu))

#include "xen/clock.c"

#include "verdict.h"

/* What Xen writes when the vCPU comes to a processor: there, it is `time` where the counter is `ticks`; 2 ns a tick. */
static void move(uint64_t time, uint64_t ticks)
{
    struct vcpu_time_info *info = &page.vcpu_info[0].time;

    info->version += 2;
    info->system_time = time;
    info->tsc_timestamp = ticks;
    info->tsc_to_system_mul = 1u << 31;
    info->tsc_shift = 2;
}

static uint64_t read_at(uint64_t ticks)
{
    counter = ticks;
    return clock_monotonic();
}

TEST(time_is_that_of_the_parameters)
{
    move(1000, 50);
    check_equal(read_at(50), 1000);
    check_equal(read_at(75), 1050);
    move(2000, 500);
    check_equal(read_at(510), 2020);
}

TEST(a_counter_that_began_after_its_time_stamp)
{
    move(1000, (uint64_t)-50);
    check_equal(read_at(50), 1200);
    check_equal(read_at(60), 1220);
}

TEST(time_stands_until_a_processor_that_is_behind_has_caught_up)
{
    move(1000, 0);
    check_equal(read_at(100), 1200);
    check_equal(read_at(200), 1400);
    move(1100, 200);
    check_equal(read_at(210), 1400);
    check_equal(read_at(340), 1400);
    check_equal(read_at(351), 1402);
    check_equal(read_at(400), 1500);
}

TEST(what_was_read_is_kept_through_several_moves)
{
    move(1000, 0);
    check_equal(read_at(500), 2000);
    move(1000, 500);
    check_equal(read_at(510), 2000);
    move(900, 520);
    check_equal(read_at(530), 2000);
    move(5000, 540);
    check_equal(read_at(550), 5020);
    move(3000, 560);
    check_equal(read_at(570), 5020);
}

/* Another processor's counter may stand anywhere: what the old line would make of it is nothing. */
TEST(counters_of_processors_need_not_agree)
{
    move(1000, 1000000);
    check_equal(read_at(1000100), 1200);
    move(1300, 5);
    check_equal(read_at(10), 1310);
    move(1400, 900000000);
    check_equal(read_at(900000000), 1400);
}

/* Below 125 MHz there is no line to read along. */
TEST(slow_counters_do_not_run_backwards_either)
{
    struct vcpu_time_info *info = &page.vcpu_info[0].time;

    move(1000, 0);
    info->tsc_shift = 6;
    check_equal(read_at(10), 1320);
    move(1100, 10);
    info->tsc_shift = 6;
    check_equal(read_at(11), 1320);
    check_equal(read_at(20), 1420);
}
