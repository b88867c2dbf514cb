/*
 * Who the running thread is, for crash reports; and the report about a program whose threads all wait for each other.
 *
 * There is no hope when all threads of the program are blocked, none with a deadline and none on a queue that events from
 * outside wake. Services of the kernel do not count, since they wait for work, with one exception: a lock that one of them
 * holds.
 */
#include "arch/x86_64/platform.h"
#include "core/format.h"
#include "core/log.h"
#include "core/panic.h"
#include "sched/cpu.h"
#include "sched/wait.h"

/* Other threads that a report shows, so that the host side keeps it whole. */
#define MOST_SHOWN 24

static struct thread *holder_of(const struct wait_queue *queue)
{
    if (!queue || !queue->kind || !queue->kind->holder)
        return NULL;
    return queue->kind->holder(queue);
}

/* "main", and where it waits "main (waits for a mutex of thread-2, at 0x10123450)". */
static const char *describe(const struct thread *thread)
{
    static char text[160];
    char own[24], others[24];
    const struct wait_queue *queue = thread->waits_on;

    if (thread->state != THREAD_BLOCKED || !queue || !queue->kind)
        return thread_name(thread, text, sizeof text);
    const struct thread *holder = holder_of(queue);
    const char *holder_name = "";

    if (holder)
        holder_name = thread_exists(holder) ? thread_name(holder, others, sizeof others) : "a thread that has ended";
    format_text(text, sizeof text, "%s (waits for %s%s%s, at 0x%lx)", thread_name(thread, own, sizeof own),
                queue->kind->what, holder ? " of " : "", holder_name, (uintptr_t)queue - queue->kind->offset);
    return text;
}

/* The thread that a report is about, if it is not the one that runs: in a dead lock that may be a service. */
static const struct thread *subject;

static const char *describe_subject(uintptr_t *stack_low, uintptr_t *stack_high)
{
    const struct thread *thread = subject ? subject : thread_self();

    *stack_low = thread->stack.low;
    *stack_high = thread->stack.high;
    return describe(thread);
}

void deadlock_init(void)
{
    crash_hooks.thread = describe_subject;
}

/* --- the report --- */

static void count_hope(struct thread *thread, void *context)
{
    unsigned *hope = context;
    struct thread *holder = thread->program ? holder_of(thread->waits_on) : NULL;

    if (holder && thread_exists(holder) && !holder->program)
        ++*hope;
}

static void find_subject(struct thread *thread, void *unused)
{
    (void)unused;
    if (thread->program && !subject)
        subject = thread;
}

static void show_backtrace(const struct thread *thread)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

    if (thread != thread_self()) {
        crash_print_address(context_return_address(thread->stack_pointer));
        frame = context_frame_pointer(thread->stack_pointer);
    }
    crash_print_backtrace(frame, thread->stack.low, thread->stack.high);
}

static void show_other(struct thread *thread, void *context)
{
    unsigned *shown = context;

    if (!thread->program || thread == subject || ++*shown > MOST_SHOWN)
        return;
    log_line("thread %s", describe(thread));
    show_backtrace(thread);
}

void deadlock_check(void)
{
    unsigned programs = this_cpu()->programs, hope = 0, shown = 0;

    thread_visit_all(count_hope, &hope);
    if (hope)
        return;
    thread_visit_all(find_subject, NULL);
    if (programs == 1)
        crash_begin(CRASH_ABORT, "deadlock: the only thread waits for what no other can do");
    else
        crash_begin(CRASH_ABORT, "deadlock: all %u threads wait for each other", programs);
    show_backtrace(subject);
    thread_visit_all(show_other, &shown);
    if (shown > MOST_SHOWN)
        log_line("(%u more threads)", shown - MOST_SHOWN);
    crash_finish();
}
