/*
 * How threads begin and end. A thread's stack carries, from the top: its struct thread, its thread-local variables, its
 * frames.
 */
#include <errno.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/format.h"
#include "core/panic.h"
#include "sched/cpu.h"
#include "xen/clock.h"

/* The image's initial thread-local variables (image.lds); these symbols' addresses are the numbers. */
extern char tls_data_start[], tls_data_size[], tls_size[], tls_align[];

/* What is left for frames on a stack of the caller's must be worth the name. */
#define LEAST_STACK 2048

static unsigned last_number;

static void list_thread(struct cpu *cpu, struct thread *thread)
{
    list_insert(&cpu->threads, &thread->all);
    cpu->programs += thread->program;
}

static void unlist_thread(struct cpu *cpu, struct thread *thread)
{
    list_remove(&thread->all);
    cpu->programs -= thread->program;
}

/* --- the beginning --- */

static void run_thread(void *argument)
{
    struct thread *self = argument;

    self->function(self->argument);
    thread_exit();
}

/* Bytes on top of a stack that are not for frames, at the most. */
static size_t overhead(void)
{
    return (size_t)tls_size + (size_t)tls_align + sizeof(struct thread);
}

/* What the ABI of thread-local variables wants: struct thread aligned as they are, and they right below it. */
static struct thread *place_thread(const struct stack *stack)
{
    uintptr_t pointer = ALIGN_DOWN(stack->high - sizeof(struct thread), (uintptr_t)tls_align);
    char *variables = (char *)pointer - (size_t)tls_size;

    memset(variables, 0, pointer + sizeof(struct thread) - (uintptr_t)variables);
    memcpy(variables, tls_data_start, (size_t)tls_data_size);
    struct thread *thread = (struct thread *)pointer;

    thread->self = thread;
    thread->stack = *stack;
    thread->stack_pointer =
        context_prepare(ALIGN_DOWN((uintptr_t)variables, (uintptr_t)16), run_thread, thread);
    return thread;
}

static int find_stack(const struct thread_options *options, struct stack *stack)
{
    if (!options->stack)
        return stack_alloc(options->stack_bytes + overhead(), stack);
    if (options->stack_bytes < overhead() + LEAST_STACK)
        return -EINVAL;
    *stack = (struct stack){ (uintptr_t)options->stack, (uintptr_t)options->stack + options->stack_bytes };
    return 0;
}

int thread_make(const struct thread_options *options, struct thread **made)
{
    struct cpu *cpu = this_cpu();
    struct stack stack;

    if (cpu->ended)
        free_ended(cpu);
    int error = find_stack(options, &stack);

    if (error)
        return error;
    struct thread *thread = place_thread(&stack);

    thread->state = THREAD_BLOCKED;
    thread->deadline = NO_DEADLINE;
    thread->stack_is_callers = options->stack != NULL;
    thread->program = options->program;
    thread->kept = options->kept;
    thread->number = ++last_number;
    thread->name = options->name;
    thread->function = options->function;
    thread->argument = options->argument;
    list_thread(cpu, thread);
    *made = thread;
    return 0;
}

int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    struct thread_options options = {
        .name = name, .function = function, .argument = argument, .stack_bytes = stack_bytes,
    };
    struct thread *thread;
    int error = thread_make(&options, &thread);

    if (!error)
        thread_wake(thread);
    return error;
}

SELDOM _Noreturn void sched_start(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    struct thread_options options = {
        .name = name, .function = function, .argument = argument, .stack_bytes = stack_bytes,
        .program = true, .kept = true,
    };
    struct thread *first;
    uintptr_t boot_stack;

    panic_if(thread_make(&options, &first), "no memory for the first thread's stack of %zu bytes", stack_bytes);
    timer_init();
    cpu_note_change(this_cpu());
    this_cpu()->started = clock_monotonic();
    first->state = THREAD_READY;
    set_thread_pointer((uintptr_t)first);
    deadlock_init();
    context_switch(&boot_stack, first->stack_pointer);
    __builtin_unreachable();
}

/* --- the end --- */

static void release(struct thread *thread)
{
    struct stack stack = thread->stack;

    if (!thread->stack_is_callers)
        stack_free(&stack);
}

void free_ended(struct cpu *cpu)
{
    struct thread *ended = cpu->ended;

    cpu->ended = NULL;
    release(ended);
}

_Noreturn void thread_exit(void)
{
    struct thread *self = thread_self();
    struct cpu *cpu = this_cpu();

    unlist_thread(cpu, self);
    self->state = THREAD_ENDED;
    if (cpu->ended)
        free_ended(cpu);
    /* Not before it has left its stack. */
    if (!self->kept)
        cpu->ended = self;
    schedule();
    panic("a thread that has ended was run again");
}

void thread_free(struct thread *thread)
{
    panic_if(thread->state != THREAD_ENDED, "freeing a thread that has not ended");
    release(thread);
}

/* --- the list of all --- */

bool thread_exists(const struct thread *thread)
{
    struct thread *other;

    list_for_each(other, &this_cpu()->threads, all)
        if (other == thread)
            return true;
    return false;
}

unsigned thread_count_program(void)
{
    return this_cpu()->programs;
}

void thread_visit_all(void (*visit)(struct thread *thread, void *context), void *context)
{
    struct thread *thread;

    list_for_each(thread, &this_cpu()->threads, all)
        visit(thread, context);
}

const char *thread_name(const struct thread *thread, char *text, size_t size)
{
    if (thread->name)
        return thread->name;
    format_text(text, size, "thread-%u", thread->number);
    return text;
}

void thread_set_name(struct thread *thread, const char *name)
{
    thread->name = name;
    if (this_cpu()->watcher)
        this_cpu()->watcher->is_named(thread);
}

/* --- the end of the program --- */

static struct thread *ender;
static const struct lwd_sched_policy *policy_before;

static bool may_still_run(const struct thread *thread)
{
    return thread == ender || !thread->program || thread->locks;
}

/* All others are taken off the queue and forgotten. */
static struct thread *pick_while_ending(void)
{
    struct thread *thread;

    do
        thread = policy_before->pick();
    while (thread && !may_still_run(thread));
    return thread;
}

SELDOM void sched_end_program(void)
{
    static struct lwd_sched_policy ending;
    struct cpu *cpu = this_cpu();

    while (ender)
        thread_block(NO_DEADLINE);
    ender = thread_self();
    policy_before = cpu->policy;
    ending = *cpu->policy;
    ending.pick = pick_while_ending;
    cpu->policy = &ending;
    cpu_note_change(cpu);
    /* There is no dead lock to be found any more. */
    cpu->programs = 0;
}
