/*
 * sigsetjmp() and siglongjmp(): newlib's, and the signals that were blocked.
 */
#include <setjmp.h>

#include "posix/signal/signals.h"

void __lwd_save_signals(sigjmp_buf where, int save)
{
    where->__saved = save;
    where->__blocked = signal_thread.blocked;
}

_Noreturn void siglongjmp(sigjmp_buf where, int value)
{
    if (where->__saved)
        signal_change_mask(SIG_SETMASK, &where->__blocked, NULL);
    longjmp(where->__registers, value);
}
