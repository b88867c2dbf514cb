/*
 * memset: the C library's. Like memory_move.S, of which it is the simpler half, it loses vector registers.
 */
#include "arch/x86_64/memory.h"

FUNCTION memset
        mov     %rdi, %rax
        movzbl  %sil, %esi
        movabs  $0x0101010101010101, %rcx
        imul    %rsi, %rcx
        cmp     $16, %rdx
        jb      .Lset_below_16
        movq    %rcx, %xmm0
        punpcklqdq %xmm0, %xmm0
        cmp     $64, %rdx
        ja      .Lset_above_64
        movups  %xmm0, (%rdi)
        movups  %xmm0, -16(%rdi,%rdx)
        cmp     $32, %rdx
        jbe     .Lset_done
        movups  %xmm0, 16(%rdi)
        movups  %xmm0, -32(%rdi,%rdx)
.Lset_done:
        ret
.Lset_below_16:
        cmp     $8, %edx
        jae     .Lset_8
        cmp     $4, %edx
        jae     .Lset_4
        test    %edx, %edx
        je      .Lset_done
        mov     %cl, (%rdi)
        cmp     $1, %edx
        je      .Lset_done
        mov     %cx, -2(%rdi,%rdx)
        ret
.Lset_4:
        mov     %ecx, (%rdi)
        mov     %ecx, -4(%rdi,%rdx)
        ret
.Lset_8:
        mov     %rcx, (%rdi)
        mov     %rcx, -8(%rdi,%rdx)
        ret
.Lset_above_64:
        cmp     $STRING_BYTES, %rdx
        jb      .Lset_vectors
        testb   $MEMORY_STRINGS, memory_ways
        je      .Lset_vectors
        mov     %rax, %r8
        mov     %esi, %eax
        mov     %rdx, %rcx
        rep stosb
        mov     %r8, %rax
        ret
.Lset_vectors:
        testb   $MEMORY_AVX, memory_ways
        je      .Lset_sse
        vinsertf128 $1, %xmm0, %ymm0, %ymm0
        vmovdqu %ymm0, (%rdi)
        vmovdqu %ymm0, 32(%rdi)
        vmovdqu %ymm0, -64(%rdi,%rdx)
        vmovdqu %ymm0, -32(%rdi,%rdx)
        cmp     $128, %rdx
        jbe     .Lset_avx_done
        vmovdqu %ymm0, 64(%rdi)
        vmovdqu %ymm0, 96(%rdi)
        vmovdqu %ymm0, -128(%rdi,%rdx)
        vmovdqu %ymm0, -96(%rdi,%rdx)
        cmp     $256, %rdx
        jbe     .Lset_avx_done
        /* What is left lies between the first and the last 128 bytes; up to 255 of the latter are written again. */
        lea     -128(%rdi,%rdx), %r8
        lea     128(%rdi), %rcx
        and     $-32, %rcx
        sub     $128, %r8
        cmp     %r8, %rcx
        ja      .Lset_avx_rest
        .p2align 4
.Lset_avx_next:
        FILL    vmovdqa, 32, 0, (%rcx), %ymm0, 8
        add     $256, %rcx
        cmp     %r8, %rcx
        jbe     .Lset_avx_next
.Lset_avx_rest:
        FILL    vmovdqu, 32, 0, (%r8), %ymm0, 4
.Lset_avx_done:
        vzeroupper
        ret
.Lset_sse:
        FILL    movups, 16, -64, "(%rdi,%rdx)", %xmm0, 4
        lea     -64(%rdi,%rdx), %rcx
.Lset_sse_next:
        FILL    movups, 16, 0, (%rdi), %xmm0, 4
        add     $64, %rdi
        cmp     %rcx, %rdi
        jb      .Lset_sse_next
        ret
        .size   memset, . - memset

        .section .note.GNU-stack, "", @progbits
