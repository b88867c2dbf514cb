/*
 * The processor's registers and instructions that C cannot name. All of them work in a PV guest, where some of them trap
 * and Xen carries them out (control registers, xsetbv).
 */
#ifndef LWD_ARCH_CPU_H
#define LWD_ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86_64/cpu_bits.h"

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

/*
 * Switches on what applications may use: FSGSBASE for thread pointers, and XSAVE with every vector state that Xen lets
 * us have. Called once, with traps installed.
 */
void cpu_enable_features(void);

extern bool cpu_has_fsgsbase;

/*
 * Keeps the vector registers and x87's in `area` (of cpu_vector_state_size bytes, aligned) and puts them into the state
 * that a program starts with; and the way back.
 */
#define CPU_VECTOR_ALIGNMENT 64UL
extern uint32_t cpu_vector_state_size;
void cpu_save_vectors(void *area);
void cpu_restore_vectors(const void *area);

/* The arithmetic exceptions that have happened and are not masked, as bits of MXCSR and of x87's status. */
uint32_t cpu_unmasked_sse(void);
uint32_t cpu_unmasked_x87(void);

/* The time stamp counter, shifted left by up to 31 (what that takes off at the top is years). */
static inline uint64_t cpu_read_tsc_shifted(unsigned shift)
{
    uint64_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (high << (32 + shift)) + (low << shift);
}

static inline uint64_t cpu_read_tsc(void)
{
    return cpu_read_tsc_shifted(0);
}

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" ::: "memory");
}

static inline void cpu_write_fsbase(uintptr_t base)
{
    __asm__ volatile("wrfsbase %0" : : "r"(base) : "memory");
}

#endif
