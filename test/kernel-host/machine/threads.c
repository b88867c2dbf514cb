/*
 * The machine's threads: flows of this process, switched by the kernel's own context_switch() where the kernel would do
 * so, and a clock that stands still while any of them runs.
 */
#include "machine.h"

#include <sanitizer/common_interface_defs.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bits.h"
#include "core/log.h"
#include "sched/thread.h"
#include "xen/clock.h"
#include "xen/domain.h"
#include "xen/evtchn.h"

#define MAX_THREADS 4
#define STACK (256 << 10)
/* Without end of `turn`s: the test itself is wrong. */
#define MAX_TURNS 1000000

struct flow {
    struct thread thread;
    char *stack;
    void *fake_stack;
};

struct thread *machine_running;
bool (*machine_turn)(void);

static struct flow flows[MAX_THREADS];
static unsigned flow_count = 1;
static const void *first_stack;
static size_t first_stack_size;
static uint64_t now = 1000000000;

void machine_fail(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("machine: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

/* --- time --- */

uint64_t clock_monotonic(void)
{
    return now;
}

void machine_advance(uint64_t nanoseconds)
{
    now += nanoseconds;
}

/* The whole domain sleeps, whatever its threads are at: until something happens, or for as long as nothing does. */
void domain_poll(evtchn_port_t port, uint64_t deadline)
{
    (void)port;
    if (!store_serve() && !(machine_turn && machine_turn()))
        now = MAX(now, deadline);
}

/* --- switching --- */

static void arrive(struct flow *flow)
{
    const void *bottom;
    size_t size;

    __sanitizer_finish_switch_fiber(flow->fake_stack, &bottom, &size);
    if (!first_stack) {
        first_stack = bottom;
        first_stack_size = size;
    }
}

static void switch_to(struct flow *next)
{
    struct flow *self = (struct flow *)machine_running;

    if (next == self)
        return;
    machine_running = &next->thread;
    if (next->stack)
        __sanitizer_start_switch_fiber(&self->fake_stack, next->stack, STACK);
    else
        __sanitizer_start_switch_fiber(&self->fake_stack, first_stack, first_stack_size);
    context_switch(&self->thread.stack_pointer, next->thread.stack_pointer);
    arrive(self);
}

static void begin(void *argument)
{
    struct flow *self = argument;

    arrive(self);
    self->thread.function(self->thread.argument);
    machine_fail("the thread %s has ended", self->thread.name);
}

int thread_create(const char *name, void (*function)(void *), void *argument, size_t stack_bytes)
{
    (void)stack_bytes;
    if (flow_count == MAX_THREADS)
        machine_fail("too many threads");
    struct flow *flow = &flows[flow_count++];

    flow->thread = (struct thread){
        .name = name, .function = function, .argument = argument, .state = THREAD_READY, .deadline = NO_DEADLINE,
    };
    flow->stack = malloc(STACK);
    flow->thread.stack_pointer = context_prepare((uintptr_t)flow->stack + STACK, begin, flow);
    return 0;
}

static struct flow *find_ready(void)
{
    static unsigned last;

    for (unsigned i = 1; i <= flow_count; i++) {
        struct flow *flow = &flows[(last + i) % flow_count];

        if (flow->thread.state == THREAD_READY) {
            last = (last + i) % flow_count;
            return flow;
        }
    }
    return NULL;
}

/* The earliest sleeper's time has come. */
static bool pass_time(void)
{
    struct thread *first = NULL;

    for (unsigned i = 0; i < flow_count; i++)
        if (!first || flows[i].thread.deadline < first->deadline)
            first = &flows[i].thread;
    if (first->deadline == NO_DEADLINE)
        return false;
    if (first->deadline > now)
        now = first->deadline;
    first->timed_out = true;
    first->state = THREAD_READY;
    return true;
}

void schedule(void)
{
    struct flow *next;

    for (unsigned turns = 0;; turns++) {
        if (evtchn_pending())
            evtchn_dispatch();
        next = find_ready();
        if (next)
            break;
        if (turns == MAX_TURNS)
            machine_fail("no end of events");
        if (!store_serve() && !(machine_turn && machine_turn()) && !pass_time())
            machine_fail("every thread waits, and nothing will wake one");
    }
    switch_to(next);
}

bool thread_block(uint64_t deadline)
{
    struct thread *self = thread_self();

    self->timed_out = false;
    self->deadline = deadline;
    self->state = THREAD_BLOCKED;
    schedule();
    self->deadline = NO_DEADLINE;
    return !self->timed_out;
}

void thread_poll(void)
{
    if (evtchn_pending())
        evtchn_dispatch();
}

void thread_wake(struct thread *thread)
{
    if (thread->state == THREAD_BLOCKED)
        thread->state = THREAD_READY;
}

/* What the drivers have to say is for people. */
static void say_nothing(const char *text, size_t length)
{
    (void)text;
    (void)length;
}

void machine_run(void (*function)(void *argument), void *argument)
{
    struct flow *first = &flows[0];

    first->thread.name = "main";
    first->thread.deadline = NO_DEADLINE;
    first->thread.state = THREAD_READY;
    machine_running = &first->thread;
    log_set_sink(say_nothing);
    function(argument);
}
