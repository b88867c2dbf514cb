/*
 * Jumps (C11 7.13; POSIX.1-2017, <setjmp.h>). A jmp_buf is laid out as newlib's own, whose setjmp() and longjmp() are used:
 * the registers that a function keeps. The kernel's posix/signal/signal_jump.c adds the signals that are blocked.
 */
#ifndef _SETJMP_H_
#define _SETJMP_H_

#include <sys/features.h>
#include <sys/_sigset.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef long long jmp_buf[8];

int setjmp(jmp_buf) __attribute__((__returns_twice__));
void longjmp(jmp_buf, int) __attribute__((__noreturn__));
#define setjmp(where) setjmp(where)

/* newlib's longjmp() would have setjmp() return 0 again. */
static __inline__ int __lwd_jump_value(int __value)
{
    return __value ? __value : 1;
}
#define longjmp(where, value) longjmp((where), __lwd_jump_value(value))

#if __POSIX_VISIBLE
typedef struct {
    jmp_buf __registers;
    int __saved;
    __sigset_t __blocked;
} sigjmp_buf[1];

void __lwd_save_signals(sigjmp_buf, int);
void siglongjmp(sigjmp_buf, int) __attribute__((__noreturn__));
#define sigsetjmp(where, save) (__lwd_save_signals((where), (save)), setjmp((where)->__registers))
#endif

#if __BSD_VISIBLE || __XSI_VISIBLE
#define _setjmp(where) setjmp(where)
#define _longjmp(where, value) longjmp((where), (value))
#endif

#ifdef __cplusplus
}
#endif
#endif
