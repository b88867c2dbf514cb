/*
 * The form of a recording in the domain's memory. dom0 reads it from outside, when the domain has ended
 * (dom0/trace-reader/), and lwd takes it apart (src/xl/facts/recording.ts).
 */
#ifndef LWD_HPC_TRACE_FORM_H
#define LWD_HPC_TRACE_FORM_H

#include <stdint.h>

#define TRACE_MAGIC "lwdrec1"

/* The node below the domain's own that says where the header is: "v1 frame=NUMBER". */
#define TRACE_NODE "data/lwd/trace"

enum {
    TRACE_TEXT_BYTES = 64,
    TRACE_TEXTS = 4096 / TRACE_TEXT_BYTES,      /* one page; number 0 is none, the last is that of all that found no place */
    TRACE_NAME_PAGES = 4,
    TRACE_NAMES = TRACE_NAME_PAGES * 4096 / 32, /* thread N's is number N modulo this */
    TRACE_RECORDS_A_PAGE = 4096 / 32,
    TRACE_FRAMES = 500,
};

/* One page. Frame numbers are machine frames on PV: what dom0 maps memory of the domain by. */
struct trace_header {
    char magic[8];
    uint64_t written;           /* records so far; number N lies at N modulo the room for them */
    uint64_t start;             /* ticks */
    uint32_t tick_multiplier;   /* nanoseconds are (ticks << tick_shift) * tick_multiplier >> 32 */
    int32_t tick_shift;
    uint32_t record_pages;
    uint32_t frame_count;
    uint64_t frames[TRACE_FRAMES];  /* of the texts, of the names, of the records */
};

struct trace_name {
    uint32_t thread;            /* 0: nobody's */
    char text[28];
};

enum trace_kind {
    TRACE_READY = 1,            /* `thread`, made so by `other`, or by `port` if that is 0 */
    TRACE_GIVES_WAY,            /* `thread`; `detail`: see below; waits for `text` of `other` at `address` */
    TRACE_RUNS,
    TRACE_IDLE,                 /* `detail`: 1 begins, 0 ends; and so below */
    TRACE_EVENT,                /* the handler at `address` for `port` */
    TRACE_MARK,                 /* `text` */
    TRACE_SPAN,
};

enum trace_end { TRACE_YIELDS, TRACE_BLOCKS, TRACE_SLEEPS, TRACE_ENDS };

struct trace_record {
    uint64_t ticks;
    uint32_t thread;
    uint32_t other;
    uint8_t kind;
    uint8_t detail;
    uint16_t text;
    uint32_t port;
    uint64_t address;
};

_Static_assert(sizeof(struct trace_header) <= 4096, "the header is a page");
_Static_assert(sizeof(struct trace_record) == 32 && sizeof(struct trace_name) == 32, "the form is fixed");

#endif
