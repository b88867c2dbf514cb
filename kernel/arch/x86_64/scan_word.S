/*
 * Which of 64 page-table entries have any of some bits: for mm/scan.c, in thread context. By SSE2, which every processor has, and
 * without a branch: as many instructions whatever there is to find, 1.2 an entry.
 */
#include "arch/x86_64/memory.h"

/* Four entries' low halves at `offset` become one register's. */
        .macro  GATHER offset, register
        movaps  \offset(%rdi), \register
        shufps  $0x88, \offset + 16(%rdi), \register
        pand    %xmm5, \register
        .endm

/* Sixteen entries at `offset` become 16 bits, clear where an entry has any. */
        .macro  FIND offset, result
        GATHER  \offset, %xmm0
        GATHER  \offset + 32, %xmm1
        GATHER  \offset + 64, %xmm2
        GATHER  \offset + 96, %xmm3
        packssdw %xmm1, %xmm0
        packssdw %xmm3, %xmm2
        packuswb %xmm2, %xmm0
        pcmpeqb %xmm4, %xmm0
        pmovmskb %xmm0, \result
        .endm

/* uint64_t scan_word(const pte_t *entries, pte_t bits): `entries` aligned to 16 bytes; `bits` below bit 7. */
FUNCTION scan_word
        movd    %esi, %xmm5
        pshufd  $0, %xmm5, %xmm5
        pxor    %xmm4, %xmm4
        FIND    0, %eax
        FIND    128, %ecx
        FIND    256, %edx
        FIND    384, %esi
        shl     $16, %ecx
        or      %ecx, %eax
        shl     $16, %esi
        or      %esi, %edx
        shl     $32, %rdx
        or      %rdx, %rax
        not     %rax
        ret
        .size   scan_word, . - scan_word

        .section .note.GNU-stack, "", @progbits
