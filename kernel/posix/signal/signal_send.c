/*
 * From sending a signal to the thread that handles it. A signal is pending once at a time: what is sent meanwhile adds
 * nothing to it (sigqueue() says so).
 */
#include <errno.h>
#include <string.h>

#include "posix/result.h"
#include "posix/signal/signals.h"
#include "posix/thread/thread.h"
#include "sched/wait.h"

/* Sent to the process. */
static sigset_t process_pending;
static struct signal_origin origins[NSIG];

static struct signal_thread *state_of(struct thread *thread)
{
    return thread_local_of(thread, signal_thread);
}

sigset_t signal_pending(void)
{
    return signal_thread.pending | process_pending;
}

static enum interruption interrupt(void)
{
    return signal_deliver();
}

void signal_arrange(struct thread *thread)
{
    struct signal_thread *state = state_of(thread);

    thread->interrupt = (state->pending | process_pending) & ~state->blocked ? interrupt : NULL;
}

/* --- taking --- */

static void describe(siginfo_t *info, int signal, struct signal_origin origin)
{
    memset(info, 0, sizeof *info);
    info->si_signo = signal;
    info->si_code = origin.code;
    info->si_pid = 1;
    info->si_value = origin.value;
}

int signal_take(sigset_t set, siginfo_t *info)
{
    struct signal_thread *own = &signal_thread;
    sigset_t found = signal_pending() & set;

    if (!found)
        return 0;
    int signal = __builtin_ctzl(found) + 1;

    if (own->pending & SIGNAL_BIT(signal)) {
        own->pending &= ~SIGNAL_BIT(signal);
        describe(info, signal, (struct signal_origin){ .code = SI_TKILL });
    } else {
        process_pending &= ~SIGNAL_BIT(signal);
        describe(info, signal, origins[signal]);
    }
    return signal;
}

static void forget_in(struct thread *thread, void *bit)
{
    if (!thread->program)
        return;
    state_of(thread)->pending &= ~*(const sigset_t *)bit;
    signal_arrange(thread);
}

void signal_forget(int signal)
{
    sigset_t bit = SIGNAL_BIT(signal);

    process_pending &= ~bit;
    thread_visit_all(forget_in, &bit);
}

enum interruption signal_deliver(void)
{
    enum interruption all = NOT_INTERRUPTED;
    siginfo_t info;
    int signal;

    while ((signal = signal_take(~signal_thread.blocked, &info))) {
        enum interruption one = signal_handle(signal, &info, NULL);

        all = all > one ? all : one;
    }
    signal_arrange(thread_self());
    return all;
}

/* --- sending --- */

static bool accepts(struct thread *thread, int signal)
{
    return state_of(thread)->accepts & SIGNAL_BIT(signal);
}

struct search {
    int signal;
    struct thread *accepting, *able;
};

static void consider(struct thread *thread, void *context)
{
    struct search *search = context;

    if (!thread->program)
        return;
    if (!search->accepting && accepts(thread, search->signal))
        search->accepting = thread;
    if (!search->able && !(state_of(thread)->blocked & SIGNAL_BIT(search->signal)))
        search->able = thread;
}

/* Who handles a signal of the process: who waits for it, the sender, any. */
static struct thread *find_thread(int signal)
{
    struct thread *self = thread_self();
    struct search search = { .signal = signal };

    thread_visit_all(consider, &search);
    if (search.accepting)
        return search.accepting;
    if (self->program && !(signal_thread.blocked & SIGNAL_BIT(signal)))
        return self;
    return search.able;
}

/* Nobody would notice. One that is blocked stays, since that may change before it is delivered. */
static bool is_ignored(struct thread *thread, int signal)
{
    const struct sigaction *action = &signal_actions[signal];
    bool ignored = action->sa_handler == SIG_IGN ||
                   (action->sa_handler == SIG_DFL && signal_is_ignored_by_default(signal));

    return ignored && thread && !(state_of(thread)->blocked & SIGNAL_BIT(signal)) && !accepts(thread, signal);
}

int signal_send(struct thread *thread, int signal, struct signal_origin origin)
{
    struct thread *target = thread ? thread : find_thread(signal);

    if (SIGNALS_FIXED & SIGNAL_BIT(signal))
        signal_act_by_default(signal);
    if (is_ignored(target, signal))
        return 0;
    if (thread) {
        state_of(thread)->pending |= SIGNAL_BIT(signal);
    } else {
        if ((process_pending & SIGNAL_BIT(signal)) && origin.code == SI_QUEUE)
            return -EAGAIN;
        process_pending |= SIGNAL_BIT(signal);
        origins[signal] = origin;
    }
    if (!target)
        return 0;
    if (target == thread_self()) {
        signal_deliver();
        return 0;
    }
    signal_arrange(target);
    if (target->interrupt || accepts(target, signal))
        thread_wake(target);
    return 0;
}

int sigqueue(pid_t process, int signal, const union sigval value)
{
    if (process != 1 && process != 0)
        return (int)posix_result(-ESRCH);
    if (signal < 0 || signal >= NSIG)
        return (int)posix_result(-EINVAL);
    signals_use();
    return signal ? (int)posix_result(signal_send(NULL, signal, (struct signal_origin){ SI_QUEUE, value })) : 0;
}

/* --- for signal.c --- */

static void abort_by_handler(void)
{
    siginfo_t info;

    if (signal_actions[SIGABRT].sa_handler == SIG_DFL || signal_actions[SIGABRT].sa_handler == SIG_IGN)
        return;
    signal_thread.blocked &= ~SIGNAL_BIT(SIGABRT);
    describe(&info, SIGABRT, (struct signal_origin){ .code = SI_TKILL });
    signal_handle(SIGABRT, &info, NULL);
    signal_actions[SIGABRT].sa_handler = SIG_DFL;
}

static bool send_from_outside(int signal)
{
    struct thread *target = find_thread(signal);

    if (signal_actions[signal].sa_handler == SIG_DFL && target && !accepts(target, signal))
        return false;
    signal_send(NULL, signal, (struct signal_origin){ .code = SI_USER });
    return true;
}

static void change_mask(const sigset_t *set, sigset_t *old)
{
    struct signal_thread *own = &signal_thread;

    if (old)
        *old = own->blocked;
    own->blocked = *set & ~SIGNALS_FIXED;
    signal_arrange(thread_self());
    /* At the end what is pending is delivered; at the beginning the call's own wait does it, and then ends. */
    if (!old)
        signal_deliver();
}

void signals_use(void)
{
    static const struct signal_operations operations = {
        .send = signal_send,
        .abort = abort_by_handler,
        .send_from_outside = send_from_outside,
        .change_mask = change_mask,
    };

    signal_operations = &operations;
}
