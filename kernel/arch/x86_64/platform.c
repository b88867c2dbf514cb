/*
 * The parts of the platform seam that are the same for PV and PVH.
 */
#include "arch/x86_64/platform.h"

#include "core/bits.h"

const struct platform *platform;
const uint64_t *platform_frames;
struct boot_info boot_info;
struct pagetable_frames pagetable_frames;

/* What context_switch() pops, lowest address first. */
struct switch_frame {
    uint32_t mxcsr;
    uint16_t x87_control, x87_status;
    uint64_t r15, r14, r13, r12, rbx, rbp;
    uint64_t return_address;
};

void context_start(void);

uintptr_t context_prepare(uintptr_t top, void (*function)(void *), void *argument)
{
    struct switch_frame *frame = (struct switch_frame *)(top - 16) - 1;

    *frame = (struct switch_frame){
        .r12 = (uintptr_t)function,
        .r13 = (uintptr_t)argument,
        .return_address = (uintptr_t)context_start,
    };
    __asm__("stmxcsr %0; fnstcw %1; fnstsw %2"
            : "=m"(frame->mxcsr), "=m"(frame->x87_control), "=m"(frame->x87_status));
    /* A null frame with a null return address is where a backtrace ends. */
    ((uint64_t *)top)[-2] = ((uint64_t *)top)[-1] = 0;
    return (uintptr_t)frame;
}

uintptr_t context_return_address(uintptr_t stack_pointer)
{
    return ((const struct switch_frame *)stack_pointer)->return_address;
}

uintptr_t context_frame_pointer(uintptr_t stack_pointer)
{
    return ((const struct switch_frame *)stack_pointer)->rbp;
}
