/*
 * The recording of lwd/trace.h: a ring in memory that nobody in the domain reads. So there is nothing to be done at the
 * domain's end, and a crash leaves the recording as any other end does.
 */
#include <lwd/trace.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/x86_64/platform.h"
#include "core/format.h"
#include "core/log.h"
#include "drivers/xenstore.h"
#include "hpc/trace_form.h"
#include "mm/frame.h"
#include "sched/cpu.h"
#include "sched/wait.h"
#include "xen/evtchn.h"

#define LEAST_ORDER 2
#define MOST_ORDER 8
#define NAMES_ORDER 2

static struct {
    struct trace_header *header;
    char (*texts)[TRACE_TEXT_BYTES];
    struct trace_name *names;
    struct trace_record *records;
    uint64_t mask;              /* their number, less one */
    const char *known[TRACE_TEXTS];
    unsigned known_count;
    evtchn_port_t handled;      /* the port whose handler runs, or 0 */
} trace = { .known_count = 1 };

static struct trace_record *add(enum trace_kind kind, uint32_t thread)
{
    struct trace_record *record = &trace.records[trace.header->written & trace.mask];

    *record = (struct trace_record){ .ticks = cpu_read_tsc(), .thread = thread, .kind = kind };
    trace.header->written++;
    return record;
}

/* The number of a text that stays where it is: it is known by its address. */
static uint16_t text_number(const char *text)
{
    unsigned number = 1;

    while (number < trace.known_count && trace.known[number] != text)
        number++;
    if (number < trace.known_count || number == TRACE_TEXTS - 1)
        return (uint16_t)number;
    trace.known[number] = text;
    format_text(trace.texts[number], TRACE_TEXT_BYTES, "%s", text);
    trace.known_count++;
    return (uint16_t)number;
}

/* --- what the scheduler tells --- */

static void note_name(struct thread *thread)
{
    struct trace_name *name = &trace.names[thread->number % TRACE_NAMES];

    if (name->thread == thread->number && !thread->name)
        return;
    char own[24];

    name->thread = thread->number;
    format_text(name->text, sizeof name->text, "%s", thread_name(thread, own, sizeof own));
}

static void note_ready(struct thread *thread)
{
    if (trace.names[thread->number % TRACE_NAMES].thread != thread->number)
        note_name(thread);
    struct trace_record *record = add(TRACE_READY, thread->number);

    record->other = trace.handled ? 0 : thread_self()->number;
    record->port = trace.handled;
}

static void note_wait(struct trace_record *record, const struct thread *self)
{
    const struct wait_queue *queue = self->waits_on;

    record->detail = self->deadline == NO_DEADLINE ? TRACE_BLOCKS : TRACE_SLEEPS;
    if (!queue || !queue->kind)
        return;
    record->detail = TRACE_BLOCKS;
    record->text = text_number(queue->kind->what);
    record->address = (uintptr_t)queue - queue->kind->offset;
    const struct thread *holder = queue->kind->holder ? queue->kind->holder(queue) : NULL;

    if (holder && thread_exists(holder))
        record->other = holder->number;
}

static void note_giving_way(struct thread *self)
{
    struct trace_record *record = add(TRACE_GIVES_WAY, self->number);

    if (self->state == THREAD_READY)
        record->detail = TRACE_YIELDS;
    else if (self->state == THREAD_ENDED)
        record->detail = TRACE_ENDS;
    else
        note_wait(record, self);
}

static void note_run(struct thread *next)
{
    add(TRACE_RUNS, next->number);
}

static void note_idleness(bool begins)
{
    add(TRACE_IDLE, 0)->detail = begins;
}

static const struct sched_watcher watcher = {
    .becomes_ready = note_ready,
    .gives_way = note_giving_way,
    .runs = note_run,
    .idles = note_idleness,
    .is_named = note_name,
};

