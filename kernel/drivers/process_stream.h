/*
 * The stream of the process channel: bytes both ways between this domain and a descriptor that lwd has inherited, such as the
 * socket of a batch system's PMI. Its rings are beside those of the standard streams, so that neither waits for the other.
 *
 * If dom0 goes, or breaks the protocol, the stream is at its end both ways. Calls that block do so on process_channel_changed.
 */
#ifndef LWD_DRIVERS_PROCESS_STREAM_H
#define LWD_DRIVERS_PROCESS_STREAM_H

#include <stdbool.h>
#include <stddef.h>

/* Makes the stream, once. Does not block. False: there is no channel, or no memory. */
bool process_stream_open(void);

/*
 * Blocks until all is written, unless a signal comes in between, or less may be and there was no room for more. Returns how much
 * that is; -EAGAIN, -EINTR if it is nothing; -EPIPE if nobody takes it any more.
 */
long process_stream_write(const void *data, size_t count, bool less_may_be);

/* Blocks until there is something. Returns how many bytes it read, 0 at the end; -EINTR. */
long process_stream_read(void *data, size_t count);

/* Whether reading, or writing, would do without blocking; and whether both are over. */
bool process_stream_can_read(void);
bool process_stream_can_write(void);
bool process_stream_is_over(void);
/* Bytes that are there to be read. */
size_t process_stream_size(void);

/* Nothing more is read or written: the other end sees the end of the file when it has what was written before. */
void process_stream_close(void);

#endif
