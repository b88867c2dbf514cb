/*
 * What an exception means: a page fault that somebody resolves, or the end of the domain with a report.
 */
#include "arch/x86_64/traps.h"

#include <stddef.h>

#include "arch/x86_64/layout.h"
#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/log.h"
#include "core/panic.h"

void (*trap_page_fault)(struct trap_frame *frame, uintptr_t fault_address) = trap_unresolved;
bool (*trap_signal)(struct trap_frame *frame, int signal, uintptr_t fault_address);

static const struct {
    const char *name;
    enum crash_signal signal;
} traps[] = {
    [TRAP_DIVIDE] = { "integer division by zero or overflow", CRASH_FPE },
    [TRAP_DEBUG] = { "debug exception", CRASH_TRAP },
    [TRAP_BREAKPOINT] = { "breakpoint", CRASH_TRAP },
    [TRAP_OVERFLOW] = { "overflow exception", CRASH_SEGV },
    [TRAP_BOUND] = { "bound range exceeded", CRASH_SEGV },
    [TRAP_INVALID_OPCODE] = { "invalid instruction", CRASH_ILL },
    [TRAP_NO_DEVICE] = { "floating-point unit not available", CRASH_FPE },
    [TRAP_DOUBLE_FAULT] = { "double fault", CRASH_SEGV },
    [TRAP_INVALID_TSS] = { "invalid task state segment", CRASH_SEGV },
    [TRAP_NO_SEGMENT] = { "segment not present", CRASH_BUS },
    [TRAP_STACK_SEGMENT] = { "stack segment fault (non-canonical address)", CRASH_BUS },
    [TRAP_PROTECTION] = { "general protection fault (non-canonical address or privileged instruction)", CRASH_SEGV },
    [TRAP_PAGE_FAULT] = { "page fault", CRASH_SEGV },
    [TRAP_X87] = { "x87 floating-point exception", CRASH_FPE },
    [TRAP_ALIGNMENT] = { "misaligned access", CRASH_BUS },
    [TRAP_SIMD] = { "floating-point exception", CRASH_FPE },
};

static const char *fault_kind(uint64_t error)
{
    return error & FAULT_FETCH ? "execution of" : error & FAULT_WRITE ? "write to" : "read of";
}

static const char *fault_reason(uintptr_t address, uint64_t error)
{
    if (error & FAULT_PRESENT)
        return error & FAULT_FETCH ? "not executable" : "read-only";
    if (address < PAGE_SIZE)
        return "null pointer";
    if (address >= STACK_BASE && address < STACK_END)
        return "stack overflow: the page below a thread's stack";
    return "not mapped";
}

static SELDOM void print_registers(const struct trap_frame *f)
{
    /* From the frame's last general register down to its first. */
    static const char names[][4] = {
        "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "r8 ", "r9 ", "r10", "r11", "r12", "r13", "r14", "r15",
    };
    const uint64_t *value = &f->rax;

    log_line("rip %016lx rsp %016lx rflags %08lx", f->rip, f->rsp, f->rflags);
    for (unsigned i = 0; i < ARRAY_SIZE(names); i += 3, value -= 3)
        log_line("%s %016lx %s %016lx %s %016lx", names[i], value[0], names[i + 1], value[-1], names[i + 2], value[-2]);
}

static bool is_known(uint64_t vector)
{
    return vector < ARRAY_SIZE(traps) && traps[vector].name;
}

/*
 * A function that calls none keeps no frame, so its caller is not in the chain of frames: it is at the top of the stack,
 * and is the caller for certain if the call before it goes to a place not far in front of `rip`.
 */
static bool is_called_from(uintptr_t rip, uintptr_t return_address)
{
    enum { CALL_BYTES = 5, CALL_OPCODE = 0xe8, LEAF_BYTES = 2048 };
    const uint8_t *call = (const uint8_t *)return_address - CALL_BYTES;
    int32_t distance;

    if (return_address < (uintptr_t)image_start + CALL_BYTES || return_address >= (uintptr_t)text_end ||
        call[0] != CALL_OPCODE)
        return false;
    __builtin_memcpy(&distance, call + 1, sizeof distance);
    return rip - (return_address + (uintptr_t)(intptr_t)distance) < LEAF_BYTES;
}

static SELDOM _Noreturn void crash(const struct trap_frame *frame, uintptr_t fault_address)
{
    uint64_t vector = frame->vector;
    const char *name = is_known(vector) ? traps[vector].name : "unknown exception";
    enum crash_signal signal = is_known(vector) ? traps[vector].signal : CRASH_ABORT;

    if (vector == TRAP_PAGE_FAULT)
        crash_begin(signal, "%s: %s 0x%lx (%s)", name, fault_kind(frame->error), fault_address,
                    fault_reason(fault_address, frame->error));
    else
        crash_begin(signal, "%s (vector %lu, error code 0x%lx)", name, vector, frame->error);
    print_registers(frame);
    crash_print_address(frame->rip);
    /* A jump into nowhere set up no frame: who jumped is at the top of the stack. */
    bool is_jump = vector == TRAP_PAGE_FAULT && (frame->error & FAULT_FETCH);
    bool has_top = frame->rsp % sizeof(uintptr_t) == 0 && crash_is_stack(frame->rsp);
    uintptr_t top = has_top ? *(const uintptr_t *)frame->rsp : 0;

    if (has_top && (is_jump || is_called_from(frame->rip, top)))
        crash_print_address(top);
    crash_end(frame->rbp);
}

SELDOM void trap_unresolved(struct trap_frame *frame, uintptr_t fault_address)
{
    if (trap_signal && is_known(frame->vector) && trap_signal(frame, (int)traps[frame->vector].signal, fault_address))
        return;
    crash(frame, fault_address);
}

void trap_handle(struct trap_frame *frame, uintptr_t fault_address)
{
    if (frame->vector == TRAP_PAGE_FAULT)
        trap_page_fault(frame, fault_address);
    else
        trap_unresolved(frame, fault_address);
}
