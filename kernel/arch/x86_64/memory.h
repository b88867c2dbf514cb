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

#else

extern unsigned char memory_ways;

/* Zero or copy a page, aligned. They keep vector registers, so that page faults may use them. */
void page_zero(void *page);
void page_copy(void *to, const void *from);

#endif

#endif
