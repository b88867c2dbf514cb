/*
 * The end of a domain that cannot go on: a report (what, where, registers, backtrace) on the console, then a crash that
 * the host sees. The report's form is fixed, since the host side reads it: every line starts with "lwd: ", the first
 * is "lwd: crash: WHAT", a return address a line follows as "lwd: at ADDRESS", and the last is "lwd: end of report". Each
 * "lwd: thread NAME …" says whose the addresses after it are, the running thread's first; only a dead lock shows others.
 */
#ifndef LWD_CORE_PANIC_H
#define LWD_CORE_PANIC_H

#include <stdbool.h>
#include <stdint.h>

/* The Unix signal that a process would have died of; the host makes 128 + it the exit status. */
enum crash_signal {
    CRASH_ILL = 4,
    CRASH_TRAP = 5,
    CRASH_ABORT = 6,
    CRASH_BUS = 7,
    CRASH_FPE = 8,
    CRASH_SEGV = 11,
};

/* A broken invariant, or a condition that the kernel has no way to report as an error. Never compiled out. */
#define panic(...) crash_report(CRASH_ABORT, (uintptr_t)__builtin_frame_address(0), __VA_ARGS__)
#define panic_if(condition, ...)        \
    do {                                \
        if (unlikely(condition))        \
            panic(__VA_ARGS__);         \
    } while (0)

/*
 * Reports and ends the domain. `frame_pointer` is where the backtrace starts, its first line being that frame's return
 * address. A crash within a report ends the domain at once.
 */
_Noreturn void crash_report(enum crash_signal signal, uintptr_t frame_pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * The same in two steps, for traps, which print registers and the faulting address in between.
 */
void crash_begin(enum crash_signal signal, const char *format, ...) __attribute__((format(printf, 2, 3)));
void crash_print_address(uintptr_t address);
/* Can a word at `address` be read as the running thread's stack? */
bool crash_is_stack(uintptr_t address);
_Noreturn void crash_end(uintptr_t frame_pointer);

/* The parts of crash_end(): addresses from `frame_pointer` on, which stay within a stack's bounds; and the rest. */
void crash_print_backtrace(uintptr_t frame_pointer, uintptr_t stack_low, uintptr_t stack_high);
_Noreturn void crash_finish(void);

/* What the layers above supply. Until they do, a report ends after its registers and the backtrace is empty. */
struct crash_hooks {
    /* Name of the running thread and the bounds of its stack; a backtrace stays within them. */
    const char *(*thread)(uintptr_t *stack_low, uintptr_t *stack_high);
    /* Tells the host signal and text (xenstore); may fail, may not allocate. */
    void (*tell_host)(enum crash_signal signal, const char *text);
    /* Waits for the console to drain, then ends the domain; does not return. */
    void (*stop)(void);
};

extern struct crash_hooks crash_hooks;

#endif
