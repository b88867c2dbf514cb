/*
 * Finding out and switching on what the processor can do for the application.
 */
#include "arch/x86_64/cpu.h"

#include "arch/x86_64/platform.h"
#include "core/bits.h"

#define LEAF1_ECX_XSAVE (1u << 26)
#define LEAF7_EBX_FSGSBASE (1u << 0)

/* x87, SSE, AVX, the three parts of AVX-512: states that an application may use without the kernel's help. */
#define XCR0_WANTED 0xe7u

bool cpu_has_fsgsbase;

static uint64_t read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static void write_cr4(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value));
}

static void write_xcr0(uint64_t value)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* The MXCSR and x87 control word that a C program starts with: all exceptions masked, round to nearest. */
static void reset_fpu(void)
{
    uint32_t mxcsr = 0x1f80;

    __asm__ volatile("fninit; ldmxcsr %0" : : "m"(mxcsr));
}

void cpu_enable_features(void)
{
    uint64_t cr4 = read_cr4();

    if (platform->cpuid(7, 0).ebx & LEAF7_EBX_FSGSBASE) {
        cr4 |= CR4_FSGSBASE;
        cpu_has_fsgsbase = true;
    }
    bool xsave = platform->cpuid(1, 0).ecx & LEAF1_ECX_XSAVE;

    if (xsave)
        cr4 |= CR4_OSXSAVE;
    write_cr4(cr4);
    if (xsave)
        write_xcr0(platform->cpuid(0xd, 0).eax & XCR0_WANTED);
    reset_fpu();
}
