/*
 * The scheduler's mechanism: states, switching, sleeping until a time. Order is the policy's.
 */
#include "sched/thread.h"

#include <errno.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/bits.h"
#include "core/panic.h"
#include "sched/policy.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"

/* The image's initial thread-local variables (image.lds); the sizes are the symbols' addresses. */
extern char tls_data_start[], tls_data_size[], tls_size[];

#define TLS_ALIGNMENT 64

/* What each vCPU has of its own; reached through this_cpu() alone. */
static struct cpu {
    const struct sched_policy *policy;
    struct list sleepers;       /* by deadline, the earliest first */
    struct list threads;
    struct thread *ended;       /* whose stack is to be freed once another one runs */
    uint64_t timer;             /* what the one-shot timer is set to */
} boot_cpu = {
    .policy = &sched_fifo,
    .sleepers = LIST_INIT(boot_cpu.sleepers),
    .threads = LIST_INIT(boot_cpu.threads),
    .timer = NO_DEADLINE,
};

static struct cpu *this_cpu(void)
{
    return &boot_cpu;
}

static void make_ready(struct thread *thread)
{
    thread->state = THREAD_READY;
    this_cpu()->policy->enqueue(thread);
}

static void set_timer(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t earliest = NO_DEADLINE;

    if (!list_empty(&cpu->sleepers))
        earliest = list_first(&cpu->sleepers, struct thread, sleepers)->deadline;
    /* A timer that comes too early only finds nobody to wake. */
    if (earliest < cpu->timer) {
        cpu->timer = earliest;
        clock_set_timer(earliest);
    }
}

static void timer_fired(void *unused)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = clock_monotonic();

    (void)unused;
    cpu->timer = NO_DEADLINE;
    while (!list_empty(&cpu->sleepers)) {
        struct thread *thread = list_first(&cpu->sleepers, struct thread, sleepers);

        if (thread->deadline > now)
            break;
        thread->timed_out = true;
        thread_wake(thread);
    }
    set_timer();
}

static void free_ended(void)
{
    struct thread *ended = this_cpu()->ended;

    if (ended) {
        struct stack stack = ended->stack;

        this_cpu()->ended = NULL;
        stack_free(&stack);
    }
}

static void switch_to(struct thread *next)
{
    struct thread *self = thread_self();

    next->state = THREAD_RUNNING;
    if (next == self)
        return;
    set_thread_pointer((uintptr_t)next);
    context_switch(&self->stack_pointer, next->stack_pointer);
    free_ended();
}

/* Runs the next ready thread, which may be the caller; sleeps in the hypervisor while there is none. */
static void schedule(void)
{
    for (;;) {
        if (evtchn_pending())
            evtchn_dispatch();
        struct thread *next = this_cpu()->policy->pick();

        if (likely(next != NULL)) {
            switch_to(next);
            return;
        }
        domain_block();
    }
}

void thread_yield(void)
{
    make_ready(thread_self());
    schedule();
}

void thread_poll(void)
{
    if (evtchn_pending())
        thread_yield();
}

static void insert_sleeper(struct thread *thread, uint64_t deadline)
{
    struct cpu *cpu = this_cpu();
    struct thread *later;

    thread->deadline = deadline;
    list_for_each(later, &cpu->sleepers, sleepers)
        if (later->deadline > deadline)
            break;
    list_insert(&later->sleepers, &thread->sleepers);
    set_timer();
}

bool thread_block(uint64_t deadline)
{
    struct thread *self = thread_self();

    self->state = THREAD_BLOCKED;
    self->timed_out = false;
    if (deadline != NO_DEADLINE)
        insert_sleeper(self, deadline);
    schedule();
    return !self->timed_out;
}

void thread_wake(struct thread *thread)
{
    if (thread->state != THREAD_BLOCKED)
        return;
    list_remove(&thread->sleepers);
    make_ready(thread);
}

_Noreturn void thread_exit(void)
{
    struct thread *self = thread_self();

    list_remove(&self->all);
    self->state = THREAD_ENDED;
    this_cpu()->ended = self;
    schedule();
    panic("a thread that has ended was run again");
}

static void run_thread(void *argument)
{
    struct thread *self = argument;

    free_ended();
    self->function(self->argument);
    thread_exit();
}

/* Places the thread-local variables and the struct thread on top of a new stack; what is left below is the stack. */
static struct thread *place_thread(const struct stack *stack)
{
    uintptr_t pointer = ALIGN_DOWN(stack->high - sizeof(struct thread), (uintptr_t)TLS_ALIGNMENT);
    char *variables = (char *)pointer - (size_t)tls_size;

    memset(variables, 0, stack->high - (uintptr_t)variables);
    memcpy(variables, tls_data_start, (size_t)tls_data_size);
    struct thread *thread = (struct thread *)pointer;

    thread->self = thread;
    thread->stack = *stack;
    thread->stack_pointer =
        context_prepare(ALIGN_DOWN((uintptr_t)variables, (uintptr_t)16), run_thread, thread);
    return thread;
}

static struct thread *new_thread(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    struct stack stack;

    if (stack_alloc(stack_bytes + (size_t)tls_size + sizeof(struct thread) + TLS_ALIGNMENT, &stack))
        return NULL;
    struct thread *thread = place_thread(&stack);

    thread->name = name;
    thread->function = function;
    thread->argument = argument;
    list_init(&thread->queue);
    list_init(&thread->sleepers);
    list_insert(&this_cpu()->threads, &thread->all);
    return thread;
}

int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    struct thread *thread = new_thread(name, function, argument, stack_bytes);

    if (!thread)
        return -ENOMEM;
    make_ready(thread);
    return 0;
}

static const char *describe_thread(uintptr_t *stack_low, uintptr_t *stack_high)
{
    struct thread *self = thread_self();

    *stack_low = self->stack.low;
    *stack_high = self->stack.high;
    return self->name;
}

_Noreturn void sched_start(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    struct thread *first = new_thread(name, function, argument, stack_bytes);
    uintptr_t boot_stack;

    panic_if(!first, "no memory for the first thread's stack of %zu bytes", stack_bytes);
    panic_if(evtchn_bind_virq(VIRQ_TIMER, timer_fired, NULL) < 0, "no event channel for the timer");
    first->state = THREAD_RUNNING;
    set_thread_pointer((uintptr_t)first);
    crash_hooks.thread = describe_thread;
    context_switch(&boot_stack, first->stack_pointer);
    __builtin_unreachable();
}
