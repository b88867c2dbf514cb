/*
 * Crash reports. Runs in whatever state the domain is in, so it trusts nothing but the console's sink: the backtrace
 * follows frame pointers only while they stay within the thread's stack and move upwards.
 */
#include "core/panic.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/bits.h"
#include "core/format.h"
#include "core/log.h"

#define MAX_DEPTH 64

struct crash_hooks crash_hooks;

static char what[200];
static enum crash_signal crash_signal;
static bool crashing;

static _Noreturn void stop(void)
{
    if (crash_hooks.stop)
        crash_hooks.stop();
    for (;;)
        __builtin_trap();
}

static void begin(enum crash_signal signal, const char *format, va_list args)
{
    uintptr_t low, high;

    if (crashing)
        stop();
    crashing = true;
    crash_signal = signal;
    format_text_va(what, sizeof what, format, args);
    log_line("crash: %s", what);
    if (crash_hooks.thread)
        log_line("thread %s", crash_hooks.thread(&low, &high));
}

void crash_begin(enum crash_signal signal, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    begin(signal, format, args);
    va_end(args);
}

void crash_print_address(uintptr_t address)
{
    log_line("at 0x%016lx", address);
}

bool crash_is_stack(uintptr_t address)
{
    uintptr_t low = 0, high = 0;

    if (crash_hooks.thread)
        crash_hooks.thread(&low, &high);
    return address >= low && address + sizeof(uintptr_t) <= high && address % sizeof(uintptr_t) == 0;
}

void crash_print_backtrace(uintptr_t frame_pointer, uintptr_t stack_low, uintptr_t stack_high)
{
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
        if (frame_pointer < stack_low || frame_pointer + 2 * sizeof(uintptr_t) > stack_high ||
            frame_pointer % sizeof(uintptr_t))
            return;
        const uintptr_t *frame = (const uintptr_t *)frame_pointer;

        if (!frame[1])
            return;
        crash_print_address(frame[1]);
        if (frame[0] <= frame_pointer)
            return;
        frame_pointer = frame[0];
    }
    log_line("(backtrace cut after %d frames)", MAX_DEPTH);
}

_Noreturn void crash_end(uintptr_t frame_pointer)
{
    uintptr_t low = 0, high = 0;

    if (crash_hooks.thread)
        crash_hooks.thread(&low, &high);
    crash_print_backtrace(frame_pointer, low, high);
    crash_finish();
}

_Noreturn void crash_finish(void)
{
    log_line("end of report");
    if (crash_hooks.tell_host)
        crash_hooks.tell_host(crash_signal, what);
    stop();
}

_Noreturn void crash_report(enum crash_signal signal, uintptr_t frame_pointer, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    begin(signal, format, args);
    va_end(args);
    crash_end(frame_pointer);
}
