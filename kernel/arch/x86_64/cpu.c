/*
 * Finding out and switching on what the processor can do for the application.
 */
#include "arch/x86_64/cpu.h"

#include "arch/x86_64/memory.h"
#include "arch/x86_64/platform.h"
#include "core/bits.h"

#define LEAF1_ECX_XSAVE (1u << 26)
#define LEAF7_EBX_FSGSBASE (1u << 0)
#define LEAF7_EBX_AVX2 (1u << 5)
#define LEAF7_EBX_ERMS (1u << 9)

#define XCR0_AVX (1u << 2)
#define XCR0_AVX512 (7u << 5)

/* x87, SSE, AVX, the three parts of AVX-512: states that an application may use without the kernel's help. */
#define XCR0_WANTED 0xe7u

/* Of FXSAVE's form, which XSAVE's begins with; then comes XSAVE's header, which has to be zero at first. */
#define FXSAVE_SIZE 512
#define XSAVE_HEADER_SIZE 64

bool cpu_has_fsgsbase;
static bool has_xsave;
/* What is switched on, and so what is saved: an emulated processor may have more in its register for a while. */
static uint32_t vector_states;
uint32_t cpu_vector_state_size;
unsigned char memory_ways;

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

/* --- keeping the vector registers --- */

void cpu_save_vectors(void *area)
{
    if (has_xsave) {
        volatile uint64_t *header = (volatile uint64_t *)((char *)area + FXSAVE_SIZE);

        /* What xsave leaves as it is and xrstor checks. By no call, which might use what is to be saved. */
        header[0] = header[1] = header[2] = 0;
        __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(vector_states), "d"(0) : "memory");
    } else {
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
    }
    reset_fpu();
}

void cpu_restore_vectors(const void *area)
{
    if (has_xsave)
        __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(vector_states), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

uint32_t cpu_unmasked_sse(void)
{
    uint32_t mxcsr;

    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~(mxcsr >> 7) & 0x3f;
}

uint32_t cpu_unmasked_x87(void)
{
    uint16_t status, control;

    __asm__ volatile("fnstsw %0; fnstcw %1" : "=m"(status), "=m"(control));
    return status & ~(uint32_t)control & 0x3f;
}

static unsigned char find_memory_ways(uint32_t leaf7_ebx)
{
    bool avx = (leaf7_ebx & LEAF7_EBX_AVX2) && (vector_states & XCR0_AVX), whole = avx && !(vector_states & XCR0_AVX512);

    return (avx ? MEMORY_AVX : 0) | (whole ? MEMORY_AVX_WHOLE : 0) | (leaf7_ebx & LEAF7_EBX_ERMS ? MEMORY_STRINGS : 0);
}

void cpu_enable_features(void)
{
    uint64_t cr4 = read_cr4();
    uint32_t leaf7_ebx = platform->cpuid(7, 0).ebx;

    if (leaf7_ebx & LEAF7_EBX_FSGSBASE) {
        cr4 |= CR4_FSGSBASE;
        cpu_has_fsgsbase = true;
    }
    has_xsave = platform->cpuid(1, 0).ecx & LEAF1_ECX_XSAVE;
    if (has_xsave)
        cr4 |= CR4_OSXSAVE;
    write_cr4(cr4);
    if (has_xsave) {
        vector_states = platform->cpuid(0xd, 0).eax & XCR0_WANTED;
        write_xcr0(vector_states);
        /* What cpuid says is what is switched on now, which at an emulated processor can be nothing. */
        cpu_vector_state_size = MAX(FXSAVE_SIZE + XSAVE_HEADER_SIZE, platform->cpuid(0xd, 0).ebx);
    } else {
        cpu_vector_state_size = FXSAVE_SIZE;
    }
    memory_ways = find_memory_ways(leaf7_ebx);
    reset_fpu();
}
