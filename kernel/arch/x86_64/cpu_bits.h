/*
 * Bits of the processor's control registers, for C and assembler.
 */
#ifndef LWD_ARCH_CPU_BITS_H
#define LWD_ARCH_CPU_BITS_H

#define CR0_PROTECTED (1 << 0)
#define CR0_MONITOR (1 << 1)
#define CR0_EXTENSION (1 << 4)
#define CR0_NUMERIC_ERROR (1 << 5)
#define CR0_WRITE_PROTECT (1 << 16)
#define CR0_PAGING (1 << 31)

#define CR4_PAE (1 << 5)
#define CR4_OSFXSR (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_FSGSBASE (1 << 16)
#define CR4_OSXSAVE (1 << 18)

#define MSR_EFER 0xc0000080
#define MSR_FS_BASE 0xc0000100
#define EFER_LONG_MODE (1 << 8)
#define EFER_NO_EXECUTE (1 << 11)

#define RFLAGS_INTERRUPTS (1 << 9)

#endif
