/*
 * What is set for signals, and carrying it out.
 */
#include <errno.h>
#include <stddef.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "posix/result.h"
#include "posix/signal/signals.h"

struct sigaction signal_actions[NSIG];

/* --- calling a handler --- */

struct call {
    const struct sigaction *action;
    int signal;
    siginfo_t *info;
    ucontext_t *context;
};

static void call_handler(void *argument)
{
    const struct call *call = argument;

    if (call->action->sa_flags & SA_SIGINFO)
        call->action->sa_sigaction(call->signal, call->info, call->context);
    else
        call->action->sa_handler(call->signal);
}

static bool is_on(const stack_t *stack, uintptr_t pointer)
{
    return stack->ss_sp && pointer - (uintptr_t)stack->ss_sp < stack->ss_size;
}

/* Where the handler's frames go: the alternate stack, or where we are. */
static uintptr_t find_stack(const struct sigaction *action)
{
    const stack_t *alternate = &signal_thread.alternate;
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    if (!(action->sa_flags & SA_ONSTACK) || !alternate->ss_sp || is_on(alternate, here))
        return 0;
    return (uintptr_t)alternate->ss_sp + alternate->ss_size;
}

static bool is_handler(const struct sigaction *action)
{
    return action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN;
}

enum interruption signal_handle(int signal, siginfo_t *info, ucontext_t *context)
{
    struct sigaction action = signal_actions[signal];
    struct signal_thread *own = &signal_thread;

    if (action.sa_handler == SIG_IGN)
        return NOT_INTERRUPTED;
    if (!is_handler(&action)) {
        signal_act_by_default(signal);
        return NOT_INTERRUPTED;
    }
    ucontext_t nothing = { .uc_flags = 0 };

    if (!context)
        context = &nothing;
    context->uc_sigmask = own->blocked;
    context->uc_stack = own->alternate;
    if (action.sa_flags & SA_RESETHAND)
        signal_actions[signal].sa_handler = SIG_DFL;
    own->blocked |= action.sa_mask & ~SIGNALS_FIXED;
    if (!(action.sa_flags & SA_NODEFER))
        own->blocked |= SIGNAL_BIT(signal);
    signal_arrange(thread_self());
    struct call call = { &action, signal, info, context };

    call_on_stack(call_handler, &call, find_stack(&action));
    own->blocked = context->uc_sigmask & ~SIGNALS_FIXED;
    signal_arrange(thread_self());
    return action.sa_flags & SA_RESTART ? INTERRUPTED_RESTARTS : INTERRUPTED;
}

/* --- setting it --- */

int sigaction(int signal, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    if (!signal_is_valid(signal) || (action && (SIGNALS_FIXED & SIGNAL_BIT(signal))))
        return (int)posix_result(-EINVAL);
    struct sigaction *own = &signal_actions[signal];
    struct sigaction before = *own;

    if (action) {
        signals_use();
        signal_catch_faults();
        *own = *action;
        if (!is_handler(own) && (own->sa_handler == SIG_IGN || signal_is_ignored_by_default(signal)))
            signal_forget(signal);
    }
    if (old)
        *old = before;
    return 0;
}

_sig_func_ptr signal(int signal, _sig_func_ptr handler)
{
    struct sigaction action = { .sa_flags = SA_RESTART }, old;

    action.sa_handler = handler;
    return sigaction(signal, &action, &old) ? SIG_ERR : old.sa_handler;
}

int sigignore(int number)
{
    return signal(number, SIG_IGN) == SIG_ERR ? -1 : 0;
}

/* XSI: what sighold() and signal() do, in one. */
_sig_func_ptr sigset(int number, _sig_func_ptr handler)
{
    sigset_t set = 0, before;
    struct sigaction old;

    if (!signal_is_valid(number) || sigaddset(&set, number) || sigaction(number, NULL, &old)) {
        errno = EINVAL;
        return SIG_ERR;
    }
    if (handler != SIG_HOLD && signal(number, handler) == SIG_ERR)
        return SIG_ERR;
    sigprocmask(handler == SIG_HOLD ? SIG_BLOCK : SIG_UNBLOCK, &set, &before);
    return sigismember(&before, number) ? SIG_HOLD : old.sa_handler;
}

int siginterrupt(int signal, int interrupts)
{
    struct sigaction action;

    if (sigaction(signal, NULL, &action))
        return -1;
    action.sa_flags = interrupts ? action.sa_flags & ~SA_RESTART : action.sa_flags | SA_RESTART;
    return sigaction(signal, &action, NULL);
}

int sigaltstack(const stack_t *restrict stack, stack_t *restrict old)
{
    stack_t *own = &signal_thread.alternate;
    bool in_use = is_on(own, (uintptr_t)__builtin_frame_address(0));

    if (old) {
        *old = *own;
        old->ss_flags = !own->ss_sp ? SS_DISABLE : in_use ? SS_ONSTACK : 0;
    }
    if (!stack)
        return 0;
    if (in_use)
        return (int)posix_result(-EPERM);
    if (stack->ss_flags & ~(SS_DISABLE | SS_ONSTACK))
        return (int)posix_result(-EINVAL);
    if (!(stack->ss_flags & SS_DISABLE) && stack->ss_size < MINSIGSTKSZ)
        return (int)posix_result(-ENOMEM);
    *own = stack->ss_flags & SS_DISABLE ? (stack_t){ .ss_sp = NULL } : *stack;
    return 0;
}
