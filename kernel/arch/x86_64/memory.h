/*
 * Moving and filling memory (memory_move.S, memory_set.S, memory_page.S): what of the processor's ways is used, and pages.
 */
#ifndef LWD_ARCH_MEMORY_H
#define LWD_ARCH_MEMORY_H

/* Bits of memory_ways, which cpu_enable_features() sets. */
#define MEMORY_AVX 1
/* `rep movsb` and `rep stosb` are fast (ERMS). */
#define MEMORY_STRINGS 2
/* A ymm register is a whole one: saving it saves all, which it does not with AVX-512. */
#define MEMORY_AVX_WHOLE 4

#ifdef __ASSEMBLER__

/* From here on `rep movsb` and `rep stosb` are faster than loops, where they are fast at all. */
#define STRING_BYTES 2048

        .macro  FUNCTION name
        .section .text.\name, "ax", @progbits
        .globl  \name
        .type   \name, @function
        .p2align 5
\name:
        .endm

/*
 * Vector registers, one after the other, from and to memory; the places are `step` bytes apart, `offset` and `place` say where
 * the first one is. A place with a comma is quoted.
 */
        .macro  LOAD move, step, offset, place, registers:vararg
        .set    .Lat, \offset
        .irp    register, \registers
        \move   .Lat\place, \register
        .set    .Lat, .Lat + \step
        .endr
        .endm

        .macro  STORE move, step, offset, place, registers:vararg
        .set    .Lat, \offset
        .irp    register, \registers
        \move   \register, .Lat\place
        .set    .Lat, .Lat + \step
        .endr
        .endm

/* One register so many times. */
        .macro  FILL move, step, offset, place, register, count
        .set    .Lat, \offset
        .rept   \count
        \move   \register, .Lat\place
        .set    .Lat, .Lat + \step
        .endr
        .endm

#else

extern unsigned char memory_ways;

/* Zero or copy a page, aligned. They keep vector registers, so that page faults may use them. */
void page_zero(void *page);
void page_copy(void *to, const void *from);

#endif

#endif
