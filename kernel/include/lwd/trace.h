/*
 * A recording of what the scheduler does: who became ready and by whom, what runs, what a thread waits for, when the domain
 * sleeps, which events are handled; and marks of the program's own between them. `lwd up --trace FILE` links it in, starts
 * it before main(), and reads it out of the domain's memory when that has ended, however it did: FILE is for Perfetto
 * (https://ui.perfetto.dev) or chrome://tracing. A program that uses none of this and is not traced has none of it.
 *
 * While it records, a switch of threads costs some 170 instructions more.
 */
#ifndef LWD_TRACE_H
#define LWD_TRACE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Begins to record, and keeps the last `records` decisions and marks (32 bytes each; 512 to 32,768 of them, a power of two).
 * Blocks for a message to xenstored. Returns 0; -EALREADY if it records; -ENOMEM; or what became of the message. The
 * recording lasts until the domain's end.
 */
int lwd_trace_start(size_t records);

/*
 * In the running thread's line: a point in time, or a span from begin to end, which nest. `what` has to stay where it is;
 * the first 62 different ones are told apart, and 63 bytes of each are kept. No effect while nothing is recorded. May be
 * called by handlers; do not block.
 */
void lwd_trace_mark(const char *what);
void lwd_trace_begin(const char *what);
void lwd_trace_end(void);

#ifdef __cplusplus
}
#endif
#endif
