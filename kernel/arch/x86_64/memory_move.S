/*
 * memcpy and memmove: the C library's, for every size and as well for caches as for counted instructions. Vectors in
 * pairs that overlap up to 256 bytes, so there is no loop and no tail; then the processor's own string instructions where
 * they are fast, else loops of 256 bytes. Nothing goes past the caches: what was moved is used next.
 *
 * Vector registers are lost, as the calling convention allows: nothing that runs in a page fault may call these. For that
 * there are page_zero() and page_copy(), which keep them (memory_page.S).
 */
#include "arch/x86_64/memory.h"

/*
 * rax = rdi, the destination; rsi, the source; rdx, how many. All that is read of a short block is read before any of it
 * is written, so an overlap does no harm.
 */
FUNCTION memmove
        .globl  memcpy
        .type   memcpy, @function
memcpy:
        mov     %rdi, %rax
        cmp     $16, %rdx
        jb      .Lmove_below_16
        cmp     $32, %rdx
        ja      .Lmove_above_32
        movups  (%rsi), %xmm0
        movups  -16(%rsi,%rdx), %xmm1
        movups  %xmm0, (%rdi)
        movups  %xmm1, -16(%rdi,%rdx)
        ret
.Lmove_below_16:
        cmp     $8, %edx
        jae     .Lmove_8
        cmp     $4, %edx
        jae     .Lmove_4
        test    %edx, %edx
        je      .Lmove_none
        movzbl  (%rsi), %ecx
        cmp     $1, %edx
        je      .Lmove_1
        movzwl  -2(%rsi,%rdx), %r8d
        mov     %r8w, -2(%rdi,%rdx)
.Lmove_1:
        mov     %cl, (%rdi)
.Lmove_none:
        ret
.Lmove_4:
        mov     (%rsi), %ecx
        mov     -4(%rsi,%rdx), %r8d
        mov     %ecx, (%rdi)
        mov     %r8d, -4(%rdi,%rdx)
        ret
.Lmove_8:
        mov     (%rsi), %rcx
        mov     -8(%rsi,%rdx), %r8
        mov     %rcx, (%rdi)
        mov     %r8, -8(%rdi,%rdx)
        ret
.Lmove_above_32:
        cmp     $64, %rdx
        ja      .Lmove_above_64
        movups  (%rsi), %xmm0
        movups  16(%rsi), %xmm1
        movups  -32(%rsi,%rdx), %xmm2
        movups  -16(%rsi,%rdx), %xmm3
        movups  %xmm0, (%rdi)
        movups  %xmm1, 16(%rdi)
        movups  %xmm2, -32(%rdi,%rdx)
        movups  %xmm3, -16(%rdi,%rdx)
        ret
.Lmove_above_64:
        testb   $MEMORY_AVX, memory_ways
        je      .Lmove_sse
        cmp     $256, %rdx
        ja      .Lmove_above_256
        vmovdqu (%rsi), %ymm0
        vmovdqu 32(%rsi), %ymm1
        vmovdqu -64(%rsi,%rdx), %ymm2
        vmovdqu -32(%rsi,%rdx), %ymm3
        cmp     $128, %rdx
        jbe     .Lmove_avx_ends
        vmovdqu 64(%rsi), %ymm4
        vmovdqu 96(%rsi), %ymm5
        vmovdqu -128(%rsi,%rdx), %ymm6
        vmovdqu -96(%rsi,%rdx), %ymm7
        vmovdqu %ymm4, 64(%rdi)
        vmovdqu %ymm5, 96(%rdi)
        vmovdqu %ymm6, -128(%rdi,%rdx)
        vmovdqu %ymm7, -96(%rdi,%rdx)
.Lmove_avx_ends:
        vmovdqu %ymm0, (%rdi)
        vmovdqu %ymm1, 32(%rdi)
        vmovdqu %ymm2, -64(%rdi,%rdx)
        vmovdqu %ymm3, -32(%rdi,%rdx)
        vzeroupper
        ret

/* Does either block begin within the other? Only the distance, taken both ways, says so. */
.Lmove_above_256:
        mov     %rdi, %rcx
        sub     %rsi, %rcx
        cmp     %rdx, %rcx
        jb      .Lmove_avx_down
        cmp     $STRING_BYTES, %rdx
        jb      .Lmove_avx_up
        testb   $MEMORY_STRINGS, memory_ways
        je      .Lmove_avx_up
        neg     %rcx
        cmp     %rdx, %rcx
        jb      .Lmove_avx_up
        mov     %rdx, %rcx
        rep movsb
        ret

/*
 * Upwards, to aligned places: the first 32 bytes apart, then 256 at a time, the last 256 apart. What of the source could
 * be overwritten before its turn, the last 256, is stored from where it was read at the start.
 */
.Lmove_avx_up:
        vmovdqu (%rsi), %ymm8
        lea     32(%rdi), %rcx
        and     $-32, %rcx
        sub     %rdi, %rsi
        lea     -256(%rdi,%rdx), %r8
        add     %r8, %rsi
        LOAD    vmovdqu, 32, 0, (%rsi), %ymm9, %ymm10, %ymm11, %ymm12, %ymm13, %ymm14, %ymm15, %ymm7
        sub     %r8, %rsi
        /* rsi is now the way from a destination to its source. */
        cmp     %r8, %rcx
        jae     .Lmove_avx_up_end
        .p2align 4
