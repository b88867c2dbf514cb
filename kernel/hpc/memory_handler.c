/*
 * lwd/memory.h: page faults that the application answers. The handler runs within the exception, on the stack of what
 * faulted, as handlers of signals do; it may block there, and then the fault waits with it.
 */
#include "lwd/memory.h"

#include <errno.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/traps.h"
#include "core/bits.h"
#include "core/panic.h"
#include "hpc/memory.h"
#include "mm/fault.h"
#include "mm/region.h"
#include "sched/own.h"
#include "sched/wait.h"
#include "xen/evtchn.h"

/* A page that a handler is being asked for; on the stack of the thread that asks. */
struct question {
    uintptr_t page;
    struct thread *thread;
    struct question *next;
};

static struct question *questions;

static const struct wait_kind answer = { .what = "a page that another thread is fetching" };
static struct wait_queue answered = WAIT_QUEUE_OF(&answer);

static struct question *find_question(uintptr_t page)
{
    struct question *question = questions;

    while (question && question->page != page)
        question = question->next;
    return question;
}

static void end_question(struct question *question)
{
    struct question **link = &questions;

    while (*link != question)
        link = &(*link)->next;
    *link = question->next;
    wait_wake_all(&answered);
}

/* The end of a report, after crash_begin(): where the page was touched, and how that came about. */
static _Noreturn void report_touch(const struct trap_frame *frame)
{
    crash_print_address(frame->rip);
    crash_end(frame->rbp);
}

static SELDOM _Noreturn void report_nothing_shown(const struct trap_frame *frame, uintptr_t page, bool write)
{
    crash_begin(CRASH_BUS, "the handler of the page at 0x%lx returned 0, but the page cannot be %s", page,
                write ? "written" : "read");
    report_touch(frame);
}

static SELDOM _Noreturn void report_own_touch(const struct trap_frame *frame, uintptr_t page)
{
    crash_begin(CRASH_BUS, "the handler of the page at 0x%lx has touched that page itself", page);
    report_touch(frame);
}

static SELDOM _Noreturn void report_no_waiting(const struct trap_frame *frame, uintptr_t page)
{
    crash_begin(CRASH_BUS, "the page at 0x%lx has to be fetched by its handler, but was touched where nothing may block", page);
    report_touch(frame);
}

static int call_handler(const struct region *region, uintptr_t page, bool write, const struct trap_frame *frame)
{
    struct question question = { page, thread_self(), questions };
    int *error = &errno, kept = *error;

    questions = &question;
    thread_own(locks)++;
    int result = region->handler.function(region->handler.argument, (void *)page, write ? LWD_MEMORY_WRITE : LWD_MEMORY_READ);

    thread_own(locks)--;
    end_question(&question);
    *error = kept;
    if (result == 0 && fault_needs_handler(page, write))
        report_nothing_shown(frame, page, write);
    return result;
}

static int answer_fault(const struct region *region, uintptr_t page, bool write, const struct trap_frame *frame)
{
    const struct question *question = find_question(page);

    if (question && question->thread == thread_self())
        report_own_touch(frame, page);
    if (!question)
        return call_handler(region, page, write, frame);
    wait_for(&answered, !find_question(page));
    /* It is tried again, and may have to be fetched again. */
    return 0;
}

/* Around everything that may use vector registers, which are those of what faulted. */
static void ask(const struct region *region, uintptr_t address, bool write, struct trap_frame *frame)
{
    uintptr_t page = ALIGN_DOWN(address, (uintptr_t)PAGE_SIZE);
    char vectors[cpu_vector_state_size + CPU_VECTOR_ALIGNMENT];
    void *area = (void *)ALIGN_UP((uintptr_t)vectors, CPU_VECTOR_ALIGNMENT);

    if (evtchn_is_dispatching)
        report_no_waiting(frame, page);
    cpu_save_vectors(area);
    int result = answer_fault(region, page, write, frame);

    cpu_restore_vectors(area);
    if (result)
        trap_unresolved(frame, address);
}

int lwd_memory_set_handler(void *at, size_t size, lwd_memory_handler handler, void *argument)
{
    uintptr_t start = (uintptr_t)at;
    int error = memory_open(at, size);

    if (error)
        return error;
    fault_ask = ask;
    for (struct region *region = book_find(start); region && region->start < start + size; region = region->next)
        region->handler = (struct region_handler){ handler, argument };
    return 0;
}
