/*
 * Whole pages, zeroed and copied. In page faults too, since what these use of the vector registers they put back: AVX where
 * a register can be saved whole by an instruction, then the processor's string instructions where they are fast, then SSE.
 * A round of a loop is 32 stores.
 */
#include "arch/x86_64/memory.h"

#define STORES 32

/* A round of stores of one register, `size` bytes each. */
        .macro  ZERO_ROUND store, register, size
        FILL    \store, \size, 0, (%rdi), \register, STORES
        add     $STORES * \size, %rdi
        .endm

/* The same of loads and stores, two at a time; rsi is the way from a destination to its source. */
        .macro  COPY_ROUND move, one, other, size
        .set    at, 0
        .rept   STORES / 2
        \move   at(%rsi,%rdi), \one
        \move   at + \size(%rsi,%rdi), \other
        \move   \one, at(%rdi)
        \move   \other, at + \size(%rdi)
        .set    at, at + 2 * \size
        .endr
        add     $STORES * \size, %rdi
        .endm

/* void page_zero(void *page) */
FUNCTION page_zero
        lea     4096(%rdi), %rcx
        testb   $MEMORY_AVX_WHOLE, memory_ways
        je      .Lzero_without_avx
        sub     $32, %rsp
        vmovdqu %ymm0, (%rsp)
        vxorps  %ymm0, %ymm0, %ymm0
.Lzero_avx_next:
        ZERO_ROUND vmovdqa, %ymm0, 32
        cmp     %rcx, %rdi
        jb      .Lzero_avx_next
        vmovdqu (%rsp), %ymm0
        add     $32, %rsp
        ret
.Lzero_without_avx:
        testb   $MEMORY_STRINGS, memory_ways
        jne     .Lzero_string
        sub     $16, %rsp
        movups  %xmm0, (%rsp)
        xorps   %xmm0, %xmm0
.Lzero_sse_next:
        ZERO_ROUND movaps, %xmm0, 16
        cmp     %rcx, %rdi
        jb      .Lzero_sse_next
        movups  (%rsp), %xmm0
        add     $16, %rsp
        ret
.Lzero_string:
        xor     %eax, %eax
        mov     $512, %ecx
        rep stosq
        ret
        .size   page_zero, . - page_zero

/* void page_copy(void *to, const void *from) */
FUNCTION page_copy
        testb   $MEMORY_AVX_WHOLE, memory_ways
        je      .Lcopy_without_avx
        lea     4096(%rdi), %rcx
        sub     %rdi, %rsi
        sub     $64, %rsp
        vmovdqu %ymm0, (%rsp)
        vmovdqu %ymm1, 32(%rsp)
.Lcopy_avx_next:
        COPY_ROUND vmovdqa, %ymm0, %ymm1, 32
        cmp     %rcx, %rdi
        jb      .Lcopy_avx_next
        vmovdqu (%rsp), %ymm0
        vmovdqu 32(%rsp), %ymm1
        add     $64, %rsp
        ret
.Lcopy_without_avx:
        testb   $MEMORY_STRINGS, memory_ways
        jne     .Lcopy_string
        lea     4096(%rdi), %rcx
        sub     %rdi, %rsi
        sub     $32, %rsp
        movups  %xmm0, (%rsp)
        movups  %xmm1, 16(%rsp)
.Lcopy_sse_next:
        COPY_ROUND movaps, %xmm0, %xmm1, 16
        cmp     %rcx, %rdi
        jb      .Lcopy_sse_next
        movups  (%rsp), %xmm0
        movups  16(%rsp), %xmm1
        add     $32, %rsp
        ret
.Lcopy_string:
        mov     $512, %ecx
        rep movsq
        ret
        .size   page_copy, . - page_copy

        .section .note.GNU-stack, "", @progbits
