/*
 * Exceptions. Each platform's entry code saves the registers in this form and calls trap_handle().
 */
#ifndef LWD_ARCH_TRAPS_H
#define LWD_ARCH_TRAPS_H

#include <stdbool.h>
#include <stdint.h>

enum trap_vector {
    TRAP_DIVIDE = 0,
    TRAP_DEBUG = 1,
    TRAP_BREAKPOINT = 3,
    TRAP_OVERFLOW = 4,
    TRAP_BOUND = 5,
    TRAP_INVALID_OPCODE = 6,
    TRAP_NO_DEVICE = 7,
    TRAP_DOUBLE_FAULT = 8,
    TRAP_INVALID_TSS = 10,
    TRAP_NO_SEGMENT = 11,
    TRAP_STACK_SEGMENT = 12,
    TRAP_PROTECTION = 13,
    TRAP_PAGE_FAULT = 14,
    TRAP_X87 = 16,
    TRAP_ALIGNMENT = 17,
    TRAP_SIMD = 19,
};

/* Page fault error code bits. */
#define FAULT_PRESENT 1
#define FAULT_WRITE 2
#define FAULT_FETCH 16

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * Called by the entry code, on the stack of what was interrupted. `fault_address` counts for page faults only. Returns
 * where the instruction is to be tried again; all else ends in a crash report.
 */
void trap_handle(struct trap_frame *frame, uintptr_t fault_address);

/*
 * Called for each page fault: the access is tried again when it returns. Runs with vector registers unsaved and may not
 * block. For a fault that it does not resolve it calls trap_unresolved(), which it is at first.
 */
extern void (*trap_page_fault)(struct trap_frame *frame, uintptr_t fault_address);

/* A signal's handler (trap_signal) or the end of the domain with a report. */
void trap_unresolved(struct trap_frame *frame, uintptr_t fault_address);

/*
 * Asked about each exception that is to end in a crash, with the Unix signal that it is (core/panic.h): returns true if the
 * program has handled it and goes on as the frame says now. Null: none is handled.
 */
extern bool (*trap_signal)(struct trap_frame *frame, int signal, uintptr_t fault_address);

#endif
