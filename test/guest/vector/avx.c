/*
 * By target attributes, so that lwd.yaml's flags stay those of the base processor.
 */
#include "avx.h"

#include <immintrin.h>
#include <stdint.h>
#include <string.h>

__attribute__((target("avx2,fma"))) double avx_dot(const double *a, const double *b, int count)
{
    __m256d sum = _mm256_setzero_pd();
    double parts[4];

    for (int i = 0; i < count; i += 4)
        sum = _mm256_fmadd_pd(_mm256_loadu_pd(a + i), _mm256_loadu_pd(b + i), sum);
    _mm256_storeu_pd(parts, sum);
    return parts[0] + parts[1] + parts[2] + parts[3];
}

/*
 * Filled and read by one piece of assembler around an empty loop of some milliseconds: no call in between, so only what
 * interrupts the domain could change them.
 */
__attribute__((target("avx"))) int avx_registers_changed(void)
{
    uint8_t pattern[32], got[2][32];
    int changed = 0;

    for (int i = 0; i < 32; i++)
        pattern[i] = (uint8_t)(i * 37 + 11);
    __asm__ volatile("vmovdqu %2, %%ymm15\n\t"
                     "vmovdqa %%ymm15, %%ymm0\n\t"
                     "mov $20000000, %%rcx\n\t"
                     "1: dec %%rcx\n\tjnz 1b\n\t"
                     "vmovdqu %%ymm0, %0\n\tvmovdqu %%ymm15, %1\n\tvzeroupper"
                     : "=m"(got[0]), "=m"(got[1])
                     : "m"(pattern)
                     : "rcx", "xmm0", "xmm15", "cc");
    for (int i = 0; i < 2; i++)
        changed += memcmp(got[i], pattern, sizeof pattern) != 0;
    return changed;
}