static void note_event(evtchn_port_t port, evtchn_handler *handler, bool begins)
{
    struct trace_record *record = add(TRACE_EVENT, 0);

    record->port = port;
    record->detail = begins;
    record->address = (uintptr_t)handler;
    trace.handled = begins ? port : 0;
}

/* --- marks --- */

static void mark(enum trace_kind kind, bool begins, const char *what)
{
    if (!trace.header)
        return;
    struct trace_record *record = add(kind, thread_self()->number);

    record->detail = begins;
    if (what)
        record->text = text_number(what);
}

void lwd_trace_mark(const char *what)
{
    mark(TRACE_MARK, false, what);
}

void lwd_trace_begin(const char *what)
{
    mark(TRACE_SPAN, true, what);
}

void lwd_trace_end(void)
{
    mark(TRACE_SPAN, false, NULL);
}

/* --- the start --- */

static void *take_block(unsigned order)
{
    pfn_t frame = frame_alloc_block(order);

    return frame == NO_FRAME ? NULL : memset(frame_address(frame), 0, (size_t)PAGE_SIZE << order);
}

static void give_block(void *block, unsigned order)
{
    if (block)
        frame_free_block(frame_of(block), order);
}

static void list_frames(struct trace_header *header, const void *block, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        header->frames[header->frame_count++] = platform->grant_frame(frame_of(block) + i);
}

static unsigned order_for(size_t records)
{
    unsigned order = LEAST_ORDER;

    while (order < MOST_ORDER && (size_t)TRACE_RECORDS_A_PAGE << order < records)
        order++;
    return order;
}

/* The header, with all blocks in it; null if there is no memory. */
static struct trace_header *take_memory(unsigned order)
{
    struct trace_header *header = take_block(0);

    trace.texts = take_block(0);
    trace.names = take_block(NAMES_ORDER);
    trace.records = take_block(order);
    if (!header || !trace.texts || !trace.names || !trace.records) {
        give_block(header, 0);
        give_block(trace.texts, 0);
        give_block(trace.names, NAMES_ORDER);
        give_block(trace.records, order);
        return NULL;
    }
    trace.mask = ((uint64_t)TRACE_RECORDS_A_PAGE << order) - 1;
    format_text(trace.texts[TRACE_TEXTS - 1], TRACE_TEXT_BYTES, "something else");
    header->record_pages = 1u << order;
    list_frames(header, trace.texts, 1);
    list_frames(header, trace.names, TRACE_NAME_PAGES);
    list_frames(header, trace.records, header->record_pages);
    return header;
}

static void note_state(struct thread *thread, void *unused)
{
    (void)unused;
    note_name(thread);
    if (thread == thread_self())
        note_run(thread);
    else if (thread->state == THREAD_READY)
        note_ready(thread);
}

static int tell_host(const struct trace_header *header)
{
    char text[40];

    format_text(text, sizeof text, "v1 frame=%lu", platform->grant_frame(frame_of(header)));
    return xenstore_write(TRACE_NODE, text);
}

int lwd_trace_start(size_t records)
{
    const struct vcpu_time_info *time = &evtchn_vcpu()->time;

    if (trace.header)
        return -EALREADY;
    struct trace_header *header = take_memory(order_for(records));

    if (!header)
        return -ENOMEM;
    memcpy(header->magic, TRACE_MAGIC, sizeof header->magic);
    header->start = cpu_read_tsc();
    header->tick_multiplier = READ_ONCE(time->tsc_to_system_mul);
    header->tick_shift = READ_ONCE(time->tsc_shift);
    trace.header = header;
    thread_visit_all(note_state, NULL);
    evtchn_observer = note_event;
    sched_watch(&watcher);
    return tell_host(header);
}

/* What `lwd up --trace` asks for. */
__attribute__((constructor)) static void start_if_asked(void)
{
    const char *records = getenv("LWD_TRACE");
    int error = records ? lwd_trace_start(strtoul(records, NULL, 10)) : 0;

    if (error)
        log_line("trace: there will be none, or nobody to read it: error %d", -error);
}
