/*
 * The Xen console (xen/io/console.h): a pair of byte rings to xenconsoled in dom0.
 */
#ifndef LWD_DRIVERS_CONSOLE_H
#define LWD_DRIVERS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sched/wait.h"

/* Makes log_line() work, by waiting in the hypervisor when the ring is full. Needs nothing but boot_info. */
void console_init_emergency(void);

/* Makes console_write() and console_read() work, by blocking the thread. Needs event channels and threads. */
void console_init(void);

/* Writes all of it, blocking while the ring is full. Returns `count`, or -EIO if the other side broke the ring. */
long console_write(const void *data, size_t count);

/* Blocks until there is input. Returns how many bytes it read, at least 1 if `count` is; -EIO; -EINTR: wait_for_or_cancel(). */
long console_read(void *data, size_t count);

/* Bytes of input that can be read, and of output that can be written, without blocking. */
size_t console_input_size(void);
size_t console_output_room(void);

/* Woken whenever one of the two may have changed. */
extern struct wait_queue console_changed;

/* Waits until the other side has taken all output, at the most until `deadline` (clock_monotonic's scale). */
void console_drain(uint64_t deadline);

#endif
