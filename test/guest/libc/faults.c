/*
 * Faults that a program handles.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "verdict.h"

static siginfo_t seen;
static sigjmp_buf back;
static volatile int number, on_alternate;
static char alternate[32768];

static void jump(int signal, siginfo_t *info, void *context)
{
    char here;

    (void)context;
    seen = *info;
    number = signal;
    on_alternate = &here >= alternate && &here < alternate + sizeof alternate;
    siglongjmp(back, 1);
}

static void catch(int signal, int flags)
{
    struct sigaction action = { .sa_sigaction = jump, .sa_flags = SA_SIGINFO | flags };

    check_equal(sigaction(signal, &action, NULL), 0);
    number = 0;
}

TEST(a_wild_read_is_caught)
{
    volatile int *volatile wild = (int *)0x500000001230;

    catch(SIGSEGV, 0);
    for (int i = 0; i < 3; i++) {
        if (sigsetjmp(back, 1) == 0)
            fail("read %d", *wild);
        check_equal(number, SIGSEGV);
        check_equal(seen.si_code, SEGV_MAPERR);
        check((uintptr_t)seen.si_addr == 0x500000001230);
    }
    wild = NULL;
    if (sigsetjmp(back, 1) == 0)
        *wild = 1;
    check(seen.si_addr == NULL);
}

TEST(a_write_to_constants_is_caught)
{
    static const char constant[] = "constant";
    volatile char *volatile target = (char *)constant;

    catch(SIGSEGV, 0);
    if (sigsetjmp(back, 1) == 0)
        *target = 'k';
    check_equal(number, SIGSEGV);
    check_equal(seen.si_code, SEGV_ACCERR);
    check(seen.si_addr == constant);
}

TEST(a_division_by_zero_is_caught)
{
    volatile int zero = 0, result = 5;

    catch(SIGFPE, 0);
    if (sigsetjmp(back, 1) == 0)
        result = result / zero;
    check_equal(number, SIGFPE);
    check_equal(seen.si_code, FPE_INTDIV);
    check_equal(result, 5);
}

TEST(a_floating_point_exception_is_caught)
{
    volatile double zero = 0, result = 1;
    uint32_t control, unmasked;

    catch(SIGFPE, 0);
    __asm__ volatile("stmxcsr %0" : "=m"(control));
    unmasked = control & ~(4u << 7);
    if (sigsetjmp(back, 1) == 0) {
        __asm__ volatile("ldmxcsr %0" : : "m"(unmasked));
        result = 1 / zero;
    }
    __asm__ volatile("ldmxcsr %0" : : "m"(control));
    if (number == 0)
        verdict_skip("this processor raises none: QEMU's own");
    check_equal(number, SIGFPE);
    check_equal(seen.si_code, FPE_FLTDIV);
}

TEST(an_invalid_instruction_is_caught)
{
    catch(SIGILL, 0);
    if (sigsetjmp(back, 1) == 0)
        __asm__ volatile("ud2");
    check_equal(number, SIGILL);
}

TEST(an_abort_is_caught)
{
    catch(SIGABRT, 0);
    if (sigsetjmp(back, 1) == 0)
        abort();
    check_equal(number, SIGABRT);
}

TEST(a_handler_has_its_own_stack)
{
    stack_t stack = { .ss_sp = alternate, .ss_size = sizeof alternate }, old;

    check_equal(sigaltstack(&stack, &old), 0);
    check_equal(old.ss_flags, SS_DISABLE);
    catch(SIGSEGV, SA_ONSTACK);
    if (sigsetjmp(back, 1) == 0)
        *(volatile int *)16 = 1;
    check_equal(on_alternate, 1);
    stack.ss_flags = SS_DISABLE;
    check_equal(sigaltstack(&stack, &old), 0);
    check(old.ss_sp == alternate);
    if (sigsetjmp(back, 1) == 0)
        *(volatile int *)16 = 1;
    check_equal(on_alternate, 0);
    stack = (stack_t){ .ss_sp = alternate, .ss_size = 100 };
    check_refused(sigaltstack(&stack, NULL), ENOMEM);
}

/* --- returning: the instruction is tried again --- */

static char *page;
static volatile int faults;

static void allow(int signal, siginfo_t *info, void *context)
{
    double clobber[8];

    (void)context;
    check_equal(signal, SIGSEGV);
    check(info->si_addr == page + 8);
    faults++;
    for (int i = 0; i < 8; i++)
        clobber[i] = i * (double)faults;
    __asm__ volatile("movsd %0, %%xmm0; movsd %0, %%xmm7; movsd %0, %%xmm15" : : "m"(clobber[7])
                     : "xmm0", "xmm7", "xmm15");
    check_equal(mprotect(page, 4096, PROT_READ | PROT_WRITE), 0);
}

TEST(what_faulted_goes_on)
{
    struct sigaction action = { .sa_sigaction = allow, .sa_flags = SA_SIGINFO };
    double kept = 3.25, after0, after15;
    long written = 77;

    page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(page != MAP_FAILED);
    check_equal(sigaction(SIGSEGV, &action, NULL), 0);
    faults = 0;
    __asm__ volatile("movsd %2, %%xmm0\n movsd %2, %%xmm15\n mov %3, 8(%4)\n movsd %%xmm0, %0\n movsd %%xmm15, %1"
                     : "=m"(after0), "=m"(after15)
                     : "m"(kept), "r"(written), "r"(page)
                     : "xmm0", "xmm15", "memory");
    check_equal(faults, 1);
    check_equal(*(long *)(page + 8), 77);
    check(after0 == kept && after15 == kept);
    signal(SIGSEGV, SIG_DFL);
    check_equal(munmap(page, 4096), 0);
}

static void skip(int signal, siginfo_t *info, void *context)
{
    ucontext_t *interrupted = context;

    (void)info;
    check_equal(signal, SIGILL);
    interrupted->uc_mcontext.gregs[REG_RIP] += 2;
    interrupted->uc_mcontext.gregs[REG_RAX] = 99;
}

TEST(a_handler_changes_registers)
{
    struct sigaction action = { .sa_sigaction = skip, .sa_flags = SA_SIGINFO };
    long value = 1;

    check_equal(sigaction(SIGILL, &action, NULL), 0);
    __asm__ volatile("ud2" : "+a"(value));
    check_equal(value, 99);
}