.Lmove_avx_up_next:
        LOAD    vmovdqu, 32, 0, "(%rcx,%rsi)", %ymm0, %ymm1, %ymm2, %ymm3, %ymm4, %ymm5, %ymm6
        vmovdqa %ymm0, (%rcx)
        vmovdqu 224(%rcx,%rsi), %ymm0
        STORE   vmovdqa, 32, 32, (%rcx), %ymm1, %ymm2, %ymm3, %ymm4, %ymm5, %ymm6, %ymm0
        add     $256, %rcx
        cmp     %r8, %rcx
        jb      .Lmove_avx_up_next
.Lmove_avx_up_end:
        STORE   vmovdqu, 32, 0, (%r8), %ymm9, %ymm10, %ymm11, %ymm12, %ymm13, %ymm14, %ymm15, %ymm7
        vmovdqu %ymm8, (%rdi)
        vzeroupper
        ret

/* Downwards: the last 32 bytes apart, then 128 at a time, the first 128 apart. */
.Lmove_avx_down:
        vmovdqu -32(%rsi,%rdx), %ymm8
        LOAD    vmovdqu, 32, 0, (%rsi), %ymm9, %ymm10, %ymm11, %ymm12
        lea     -1(%rdi,%rdx), %rcx
        and     $-32, %rcx
        sub     %rdi, %rsi
        lea     128(%rdi), %r8
.Lmove_avx_down_next:
        LOAD    vmovdqu, -32, -32, "(%rcx,%rsi)", %ymm0, %ymm1, %ymm2, %ymm3
        STORE   vmovdqa, -32, -32, (%rcx), %ymm0, %ymm1, %ymm2, %ymm3
        sub     $128, %rcx
        cmp     %r8, %rcx
        ja      .Lmove_avx_down_next
        vmovdqu %ymm8, -32(%rdi,%rdx)
        STORE   vmovdqu, 32, 0, (%rdi), %ymm9, %ymm10, %ymm11, %ymm12
        vzeroupper
        ret

/*
 * The same without AVX, for more than 64 bytes: 256, then 64 at a time, the last 64 apart; or downwards, 64 at a time, the
 * first apart.
 */
.Lmove_sse:
        mov     %rdi, %rcx
        sub     %rsi, %rcx
        cmp     %rdx, %rcx
        jb      .Lmove_sse_down
        cmp     $STRING_BYTES, %rdx
        jb      .Lmove_sse_up
        testb   $MEMORY_STRINGS, memory_ways
        je      .Lmove_sse_up
        neg     %rcx
        cmp     %rdx, %rcx
        jb      .Lmove_sse_up
        mov     %rdx, %rcx
        rep movsb
        ret
.Lmove_sse_up:
        LOAD    movups, 16, -64, "(%rsi,%rdx)", %xmm4, %xmm5, %xmm6, %xmm7
        lea     -64(%rdi,%rdx), %r8
        mov     %rdi, %rcx
        sub     %rdi, %rsi
        lea     -256(%r8), %r9
        cmp     %r9, %rcx
        ja      .Lmove_sse_up_next
.Lmove_sse_up_much:
        LOAD    movups, 16, 0, "(%rcx,%rsi)", %xmm0, %xmm1, %xmm2, %xmm3, %xmm8, %xmm9, %xmm10, %xmm11
        STORE   movups, 16, 0, (%rcx), %xmm0, %xmm1, %xmm2, %xmm3, %xmm8, %xmm9, %xmm10, %xmm11
        LOAD    movups, 16, 128, "(%rcx,%rsi)", %xmm0, %xmm1, %xmm2, %xmm3, %xmm8, %xmm9, %xmm10, %xmm11
        STORE   movups, 16, 128, (%rcx), %xmm0, %xmm1, %xmm2, %xmm3, %xmm8, %xmm9, %xmm10, %xmm11
        add     $256, %rcx
        cmp     %r9, %rcx
        jbe     .Lmove_sse_up_much
.Lmove_sse_up_next:
        LOAD    movups, 16, 0, "(%rcx,%rsi)", %xmm0, %xmm1, %xmm2, %xmm3
        STORE   movups, 16, 0, (%rcx), %xmm0, %xmm1, %xmm2, %xmm3
        add     $64, %rcx
        cmp     %r8, %rcx
        jb      .Lmove_sse_up_next
        STORE   movups, 16, 0, (%r8), %xmm4, %xmm5, %xmm6, %xmm7
        ret
.Lmove_sse_down:
        LOAD    movups, 16, 0, (%rsi), %xmm4, %xmm5, %xmm6, %xmm7
        lea     (%rdi,%rdx), %rcx
        lea     64(%rdi), %r8
        sub     %rdi, %rsi
.Lmove_sse_down_next:
        LOAD    movups, -16, -16, "(%rcx,%rsi)", %xmm0, %xmm1, %xmm2, %xmm3
        STORE   movups, -16, -16, (%rcx), %xmm0, %xmm1, %xmm2, %xmm3
        sub     $64, %rcx
        cmp     %r8, %rcx
        ja      .Lmove_sse_down_next
        STORE   movups, 16, 0, (%rdi), %xmm4, %xmm5, %xmm6, %xmm7
        ret
        .size   memcpy, . - memcpy
        .size   memmove, . - memmove

        .section .note.GNU-stack, "", @progbits
