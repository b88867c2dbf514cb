/*
 * Vector registers: SSE always, AVX where the processor has it; and the floating-point modes of each thread.
 */
#include <cpuid.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "avx.h"
#include "verdict.h"

#define COUNT 1000

int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes);
void thread_yield(void);

static bool has_avx2(void)
{
    unsigned eax, ebx, ecx, edx, low, high;

    __cpuid(1, eax, ebx, ecx, edx);
    if (!(ecx & bit_AVX) || !(ecx & bit_OSXSAVE) || !(ecx & bit_FMA))
        return false;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    __cpuid_count(7, 0, eax, ebx, ecx, edx);
    return (low & 6) == 6 && (ebx & bit_AVX2);
}

TEST(sse_computes)
{
    volatile float values[4] = { 1, 2, 3, 4 };
    float sum = 0;

    for (int i = 0; i < 4; i++)
        sum += sqrtf(values[i] * values[i]);
    check(sum == 10.0f);
}

TEST(avx_computes)
{
    static double a[COUNT], b[COUNT];
    double wanted = 0;

    if (!has_avx2())
        verdict_skip("this processor or this Xen gives no AVX2");
    for (int i = 0; i < COUNT; i++) {
        a[i] = i;
        b[i] = 2 * i + 1;
        wanted += a[i] * b[i];
    }
    check(avx_dot(a, b, COUNT) == wanted);
}

TEST(registers_survive_the_host)
{
    if (!has_avx2())
        verdict_skip("this processor or this Xen gives no AVX2");
    for (int i = 0; i < 5; i++)
        check_equal(avx_registers_changed(), 0);
}

static uint32_t control(void)
{
    uint32_t mxcsr;

    __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
    return mxcsr & ~0x3fu;
}

static void set_control(uint32_t mxcsr)
{
    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

static uint32_t other_s_control;

static void change_control(void *unused)
{
    (void)unused;
    other_s_control = control();
    set_control(0x1f80 | 0x6000);
    for (int i = 0; i < 3; i++)
        thread_yield();
}

TEST(rounding_is_each_thread_s_own)
{
    set_control(0x1f80 | 0x8000);
    check_equal(thread_create("test", change_control, NULL, 16384), 0);
    thread_yield();
    check_equal(control(), 0x1f80 | 0x8000);
    /* A new thread starts with its creator's. */
    check_equal(other_s_control, 0x1f80 | 0x8000);
    thread_yield();
    check_equal(control(), 0x1f80 | 0x8000);
    set_control(0x1f80);
}

TEST(long_double_has_64_bits)
{
    volatile long double one = 1, small = 0x1p-63L;

    check(one + small != one);
    check(one + small / 2 == one);
}

TEST(arithmetic_does_not_trap)
{
    volatile double zero = 0, huge = 1e308;

    check(isinf(1 / zero));
    check(isnan(zero / zero));
    check(isinf(huge * huge));
}

int main(void)
{
    return test_run_all();
}
