/*
 * The process channel (drivers/process_ring.h): standard input, output and error, and signals, between this domain and the
 * program in dom0 that attends to it for lwd. There is one where lwd stays with the domain and says so; else the console has
 * to do. dom0 takes what was written before the domain's end, whether it ends well or not.
 *
 * If nobody attends to it in time, or any more, or dom0 breaks the protocol, the channel is lost: what was in it and what is
 * written from then on goes to the console, and input ends.
 */
#ifndef LWD_DRIVERS_PROCESS_CHANNEL_H
#define LWD_DRIVERS_PROCESS_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/process_ring.h"
#include "sched/wait.h"

/*
 * Makes the channel; from then on it can be written to. `signalled` is woken when a signal has come. Does not block. False:
 * there is no memory for it.
 */
bool process_channel_open(struct wait_queue *signalled);

/* Lets dom0 find it. Blocks for xenstored. */
void process_channel_publish(void);

/*
 * Writes to stdout or stderr. Returns how much: all of it, unless a signal comes in between, or less may be and there was no
 * room for more; -EAGAIN, -EINTR (wait_for_or_cancel()) if that is nothing.
 */
long process_channel_write(enum process_kind kind, const void *data, size_t count, bool less_may_be);

/* Blocks until there is input. Returns how many bytes it read, 0 at the end of the input; -EINTR. */
long process_channel_read(void *data, size_t count);

/* POLLIN, POLLOUT: whether reading, or writing, would do without blocking. */
bool process_channel_can_read(void);
bool process_channel_can_write(void);
/*
 * Whether the channel is lost, which nobody is woken for unless somebody looks: this does so, but not before the time of
 * process_channel_next_look() (clock_monotonic's scale).
 */
bool process_channel_is_lost(void);
uint64_t process_channel_next_look(void);
/* Bytes of input that are there. */
size_t process_channel_input_size(void);

/* Woken whenever one of these may have changed. */
extern struct wait_queue process_channel_changed;

/* Whether a signal has come, and takes one: an enum process_signal. */
bool process_channel_has_signal(void);
enum process_signal process_channel_take_signal(void);

/*
 * Says that nothing more will be written, and waits until dom0 has taken all, at the most until `deadline` (clock_monotonic's
 * scale). In a crash there may be no thread to run: then what dom0 did not take is not moved to the console.
 */
void process_channel_end(uint64_t deadline, bool crashed);

/* --- for what shares its page and its events (process_stream.c) --- */

/* The page that dom0 sees; null without a channel, and once it is lost. */
struct process_page *process_channel_page(void);

/* Tells dom0 to look at it. */
void process_channel_notify(void);

#endif
