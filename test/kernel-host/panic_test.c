/*
 * core/panic and core/log: the report's form, which the host side reads.
 */
#include "core/panic.h"

#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "verdict.h"

/* A stack made by hand: frames that point upwards, each with a return address. */
static uintptr_t fake_stack[32];

static const char *fake_thread(uintptr_t *low, uintptr_t *high)
{
    *low = (uintptr_t)fake_stack;
    *high = (uintptr_t)(fake_stack + 32);
    return "worker";
}

static void set_frame(int at, uintptr_t next, uintptr_t return_address)
{
    fake_stack[at] = next;
    fake_stack[at + 1] = return_address;
}

static void crash_with_frames(void *unused)
{
    (void)unused;
    crash_hooks.thread = fake_thread;
    set_frame(2, (uintptr_t)&fake_stack[10], 0x1111);
    set_frame(10, (uintptr_t)&fake_stack[20], 0x2222);
    set_frame(20, 0, 0);
    crash_report(CRASH_FPE, (uintptr_t)&fake_stack[2], "division of %d by %s", 7, "zero");
}

TEST(a_report_has_its_fixed_form)
{
    const char *report = panic_report(crash_with_frames, NULL);

    check(report != NULL);
    check_text(report,
               "lwd: crash: division of 7 by zero\n"
               "lwd: thread worker\n"
               "lwd: at 0x0000000000001111\n"
               "lwd: at 0x0000000000002222\n"
               "lwd: end of report\n");
}

static void crash_with_bad_frames(void *last_link)
{
    crash_hooks.thread = fake_thread;
    set_frame(2, (uintptr_t)last_link, 0x1111);
    set_frame(0, 0, 0x3333);
    crash_report(CRASH_SEGV, (uintptr_t)&fake_stack[2], "x");
}

TEST(frames_outside_the_stack_or_downwards_are_not_followed)
{
    void *const wrong[] = { NULL, fake_stack, (char *)&fake_stack[8] + 1, &fake_stack[31], &fake_stack[32], (void *)~0ul, &fake_stack[2] };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *report = panic_report(crash_with_bad_frames, wrong[i]);

        check(report != NULL);
        check_text(report, "lwd: crash: x\nlwd: thread worker\nlwd: at 0x0000000000001111\nlwd: end of report\n");
    }
}

static enum crash_signal told_signal;
static char told_text[64];

static void tell_host(enum crash_signal signal, const char *text)
{
    told_signal = signal;
    snprintf(told_text, sizeof told_text, "%s", text);
    log_line("told %d %s", (int)told_signal, told_text);
}

static void crash_and_tell(void *unused)
{
    (void)unused;
    crash_hooks.tell_host = tell_host;
    panic("value %x", 0xabcu);
}

TEST(the_host_is_told_signal_and_text)
{
    check_panics(crash_and_tell, NULL, "lwd: told 6 value abc\n");
}

static void tell_by_crashing(enum crash_signal signal, const char *text)
{
    panic("%d %s again", (int)signal, text);
}

static void crash_within_a_crash(void *unused)
{
    (void)unused;
    crash_hooks.tell_host = tell_by_crashing;
    panic("first");
}

TEST(a_crash_within_a_report_ends_at_once)
{
    check_text(panic_report(crash_within_a_crash, NULL), "lwd: crash: first\nlwd: end of report\n");
}

static char logged[1000];

static void keep_log(const char *text, size_t length)
{
    snprintf(logged, sizeof logged, "%.*s", (int)length, text);
}

TEST(long_lines_are_cut_and_ended)
{
    char text[500];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_set_sink(keep_log);
    log_line("%s", text);
    check_equal(strlen(logged), 239);
    check_equal(logged[238], '\n');
    log_line("short");
    check_text(logged, "lwd: short\n");
}
