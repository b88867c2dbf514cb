/*
 * Which of page-table entries have any of some bits, 64 by 64: for mm/scan.c, in thread context. By SSE2, which every processor
 * has, and without a branch: as many instructions whatever there is to find, 1.1 an entry.
 */
#include "arch/x86_64/memory.h"

/* Four entries' low halves at `offset` become one register's. */
        .macro  GATHER offset, register
        movaps  \offset(%rdi), \register
        shufps  $0x88, \offset + 16(%rdi), \register
        pand    %xmm5, \register
        .endm

/* Sixteen entries at `offset` become 16 bits: what is left of an entry carries into its byte's sign. */
        .macro  FIND offset, place
        GATHER  \offset, %xmm0
        GATHER  \offset + 32, %xmm1
        GATHER  \offset + 64, %xmm2
        GATHER  \offset + 96, %xmm3
        packssdw %xmm1, %xmm0
        packssdw %xmm3, %xmm2
        packuswb %xmm2, %xmm0
        paddb   %xmm4, %xmm0
        pmovmskb %xmm0, %eax
        mov     %ax, \place
        .endm

/* void scan_words(const pte_t *entries, size_t words, pte_t bits, uint64_t *found): not without any word. */
FUNCTION scan_words
        movd    %edx, %xmm5
        pshufd  $0, %xmm5, %xmm5
        mov     $0x7f7f7f7f, %eax
        movd    %eax, %xmm4
        pshufd  $0, %xmm4, %xmm4
        lea     (%rcx,%rsi,8), %rcx
        neg     %rsi
.Lnext:
        FIND    0, "(%rcx,%rsi,8)"
        FIND    128, "2(%rcx,%rsi,8)"
        FIND    256, "4(%rcx,%rsi,8)"
        FIND    384, "6(%rcx,%rsi,8)"
        add     $512, %rdi
        inc     %rsi
        jnz     .Lnext
        ret
        .size   scan_words, . - scan_words

        .section .note.GNU-stack, "", @progbits
